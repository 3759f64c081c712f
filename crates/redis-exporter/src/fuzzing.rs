//! What a fuzz target reaches of what is not public.

use std::sync::Arc;

use exporter_toolkit::Pattern;
use exposition::Families;

use crate::page::{self, Out};
use crate::parts::parts;
use crate::resp::Commands;
use crate::resp::{Malformed, Refused, Replies, Scanner};
use crate::server::Server;
use crate::settings::{Script, Settings};

/// What a limit is in the fuzz target: inputs are short.
const LIMIT: usize = 64 * 1024;

/// Takes bytes as INFO, and as what a server of several kinds answers to every part of a scrape.
///
/// # Panics
/// When it matters in what pieces replies come, or when what they say leads to a sample that no page can have.
pub fn read_replies(bytes: &[u8]) {
    let whole = scanned(bytes, bytes.len().max(1));
    for piece in [1, 7] {
        assert_eq!(scanned(bytes, piece), whole);
    }
    for info in [
        &b"redis_version:7.4.0\r\nredis_mode:standalone\r\ncluster_enabled:1\r\nconnected_clients:1\r\n"[..],
        b"redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.0\r\nconnected_clients:1\r\n",
        b"redis_version:6.2.0\r\n# Sentinel\r\nsentinel_masters:1\r\n",
        bytes,
    ] {
        read_all(info, bytes);
    }
}

/// Whether one reply is all there, in pieces of this size.
fn scanned(bytes: &[u8], piece: usize) -> Result<bool, Malformed> {
    let mut scanner = Scanner::new(1, LIMIT);
    let ends = (piece..bytes.len()).step_by(piece).chain([bytes.len()]);
    let mut all = false;
    for end in ends {
        all = scanner.complete(&bytes[..end])?;
        if all {
            break;
        }
    }
    Ok(all)
}

/// Has each part ask, and take the bytes for what a server with that INFO answers.
fn read_all(info: &[u8], bytes: &[u8]) {
    let settings = Arc::new(Settings {
        config: true,
        native_histograms: true,
        tile38: true,
        client_list: true,
        client_port: true,
        modules: true,
        search_indexes: Pattern::new(".*").ok(),
        sentinel_peers: true,
        scripts: vec![Script { name: "a.lua".to_owned(), text: "return 1".to_owned() }],
        ..Settings::default()
    });
    let mut server = Server::default();
    server.info.set(info);
    let mut page = Families::default();
    page::info::samples(&server, &settings, &mut Out::new(&mut page, "redis", None));
    for mut part in parts(&settings) {
        for _ in 0..2 {
            let mut commands = Commands::without(&Refused::new());
            part.ask(&server, &mut commands);
            let mut scanner = Scanner::new(commands.sent(), LIMIT);
            if scanner.complete(bytes) == Ok(true) {
                part.take(&mut server, &mut Replies::new(&commands, bytes, scanner.extents()));
            }
        }
        part.samples(&server, &mut Out::new(&mut page, "redis", None));
    }
    assert_eq!(page.refused().invalid, 0, "{:?}", page.refused().first);
}
