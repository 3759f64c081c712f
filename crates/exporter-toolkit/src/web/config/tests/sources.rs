//! Files on a disk: what is wrong with them, and what happens when they change.

use std::fs;
use std::path::Path;
use std::process::Command;

use rcgen::KeyPair;
use tempfile::TempDir;

use super::pki::{Client, Pair, block, configured, dns, meet};
use crate::web::config::Source;

const SECTION: &str = "tls_server_config:\n  cert_file: tls.crt\n  key_file: tls.key\n";

fn write(folder: &Path, pair: &Pair) {
    fs::write(folder.join("tls.crt"), &pair.cert).unwrap();
    fs::write(folder.join("tls.key"), pair.key()).unwrap();
}

/// A folder with a configuration, and what it holds for it.
fn folder(text: &str, pair: &Pair) -> (TempDir, Source) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), pair);
    fs::write(folder.path().join("web.yml"), text).unwrap();
    let source = Source::new(folder.path().join("web.yml"));
    (folder, source)
}

fn own() -> Pair {
    Pair::leaf(vec![dns("localhost")], None)
}

/// The error of the next look; none if nothing has changed.
fn error(source: &mut Source) -> Option<String> {
    source.changed().map(|loaded| loaded.map_or_else(|error| error.to_string(), |_| "good".to_owned()))
}

#[test]
fn files_that_do_not_fit() {
    let (first, second) = (own(), own());
    let other_key = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap().serialize_pem();
    for (cert, key, expected) in [
        (Some(first.cert.as_str()), Some(first.key()), "good"),
        (None, Some(first.key()), "line 2: tls_server_config.cert_file: FOLDER/tls.crt can't be read: No such file"),
        (Some(&first.cert), None, "line 3: tls_server_config.key_file: FOLDER/tls.key can't be read: No such file"),
        (None, None, "line 2: tls_server_config.cert_file: FOLDER/tls.crt can't be read: No such file"),
        (
            Some(&first.cert),
            Some(second.key()),
            "line 3: tls_server_config.key_file: is not the key of the certificate",
        ),
        (Some(&first.cert), Some(other_key), "line 3: tls_server_config.key_file: is not the key of the certificate"),
        (Some(&first.cert), Some(first.cert.clone()), "line 3: tls_server_config.key_file: holds no private key"),
        (Some(""), Some(first.key()), "line 2: tls_server_config.cert_file: holds no certificate"),
        (Some(&first.key()), Some(first.key()), "line 2: tls_server_config.cert_file: holds no certificate"),
        (
            Some("-----BEGIN CERTIFICATE-----\n#\n-----END CERTIFICATE-----\n"),
            Some(first.key()),
            "line 2: tls_server_config.cert_file: is not PEM",
        ),
        (
            Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            Some(first.key()),
            "line 2: tls_server_config.cert_file: begins with a certificate that can't be read",
        ),
        (
            Some(&first.cert),
            Some("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".to_owned()),
            "line 3: tls_server_config.key_file: is of a kind that is not supported",
        ),
    ] {
        let (folder, mut source) = folder(SECTION, &first);
        for (name, content) in [("tls.crt", cert), ("tls.key", key.as_deref())] {
            match content {
                Some(content) => fs::write(folder.path().join(name), content).unwrap(),
                None => fs::remove_file(folder.path().join(name)).unwrap(),
            }
        }
        let found = error(&mut source).unwrap();
        assert!(found.starts_with(&expected.replace("FOLDER", folder.path().to_str().unwrap())), "{found}");
        assert!(!found.contains('\n'), "{found}");
        assert_eq!(error(&mut source), None);
    }
}

#[test]
fn a_ca_that_is_not_there() {
    let text = format!("{SECTION}  client_ca_file: none.crt\n  client_auth_type: RequireAndVerifyClientCert\n");
    let (_folder, mut source) = folder(&text, &own());
    let found = error(&mut source).unwrap();
    assert!(
        found.starts_with("line 4: tls_server_config.client_ca_file: ") && found.contains("No such file"),
        "{found}"
    );
}

#[test]
fn files_that_are_none() {
    let (folder, mut source) = folder(SECTION, &own());
    let key = folder.path().join("tls.key");
    fs::remove_file(&key).unwrap();
    assert!(Command::new("mkfifo").arg(&key).status().unwrap().success());
    assert!(error(&mut source).unwrap().contains("not a regular file"));
    fs::remove_file(&key).unwrap();
    fs::create_dir(&key).unwrap();
    // The reason is the same.
    assert_eq!(error(&mut source), None);
    fs::remove_dir(&key).unwrap();
    fs::write(&key, vec![b' '; (1 << 20) + 1]).unwrap();
    assert!(error(&mut source).unwrap().contains("larger than 1 MiB"));
    fs::remove_file(folder.path().join("web.yml")).unwrap();
    assert!(error(&mut source).unwrap().starts_with("the file can't be read: No such file"));
    assert_eq!(error(&mut source), None);
}

#[test]
fn pieces_from_files_and_from_the_text() {
    let pair = own();
    for text in [
        format!("tls_server_config:\n{}{}", block("cert", &pair.cert), block("key", &pair.key())),
        format!("tls_server_config:\n  cert_file: tls.crt\n{}", block("key", &pair.key())),
        format!("tls_server_config:\n  key_file: tls.key\n{}", block("cert", &pair.cert)),
        SECTION.to_owned(),
    ] {
        let (_folder, mut source) = folder(&text, &pair);
        assert_eq!(error(&mut source).unwrap(), "good", "{text}");
    }
}

/// The next client sees a new certificate; a mistake is told once, and its end is noticed.
#[tokio::test]
async fn files_that_change() {
    let (first, second) = (own(), own());
    let (folder, mut source) = folder(SECTION, &first);
    let tls = source.changed().unwrap().unwrap().tls.unwrap();
    meet(&tls, Client::new(&first).config()).await.unwrap();
    assert_eq!(error(&mut source), None);

    fs::write(folder.path().join("tls.crt"), &second.cert).unwrap();
    assert!(error(&mut source).unwrap().contains("is not the key of the certificate"));
    assert_eq!(error(&mut source), None);
    fs::write(folder.path().join("tls.key"), second.key()).unwrap();
    let tls = source.changed().unwrap().unwrap().tls.unwrap();
    assert!(meet(&tls, Client::new(&first).config()).await.is_err());
    meet(&tls, Client::new(&second).config()).await.unwrap();

    fs::write(folder.path().join("web.yml"), format!("{SECTION}  min_version: TLS9\n")).unwrap();
    assert!(error(&mut source).unwrap().starts_with("line 4: tls_server_config.min_version: TLS9 is no version"));
    assert_eq!(error(&mut source), None);
    // Another file that is missing at first.
    fs::write(folder.path().join("web.yml"), SECTION.replace("tls.crt", "new.crt")).unwrap();
    assert!(error(&mut source).unwrap().contains("new.crt can't be read"));
    assert_eq!(error(&mut source), None);
    fs::write(folder.path().join("new.crt"), &second.cert).unwrap();
    assert_eq!(error(&mut source).as_deref(), Some("good"));
    fs::write(folder.path().join("web.yml"), "").unwrap();
    let loaded = source.changed().unwrap().unwrap();
    assert!(loaded.tls.is_none() && loaded.config.http2);
}

#[tokio::test]
async fn a_chain_of_certificates() {
    let root = Pair::authority("of all", None);
    let between = Pair::authority("of servers", Some(&root));
    let mut leaf = Pair::leaf(vec![dns("localhost")], Some(&between));
    assert!(meet(&configured(&leaf, "", true).unwrap(), Client::new(&root).config()).await.is_err());
    leaf.cert.push_str(&between.cert);
    assert!(meet(&configured(&leaf, "", true).unwrap(), Client::new(&root).config()).await.is_ok());
}
