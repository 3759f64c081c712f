//! When a job was given to its queue, as each framework writes it down.

use exporter_toolkit::parse_rfc3339;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// Numbers above this are milliseconds since 1970, not seconds: in seconds it is the year 5138.
const MILLISECONDS: f64 = 1e11;

/// Seconds since 1970 of a number of seconds or milliseconds.
fn seconds(number: f64) -> Option<f64> {
    let number = if number > MILLISECONDS { number / 1000.0 } else { number };
    (number.is_finite() && number > 0.0).then_some(number)
}

/// Of BullMQ: the field `timestamp` of a job, in milliseconds.
pub(super) fn of_bull(timestamp: &[u8]) -> Option<f64> {
    seconds(std::str::from_utf8(timestamp).ok()?.parse().ok()?)
}

/// Of RQ: the field `enqueued_at` of a job, `2026-11-21T19:49:05.237066Z`.
pub(super) fn of_rq(enqueued_at: &[u8]) -> Option<f64> {
    seconds(parse_rfc3339(std::str::from_utf8(enqueued_at).ok()?)? as f64 / 1e9)
}

/// Of a stream: an entry's ID, milliseconds and a number behind a dash.
pub(super) fn of_entry(id: &[u8]) -> Option<f64> {
    let (milliseconds, _) = std::str::from_utf8(id).ok()?.split_once('-')?;
    seconds(milliseconds.parse::<f64>().ok()? / 1000.0)
}

/// Of Sidekiq: `enqueued_at` of a job, in seconds with a fraction up to version 7 and in milliseconds from 8 on.
pub(super) fn of_sidekiq(job: &[u8]) -> Option<f64> {
    #[derive(Deserialize)]
    struct Job {
        enqueued_at: f64,
    }
    seconds(serde_json::from_slice::<Job>(job).ok()?.enqueued_at)
}

/// Of Celery, whose messages do not say it: the `timestamp` that AMQP has for it, if whoever sent the message has set it, or what
/// Sentry's integration adds.
pub(super) fn of_celery(message: &[u8]) -> Option<f64> {
    #[derive(Deserialize)]
    struct Message {
        headers: Option<Times>,
        properties: Option<Times>,
    }
    #[derive(Deserialize)]
    struct Times {
        timestamp: Option<Time>,
        #[serde(rename = "sentry-task-enqueued-time")]
        sentry: Option<Time>,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Time {
        Seconds(f64),
        Other(IgnoredAny),
    }
    let Message { headers, properties } = serde_json::from_slice(message).ok()?;
    let times = [properties, headers].into_iter().flatten().flat_map(|times| [times.timestamp, times.sentry]);
    times.flatten().find_map(|time| match time {
        Time::Seconds(time) => seconds(time),
        Time::Other(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_every_framework() {
        assert_eq!(of_bull(b"1795290535502"), Some(1_795_290_535.502));
        assert_eq!(of_rq(b"2026-11-21T19:49:05.237066Z"), Some(1_795_290_545.237_066));
        assert_eq!(of_rq(b"2026-11-21T19:49:05Z"), Some(1_795_290_545.0));
        assert_eq!(of_entry(b"1795290720628-0"), Some(1_795_290_720.628));
        assert_eq!(
            of_sidekiq(br#"{"class":"A","args":[{"enqueued_at":1}],"enqueued_at":1795290535.25}"#),
            Some(1_795_290_535.25)
        );
        assert_eq!(of_sidekiq(br#"{"enqueued_at":1795290535250,"jid":"x"}"#), Some(1_795_290_535.25));
    }

    #[test]
    fn a_message_of_celery_says_when_only_if_somebody_made_it() {
        let of = |headers, properties| {
            of_celery(format!(r#"{{"body":"W10=","headers":{headers},"properties":{properties}}}"#).as_bytes())
        };
        assert_eq!(of(r#"{"task":"a.f","eta":null}"#, r#"{"priority":0}"#), None);
        assert_eq!(of(r#"{"timestamp":1795290535}"#, "{}"), Some(1_795_290_535.0));
        assert_eq!(
            of(r#"{"sentry-task-enqueued-time":1795290535.5}"#, r#"{"timestamp":"soon"}"#),
            Some(1_795_290_535.5)
        );
        assert_eq!(of("[]", "null"), None);
    }

    #[test]
    fn what_is_no_time() {
        for bytes in
            [&b""[..], b"x", b"-5", b"NaN", b"inf", b"0", b"\xff", b"0-1", b"{}", b"[]", b"{\"enqueued_at\":\"1\"}"]
        {
            let times = [of_bull(bytes), of_rq(bytes), of_entry(bytes), of_sidekiq(bytes), of_celery(bytes)];
            assert_eq!(times, [None; 5], "{}", bytes.escape_ascii());
        }
        let deep = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
        assert_eq!((of_sidekiq(&deep), of_celery(&deep)), (None, None));
    }
}
