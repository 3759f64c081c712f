//! `/sys/class/watchdog`: what restarts the machine when nobody asks for it any more.

use crate::error::ReadError;
use crate::sysfs::Folder;

/// A watchdog; `None`, or an empty text, is what it does not have or does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the kernel's names of its files; documented where they do not say it all")]
pub struct Watchdog {
    pub name: String,
    pub identity: String,
    pub options: String,
    pub pretimeout_governor: String,
    pub state: String,
    pub status: String,
    pub access_cs0: Option<i64>,
    /// Why the machine was restarted last (`WDIOF_*`).
    pub bootstatus: Option<i64>,
    pub fw_version: Option<i64>,
    /// 1 when it can't be stopped.
    pub nowayout: Option<i64>,
    /// In seconds, as the next two.
    pub pretimeout: Option<i64>,
    pub timeleft: Option<i64>,
    pub timeout: Option<i64>,
}

/// Reads the watchdog `name` of `class/watchdog`, whose folder this is; its driver is asked for what is left of the time.
///
/// # Errors
/// [`ReadError::Missing`] when it has gone; [`ReadError::Io`] when its folder can't be opened.
pub fn read_watchdog(class: &Folder, name: &str) -> Result<Watchdog, ReadError> {
    let folder = class.folder(name)?;
    let text = |file: &str| folder.text(file).unwrap_or_default();
    Ok(Watchdog {
        name: name.to_owned(),
        identity: text("identity"),
        options: text("options"),
        pretimeout_governor: text("pretimeout_governor"),
        state: text("state"),
        status: text("status"),
        access_cs0: folder.number("access_cs0"),
        bootstatus: folder.number("bootstatus"),
        fw_version: folder.number("fw_version"),
        nowayout: folder.number("nowayout"),
        pretimeout: folder.number("pretimeout"),
        timeleft: folder.number("timeleft"),
        timeout: folder.number("timeout"),
    })
}

#[cfg(test)]
mod tests {
    use testkit::tree;

    use super::*;

    #[test]
    fn one_that_tells_all_and_one_that_tells_little() {
        let parent = tempfile::tempdir().unwrap();
        let text = "
--- watchdog0/access_cs0: 0
--- watchdog0/bootstatus: 1
--- watchdog0/fw_version: 0
--- watchdog0/identity: Software Watchdog
--- watchdog0/nowayout: 0
--- watchdog0/options: 0x8380
--- watchdog0/pretimeout: 120
--- watchdog0/pretimeout_governor: noop
--- watchdog0/state: active
--- watchdog0/status: 0x8000
--- watchdog0/timeleft: 300
--- watchdog0/timeout: 60
--- watchdog1/timeout: soon
";
        tree::unpack(text, parent.path()).unwrap();
        let class = Folder::open(parent.path().to_owned()).unwrap();
        let read = |name: &str| read_watchdog(&class, name).unwrap();
        let first = Watchdog {
            name: "watchdog0".to_owned(),
            identity: "Software Watchdog".to_owned(),
            options: "0x8380".to_owned(),
            pretimeout_governor: "noop".to_owned(),
            state: "active".to_owned(),
            status: "0x8000".to_owned(),
            access_cs0: Some(0),
            bootstatus: Some(1),
            fw_version: Some(0),
            nowayout: Some(0),
            pretimeout: Some(120),
            timeleft: Some(300),
            timeout: Some(60),
        };
        let second = Watchdog { name: "watchdog1".to_owned(), ..Watchdog::default() };
        assert_eq!([read("watchdog0"), read("watchdog1")], [first, second]);
        assert!(read_watchdog(&class, "watchdog2").unwrap_err().is_absent());
    }
}
