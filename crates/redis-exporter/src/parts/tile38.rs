//! SERVER EXT of Tile38: objects and memory.

use std::sync::Arc;

use crate::page::{self, Out};
use crate::parts::{Next, Part};
use crate::resp::{Commands, Replies};
use crate::server::Server;
use crate::settings::Settings;

/// What all names begin with here; the server says it of some.
const PREFIX: &str = "tile38_";
/// More fields than this are not taken; there are some 60.
const MOST_FIELDS: usize = 200;

/// The fields of SERVER EXT with their values, in the server's order.
pub(crate) struct Tile38 {
    settings: Arc<Settings>,
    fields: Vec<(String, String)>,
}

impl Tile38 {
    pub(crate) fn new(settings: Arc<Settings>) -> Self {
        Tile38 { settings, fields: Vec::new() }
    }
}

impl Part for Tile38 {
    fn ask(&mut self, _: &Server, commands: &mut Commands) {
        commands.add("SERVER EXT", ["SERVER", "EXT"]);
    }

    fn take(&mut self, _: &mut Server, replies: &mut Replies<'_>) -> Next {
        let pairs = replies.next().into_iter().flat_map(|reply| reply.array().pairs());
        let fields = pairs.filter_map(|(name, value)| Some((name.text()?, value.text()?)));
        let named = fields.map(|(name, value)| {
            (format!("{PREFIX}{}", name.strip_prefix(PREFIX).unwrap_or(&name)), value.into_owned())
        });
        self.fields = named.take(MOST_FIELDS).collect();
        Next::Done
    }

    fn samples(&self, _: &Server, out: &mut Out<'_>) {
        page::info::fields::samples(&self.fields, &self.settings, out);
    }

    fn forget(&mut self) {
        self.fields.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::examples::staged;
    use crate::parts::examples::{asked, server};

    #[test]
    fn names_with_the_prefix_and_without() {
        let mut part = Tile38::new(Arc::new(Settings { tile38: true, ..Settings::default() }));
        let text = |text: &str| format!("${}\r\n{text}\r\n", text.len());
        let words = ["alloc_bytes", "7", "tile38_read_only", "false", "tile38_version", "1.33", "go_threads", "4"];
        let reply = format!("*{}\r\n{}", words.len(), words.map(text).concat());
        assert_eq!(asked(&mut part, &mut server(""), reply.as_bytes()), ["SERVER EXT"]);
        assert_eq!(
            staged(|out| part.samples(&server(""), out)),
            "redis_tile38_mem_alloc_bytes 7\nredis_tile38_read_only 0\nredis_tile38_threads_total 4\n"
        );
        asked(&mut part, &mut server(""), b"-ERR unknown command 'SERVER'\r\n");
        assert_eq!(part.fields, []);
    }
}
