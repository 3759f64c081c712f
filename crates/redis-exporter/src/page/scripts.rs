//! What scripts of the user say.

use exposition::{Desc, Kind};

use crate::page::{Out, Samples};
use crate::parts::scripts::{Said, Scripts};
use crate::server::Server;

static VALUES: Desc = Desc {
    name: "redis_script_values",
    help: "A value that the script returned.",
    kind: Kind::Gauge,
    labels: &["filename", "key"],
};
static RESULT: Desc = Desc {
    name: "redis_script_result",
    help: "1 if the script returned values, 2 if it returned none, 0 if it failed or returned something else.",
    kind: Kind::Gauge,
    labels: &["filename"],
};

impl Samples for Scripts {
    fn samples(&self, _: &Server, out: &mut Out<'_>) {
        let names = self.scripts.iter().map(|script| script.name.as_str());
        scripts(names.zip(&self.said), out);
    }
}

/// Stages what each script said, with its file's name.
fn scripts<'s>(scripts: impl Iterator<Item = (&'s str, &'s Said)>, out: &mut Out<'_>) {
    for (file, said) in scripts {
        for (key, value) in said.iter().flatten() {
            out.add(&VALUES, &[file, key], *value);
        }
        let result: u32 = match said {
            None => 0,
            Some(values) if values.is_empty() => 2,
            Some(_) => 1,
        };
        out.add(&RESULT, &[file], result);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::page::examples::staged;

    #[test]
    fn values_and_results() {
        let some = Some(BTreeMap::from([("k\"1".to_owned(), 1.5)]));
        let all = [("a.lua", &some), ("b.lua", &None), ("c.lua", &Some(BTreeMap::new()))];
        assert_eq!(
            staged(|out| scripts(all.into_iter(), out)),
            "redis_script_result{filename=\"a.lua\"} 1\n\
             redis_script_result{filename=\"b.lua\"} 0\n\
             redis_script_result{filename=\"c.lua\"} 2\n\
             redis_script_values{filename=\"a.lua\",key=\"k\\\"1\"} 1.5\n"
        );
    }
}
