//! A token bucket, with the arithmetic of Go's `golang.org/x/time/rate`, so that the same configuration allows the same
//! requests.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::lock::lock;

/// How many requests may come: `burst` at once, and after that one for every `interval`.
#[derive(Debug)]
pub(crate) struct RateLimit {
    /// Tokens that come back a second; `None` is no limit.
    per_second: Option<f64>,
    burst: f64,
    bucket: Mutex<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    /// When `tokens` was right; refused requests do not touch it.
    at: Instant,
}

impl RateLimit {
    /// A full bucket. An interval of 0 is no limit, whatever the burst; with a burst of 0 nothing is allowed otherwise.
    pub(crate) fn new(interval: Duration, burst: u32, now: Instant) -> Self {
        let per_second = (!interval.is_zero()).then(|| 1.0 / interval.as_secs_f64());
        let burst = f64::from(burst);
        RateLimit { per_second, burst, bucket: Mutex::new(Bucket { tokens: burst, at: now }) }
    }

    /// Takes a token; `false` when there is none. A `now` before the last one counts as no time at all.
    pub(crate) fn allow(&self, now: Instant) -> bool {
        let Some(per_second) = self.per_second else { return true };
        let mut bucket = lock(&self.bucket);
        let elapsed = now.saturating_duration_since(bucket.at).as_secs_f64();
        let tokens = (bucket.tokens + elapsed * per_second).min(self.burst) - 1.0;
        // Less than a nanosecond short is rounding: intervals are no sums of binary fractions.
        let short_nanoseconds = -tokens / per_second * 1e9;
        let allowed = self.burst >= 1.0 && short_nanoseconds < 1.0;
        if allowed {
            *bucket = Bucket { tokens, at: now.max(bucket.at) };
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the Go limiter answered to requests at these milliseconds.
    #[test]
    fn the_answers_of_the_original() {
        let cases: [(u64, u32, &[u64], &str); 7] = [
            (1000, 1, &[0, 0, 999, 1000, 1001, 2500, 3000, 3500, 90_000, 90_000], "ynnynynyyn"),
            (
                1000,
                3,
                &[0, 0, 0, 0, 500, 1000, 1000, 2000, 2400, 3000, 3000, 100_000, 100_000, 100_000, 100_000, 100_001],
                "yyynnynynynyyynn",
            ),
            (300, 2, &[0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1100, 1200], "yynynnynnynny"),
            (7, 1, &[0, 7, 14, 21, 28, 35, 42, 49, 56, 62, 69, 76], "yyyyyyyyynyy"),
            (1000, 0, &[0, 1000, 100_000], "nnn"),
            (0, 0, &[0, 0, 0], "yyy"),
            (0, 2, &[0, 0, 0, 0], "yyyy"),
        ];
        for (interval, burst, times, answers) in cases {
            let begin = Instant::now();
            let limit = RateLimit::new(Duration::from_millis(interval), burst, begin);
            let answer = |ms: &u64| if limit.allow(begin + Duration::from_millis(*ms)) { 'y' } else { 'n' };
            assert_eq!(times.iter().map(answer).collect::<String>(), answers, "{interval} {burst} {times:?}");
        }
    }

    /// Rounding never adds up to a token more or less than the original gives.
    #[test]
    fn a_hundred_thousand_requests() {
        let allowed = |interval: u64, burst: u32, step: u64| {
            let begin = Instant::now();
            let limit = RateLimit::new(Duration::from_micros(interval), burst, begin);
            (0..100_000).filter(|nth| limit.allow(begin + Duration::from_nanos(nth * step))).count()
        };
        assert_eq!(allowed(1_000_000, 1, 333_333), 34);
        assert_eq!(allowed(3_000, 5, 1_000_000), 33_338);
    }

    #[test]
    fn a_long_idle_time_fills_no_more_than_the_burst() {
        let begin = Instant::now();
        let limit = RateLimit::new(Duration::from_millis(1), 2, begin);
        let later = begin + Duration::from_secs(1_000_000);
        assert_eq!([later; 4].map(|now| limit.allow(now)), [true, true, false, false]);
    }

    #[test]
    fn requests_whose_times_arrive_out_of_order() {
        let begin = Instant::now();
        let limit = RateLimit::new(Duration::from_secs(1), 1, begin);
        assert!(limit.allow(begin + Duration::from_secs(5)));
        assert!(!limit.allow(begin));
        assert!(!limit.allow(begin + Duration::from_millis(5_999)));
        assert!(limit.allow(begin + Duration::from_secs(6)));
    }

    #[test]
    fn the_longest_interval_still_has_its_burst() {
        let begin = Instant::now();
        let limit = RateLimit::new(Duration::MAX, 1, begin);
        assert_eq!([begin, begin + Duration::from_secs(3600)].map(|now| limit.allow(now)), [true, false]);
    }
}
