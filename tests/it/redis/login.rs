//! Users, passwords and certificates of real servers.

use std::fs;
use std::path::Path;

use testkit::authority::Authority;
use testkit::tls::Identity;

use super::exporter::Exporter;
use super::server::Server;

#[test]
fn a_password() {
    let Some(server) = Server::redis(&["--requirepass", "canary-of-the-password"]) else { return };
    Exporter::start(&server, &[]).page().is_down("auth");
    Exporter::of(&server.url().replace("//", "//:wrong@"), &[]).page().is_down("auth");
    let exporter = Exporter::start(&server, &["--redis.password=canary-of-the-password"]);
    exporter.page().is_good();
    // What it is set to goes on living on a connection; a new one needs it.
    let mut client = server.client();
    client.ask("AUTH canary-of-the-password").expect("it is the password");
    client.ask("CONFIG SET requirepass other").expect("it is changed");
    exporter.page().is_good();
    client.ask("CLIENT KILL TYPE normal").expect("it kills the others");
    exporter.page().is_down("auth");
    assert!(!exporter.log().contains("canary"), "{}", exporter.log());
}

#[test]
fn a_user_who_may_only_ask_for_info() {
    let Some(server) = Server::redis(&[]) else { return };
    server.ask("ACL SETUSER metrics on >secret -@all +info");
    server.ask("ACL SETUSER nobody on >secret -@all +ping");
    let user = |name: &str| server.url().replace("//", &format!("//{name}:secret@"));
    let exporter = Exporter::of(&user("metrics"), &[]);
    let page = exporter.page();
    page.is_good();
    assert_eq!(page.get("redis_exporter_command_success{command=\"INFO\"}"), Some(1.0));
    for command in ["CONFIG GET", "LATENCY LATEST", "LATENCY HISTOGRAM", "SLOWLOG LEN"] {
        let series = format!("redis_exporter_command_success{{command=\"{command}\"}}");
        assert_eq!(page.get(&series), Some(0.0), "{command}");
    }
    assert!(page.get("redis_memory_used_bytes").is_some() && page.labels("redis_db_keys", "db").len() == 16);
    // It does not go on asking what it may not: the server writes each time into its ACL LOG.
    let denied = |server: &Server| server.info().part("errorstat_NOPERM", "count");
    let before = denied(&server);
    for _ in 0..5 {
        exporter.page().is_good();
    }
    assert_eq!(denied(&server), before);

    Exporter::of(&user("nobody"), &[]).page().is_down("denied");
    server.ask("ACL SETUSER default off");
    Exporter::start(&server, &[]).page().is_down("auth");
    exporter.page().is_good();
}

/// A user with what the documentation says is enough.
#[test]
fn a_user_with_every_right_that_is_needed() {
    let Some(server) = Server::redis(&[]) else { return };
    let rights = "+client|setname +info +config|get +latency|latest +latency|histogram +slowlog|len +slowlog|get \
                  +client|list +cluster|info";
    server.ask(&format!("ACL SETUSER metrics on >secret -@all {rights}"));
    let exporter = Exporter::of(&server.url().replace("//", "//metrics:secret@"), &["--no-queues"]);
    let page = exporter.page();
    page.is_good();
    let refused: Vec<_> = page.series("redis_exporter_command_success").filter(|(_, value)| *value != 1.0).collect();
    assert!(refused.is_empty(), "{refused:?}");
}

fn write(folder: &Path, name: &str, identity: &Identity) {
    fs::write(folder.join(format!("{name}.crt")), &identity.certificate).expect("the folder is ours");
    fs::write(folder.join(format!("{name}.key")), &identity.key).expect("the folder is ours");
}

#[test]
fn certificates() {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let authority = Authority::new().expect("ring makes keys");
    fs::write(file("ca.crt"), authority.certificate()).expect("the folder is ours");
    write(folder.path(), "server", &authority.vouch_for(&["localhost", "127.0.0.1"]).expect("ring makes keys"));
    write(folder.path(), "client", &authority.vouch_for(&["scraper"]).expect("ring makes keys"));
    let files = [("--tls-cert-file", "server.crt"), ("--tls-key-file", "server.key"), ("--tls-ca-cert-file", "ca.crt")];
    let files: Vec<String> = files.iter().flat_map(|(option, name)| [(*option).to_owned(), file(name)]).collect();
    let trust = format!("--tls-ca-cert-file={}", file("ca.crt"));
    let own = [("cert", "client.crt"), ("key", "client.key")];
    let own = own.map(|(kind, name)| format!("--tls-client-{kind}-file={}", file(name)));
    for (clients, with, without) in [("no", "", ""), ("yes", "", "tls")] {
        let mut options = vec!["--tls-port", "PORT", "--tls-auth-clients", clients];
        options.extend(files.iter().map(String::as_str));
        let Some(server) = Server::redis(&options) else { return };
        let at = |host: &str| format!("rediss://{host}:{}", server.address().port());
        for host in ["localhost", "127.0.0.1"] {
            let flags = [trust.as_str(), &own[0], &own[1]];
            for (flags, class) in [(&flags[..], with), (&flags[..1], without)] {
                let exporter = Exporter::of(&at(host), flags);
                let page = exporter.page();
                assert_eq!((page.error(), page.get("redis_up")), (class, Some(f64::from(u8::from(class.is_empty())))));
                exporter.page();
            }
        }
        Exporter::of(&at("localhost"), &[]).page().is_down("tls");
        let page = Exporter::of(&server.url(), &[]).page();
        assert!(["io", "protocol", "tls"].contains(&page.error()), "{}", page.error());
    }
}
