//! How long a scrape may take, from what the scraper says it will wait.

use std::time::Duration;

/// The header in which Prometheus says, in seconds, how long it waits.
pub(crate) const HEADER: &str = "x-prometheus-scrape-timeout-seconds";

/// For clients that do not say: Prometheus' own default.
const DEFAULT: Duration = Duration::from_secs(10);
/// More patience than this is not believed.
const LONGEST: Duration = Duration::from_secs(120);
/// The shortest that Prometheus can be told to wait; less would be rounded to nothing.
const SHORTEST: Duration = Duration::from_millis(1);
/// What encoding, the network and a busy machine may take of the time: half a second, or a fifth where that is less.
const MARGIN: Duration = Duration::from_millis(500);

/// The time for the collectors of one scrape. A header that is no positive number counts as none.
pub(crate) fn from_header(header: Option<&str>) -> Duration {
    let seconds = header.and_then(|text| text.trim().parse::<f64>().ok()).filter(|seconds| *seconds > 0.0);
    // Infinite and absurdly long waits do not fit a Duration.
    let waits = seconds.map_or(DEFAULT, |seconds| Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST));
    let waits = waits.clamp(SHORTEST, LONGEST);
    waits - MARGIN.min(waits / 5)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_header_gives_some_time_and_not_too_much(
            header in prop_oneof![any::<f64>().prop_map(|seconds| seconds.to_string()), any::<String>()],
        ) {
            let time = from_header(Some(&header));
            prop_assert!(time > Duration::ZERO && time < LONGEST, "{time:?}");
        }
    }

    #[test]
    fn headers_of_every_form() {
        for (header, millis) in [
            ("10", 9_500),
            ("1", 800),
            ("0.05", 40),
            (" 2.5 ", 2_000),
            ("1e308", 119_500),
            ("inf", 119_500),
            ("0", 9_500),
            ("-1", 9_500),
            ("NaN", 9_500),
            ("abc", 9_500),
            ("", 9_500),
        ] {
            assert_eq!(from_header(Some(header)), Duration::from_millis(millis), "{header}");
        }
        assert_eq!(from_header(None), Duration::from_millis(9_500));
    }
}
