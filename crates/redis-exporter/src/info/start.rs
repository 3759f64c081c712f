//! When a server was started.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::info::Info;

/// A clock that is read to the second may be this much off.
const ROUNDING: u64 = 1;

/// When a server was started, and which run of it that is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Start {
    run_id: String,
    /// Since 1970.
    seconds: Option<u64>,
}

impl Info {
    /// Learns from a text that was just [`set`](Info::set) when the server was started.
    ///
    /// The time that INFO itself says fits its uptime to the second. Without it, `now` does within a second, so that what
    /// is known stays unless it is further off or another run of the server answers.
    pub(crate) fn learn_start(&mut self, now: SystemTime) {
        let whole = |name| self.get(name).and_then(|text| text.parse::<u64>().ok());
        let run_id = self.get("run_id").unwrap_or_default();
        let (uptime, server_usec) = (whole("uptime_in_seconds"), whole("server_time_usec"));
        let Some(uptime) = uptime else {
            self.start = Start::default();
            return;
        };
        let seconds = if let Some(usec) = server_usec {
            (usec / 1_000_000).checked_sub(uptime)
        } else {
            let now = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
            let known = self.start.seconds.filter(|_| self.start.run_id == run_id);
            let seconds = now.checked_sub(uptime);
            known.filter(|known| seconds.is_some_and(|seconds| known.abs_diff(seconds) <= ROUNDING)).or(seconds)
        };
        self.start = Start { run_id: run_id.to_owned(), seconds };
    }

    /// When the server was started, in seconds since 1970.
    pub(crate) fn start_seconds(&self) -> Option<u64> {
        self.start.seconds
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// The start after each of some texts, taken at some second of the exporter's clock.
    fn starts<const N: usize>(texts: [(u64, &str); N]) -> [Option<u64>; N] {
        let mut info = Info::default();
        texts.map(|(now, text)| {
            info.set(text.as_bytes());
            info.learn_start(UNIX_EPOCH + Duration::from_secs(now));
            info.start_seconds()
        })
    }

    #[test]
    fn by_the_server_s_own_clock() {
        // redis_exporter: its own clock makes the start jump by a second to and fro.
        let text = "run_id:a\nserver_time_usec:1795226894712263\nuptime_in_seconds:64\n";
        let later = "run_id:a\nserver_time_usec:1795226910001000\nuptime_in_seconds:80\n";
        assert_eq!(starts([(1, text), (2_000_000_000, later)]), [Some(1_795_226_830); 2]);
    }

    #[test]
    fn by_our_clock_without_a_jitter() {
        let texts = [
            (1000, "run_id:a\nuptime_in_seconds:100\n"),
            (1016, "run_id:a\nuptime_in_seconds:115\n"),
            (1030, "run_id:a\nuptime_in_seconds:131\n"),
        ];
        assert_eq!(starts(texts), [Some(900); 3]);
    }

    #[test]
    fn a_clock_that_was_set_and_a_server_that_was_restarted() {
        let texts = [
            (1000, "run_id:a\nuptime_in_seconds:100\n"),
            (2000, "run_id:a\nuptime_in_seconds:115\n"),
            (2001, "run_id:b\nuptime_in_seconds:115\n"),
            (2001, "run_id:b\n"),
        ];
        assert_eq!(starts(texts), [Some(900), Some(1885), Some(1886), None]);
    }

    #[test]
    fn an_uptime_longer_than_time() {
        assert_eq!(starts([(1000, "uptime_in_seconds:1001\n"), (1000, "uptime_in_seconds:-1\n")]), [None; 2]);
    }
}
