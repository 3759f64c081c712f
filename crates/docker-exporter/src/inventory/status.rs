//! What the engine says for people: `Up 2 hours (healthy)`.

/// The least number of seconds that a container can have been up which a list says to be `Up …`; absent for other words.
pub(crate) fn up_seconds(status: &str) -> Option<u64> {
    let mut words = status.strip_prefix("Up ")?.split(' ');
    let (number, unit) = match (words.next()?, words.next()?) {
        ("Less", _) => return Some(0),
        // About a minute, About an hour.
        ("About", _) => (1, words.next()?),
        (number, unit) => (number.parse().ok()?, unit),
    };
    let seconds: u64 = match unit.trim_end_matches('s') {
        "second" => 1,
        "minute" => 60,
        "hour" => 3600,
        "day" => 24 * 3600,
        "week" => 7 * 24 * 3600,
        "month" => 30 * 24 * 3600,
        "year" => 365 * 24 * 3600,
        _ => return None,
    };
    seconds.checked_mul(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_engine() {
        for (status, seconds) in [
            ("Up Less than a second", Some(0)),
            ("Up 1 second", Some(1)),
            ("Up 59 seconds (healthy)", Some(59)),
            ("Up About a minute", Some(60)),
            ("Up 3 minutes (Paused)", Some(180)),
            ("Up About an hour (health: starting)", Some(3600)),
            ("Up 5 weeks", Some(5 * 7 * 24 * 3600)),
            ("Up 18446744073709551615 years", None),
            ("Exited (0) 2 hours ago", None),
            ("Up", None),
            ("", None),
        ] {
            assert_eq!(up_seconds(status), seconds, "{status}");
        }
    }
}
