//! Times as RFC 3339 writes them.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

const DAY: u64 = 86_400;
/// Days from March of year 0 to 1970, and of 400 years.
const BEFORE_1970: u64 = 719_468;
const ERA: u64 = 146_097;

/// A time in UTC with microseconds, as RFC 3339 writes it; a clock before 1970 is shown as 1970.
pub(crate) struct Rfc3339(pub(crate) SystemTime);

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = self.0.duration_since(UNIX_EPOCH).unwrap_or_default();
        let (days, second) = (since.as_secs() / DAY, since.as_secs() % DAY);
        let (year, month, day) = date(days);
        let (hour, minute, second, micro) = (second / 3600, second / 60 % 60, second % 60, since.subsec_micros());
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micro:06}Z")
    }
}

/// Year, month and day, this many days after 1970 began.
///
/// Counts in years that begin in March, so that a leap day is the last of its year, from the March of year 0; 400 years are
/// always as long. (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.)
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + BEFORE_1970;
    let (era, of_era) = (days / ERA, days % ERA);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - days_before(year);
    // From March to January and from January on, months are 153 days for every five.
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + next, month, day)
}

/// Nanoseconds since 1970 of a time such as `2026-11-21T16:55:38.6+01:00`; digits beyond the ninth of a second are dropped. Absent
/// for what is no time, and for one before 1970 or after the year 2554, which has no such number.
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<u64> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let [year, month, day] = numbers(date, '-')?;
    let zone = time.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = time.split_at(zone);
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [hour, minute, second] = numbers(time, ':')?;
    let known = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    if !known || year < 1969 || fraction.is_empty() || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let east = match (&zone[..1], &zone[1..]) {
        ("Z" | "z", "") => 0,
        (sign @ ("+" | "-"), zone) => {
            let [hours, minutes] = numbers(zone, ':')?;
            let seconds = i64::try_from(hours * 3600 + minutes * 60).ok().filter(|seconds| *seconds < 86_400)?;
            if sign == "+" { seconds } else { -seconds }
        }
        _ => return None,
    };
    let seconds = i64::try_from(days(year, month, day) * DAY + hour * 3600 + minute * 60 + second).ok()?;
    let seconds = seconds - i64::try_from(BEFORE_1970 * DAY).ok()? - east;
    let nanos = fraction.bytes().chain([b'0'; 9]).take(9).fold(0, |nanos, digit| nanos * 10 + u64::from(digit - b'0'));
    u64::try_from(seconds).ok()?.checked_mul(1_000_000_000)?.checked_add(nanos)
}

/// Whole numbers with so many marks between them, each of two digits or four.
fn numbers<const N: usize>(text: &str, mark: char) -> Option<[u64; N]> {
    let mut parts = text.split(mark);
    let mut numbers = [0; N];
    for number in &mut numbers {
        let part = parts
            .next()
            .filter(|part| matches!(part.len(), 2 | 4) && part.bytes().all(|digit| digit.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

/// Days from March of year 0 to this one, of a year of which that is known: the other way round.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    year / 400 * ERA + days_before(year % 400) + (153 * month + 2) / 5 + day - 1
}

/// Days in the first so many years of an era.
fn days_before(year: u64) -> u64 {
    365 * year + year / 4 - year / 100
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// As `date -u` writes them.
    #[test]
    fn times_of_every_kind() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00.000007Z"),
            (68_169_599, "1972-02-28T23:59:59.000007Z"),
            (68_169_600, "1972-02-29T00:00:00.000007Z"),
            (951_782_400, "2000-02-29T00:00:00.000007Z"),
            (951_868_800, "2000-03-01T00:00:00.000007Z"),
            (1_798_761_599, "2026-12-31T23:59:59.000007Z"),
            (2_147_483_648, "2038-01-19T03:14:08.000007Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000007Z"),
            (253_402_300_799, "9999-12-31T23:59:59.000007Z"),
        ] {
            let time = UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_nanos(7_999);
            assert_eq!(Rfc3339(time).to_string(), expected);
            let nanos = (seconds < 10_000_000_000).then(|| seconds * 1_000_000_000 + 7_000);
            assert_eq!(parse_rfc3339(expected), nanos, "{expected}");
        }
        assert_eq!(Rfc3339(UNIX_EPOCH - Duration::from_secs(1)).to_string(), "1970-01-01T00:00:00.000000Z");
    }

    #[test]
    fn times_that_others_write() {
        for (text, nanos) in [
            ("2026-11-21T15:55:38.608292275Z", Some(1_795_276_538_608_292_275)),
            ("2026-11-21T16:55:38.6082922759+01:00", Some(1_795_276_538_608_292_275)),
            ("2026-11-21t10:25:38-05:30", Some(1_795_276_538_000_000_000)),
            ("1970-01-01T01:00:00+01:00", Some(0)),
            ("1969-12-31T23:00:00-01:00", Some(0)),
            ("1969-12-31T23:59:59Z", None),
            ("0001-01-01T00:00:00Z", None),
            ("9999-12-31T23:59:59Z", None),
            ("2026-13-21T15:55:38Z", None),
            ("2026-11-21T24:55:38Z", None),
            ("2026-11-21T15:55:38", None),
            ("2026-11-21T15:55:38.Z", None),
            ("2026-11-21T15:55:38Zx", None),
            ("2026-11-21T15:55:38+99:00", None),
            ("+026-11-21T15:55:38Z", None),
            ("2026-11-21", None),
            ("ü", None),
            ("", None),
        ] {
            assert_eq!(parse_rfc3339(text), nanos, "{text}");
        }
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let mut expected = (1970, 1, 1);
        for days in 0..400_000 {
            assert_eq!(date(days), expected);
            assert_eq!(super::days(expected.0, expected.1, expected.2), days + BEFORE_1970);
            let (year, month, day) = expected;
            let last = match month {
                2 => 28 + u64::from(leap(year)),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            expected = match (month, day == last) {
                (_, false) => (year, month, day + 1),
                (12, true) => (year + 1, 1, 1),
                (_, true) => (year, month + 1, 1),
            };
        }
    }
}
