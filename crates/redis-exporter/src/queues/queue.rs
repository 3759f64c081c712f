//! Queues, and the keys that their frameworks keep them in.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// What Bull's keys begin with unless it is told otherwise.
const BULL_PREFIX: &str = "bull:";

/// What stands between a queue of Celery and a priority in the name of a list, and between the parts of a binding.
pub(super) const KOMBU_SEPARATOR: &str = "\x06\x16";

/// Who keeps jobs in Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Framework {
    /// Bull and BullMQ, which have most of their keys in common.
    Bull,
    Celery,
    Rq,
    Sidekiq,
    /// A stream with consumer groups, whoever uses it.
    Stream,
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Queue {
    pub(crate) framework: Framework,
    /// What its keys are made of: the name, and for Bull the prefix before it.
    pub(crate) base: Vec<u8>,
}

/// A key whose length is the number of jobs in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Length {
    pub(super) state: &'static str,
    /// What tells the length.
    pub(super) command: &'static str,
    before: &'static str,
    after: &'static str,
}

const fn length(state: &'static str, command: &'static str, before: &'static str, after: &'static str) -> Length {
    Length { state, command, before, after }
}

/// Bull 3 and 4, and BullMQ 1 to 6. While a queue is paused its waiting jobs are in `paused`, up to BullMQ 5; from 6 on they stay
/// where they are. Jobs with a priority are in `prioritized` from BullMQ 4 on, and wait with the others before.
static BULL: &[Length] = &[
    length("waiting", "LLEN", "", ":wait"),
    length("active", "LLEN", "", ":active"),
    length("paused", "LLEN", "", ":paused"),
    length("delayed", "ZCARD", "", ":delayed"),
    length("prioritized", "ZCARD", "", ":prioritized"),
    length("waiting-children", "ZCARD", "", ":waiting-children"),
    length("completed", "ZCARD", "", ":completed"),
    length("failed", "ZCARD", "", ":failed"),
];

/// Celery's transport has a list for each of four priorities, 0 being the first to be taken and without a suffix. Its other steps
/// (`priority_steps`) nobody can see from outside.
static CELERY: &[Length] = &[
    length("waiting", "LLEN", "", ""),
    length("waiting", "LLEN", "", "\x06\x163"),
    length("waiting", "LLEN", "", "\x06\x166"),
    length("waiting", "LLEN", "", "\x06\x169"),
];

/// RQ 1 to 3.
static RQ: &[Length] = &[
    length("waiting", "LLEN", "rq:queue:", ""),
    length("active", "ZCARD", "rq:wip:", ""),
    length("delayed", "ZCARD", "rq:scheduled:", ""),
    length("deferred", "ZCARD", "rq:deferred:", ""),
    length("completed", "ZCARD", "rq:finished:", ""),
    length("failed", "ZCARD", "rq:failed:", ""),
    length("canceled", "ZCARD", "rq:canceled:", ""),
];

static SIDEKIQ: &[Length] = &[length("waiting", "LLEN", "queue:", "")];

impl Length {
    /// The key.
    pub(super) fn key(&self, queue: &Queue) -> Vec<u8> {
        [self.before.as_bytes(), &queue.base, self.after.as_bytes()].concat()
    }
}

impl Framework {
    /// The value of the label; of Bull it is that of BullMQ, which most have.
    pub(super) fn word(self) -> &'static str {
        match self {
            Framework::Bull => "bullmq",
            Framework::Celery => "celery",
            Framework::Rq => "rq",
            Framework::Sidekiq => "sidekiq",
            Framework::Stream => "stream",
        }
    }

    /// The keys of one queue, in the order in which they are asked for; those of one state are added up.
    pub(super) fn lengths(self) -> &'static [Length] {
        match self {
            Framework::Bull => BULL,
            Framework::Celery => CELERY,
            Framework::Rq => RQ,
            Framework::Sidekiq => SIDEKIQ,
            Framework::Stream => &[],
        }
    }
}

impl Queue {
    pub(crate) fn new(framework: Framework, base: impl Into<Vec<u8>>) -> Self {
        Queue { framework, base: base.into() }
    }

    /// A key of it that is no [`Length`].
    pub(super) fn key(&self, before: &str, after: &str) -> Vec<u8> {
        [before.as_bytes(), &self.base, after.as_bytes()].concat()
    }

    /// The value of the label; Bull's prefix is left out if it is the usual one.
    pub(super) fn label(&self) -> Cow<'_, str> {
        let name = match self.framework {
            Framework::Bull => self.base.strip_prefix(BULL_PREFIX.as_bytes()).unwrap_or(&self.base),
            Framework::Celery | Framework::Rq | Framework::Sidekiq | Framework::Stream => &self.base,
        };
        String::from_utf8_lossy(name)
    }
}

/// What is wrong with the name of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum QueueError {
    /// Not two words with a `=` between them.
    Form(String),
    /// The framework is none that is known.
    Framework(String),
}

impl fmt::Display for QueueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            QueueError::Form(text) => write!(f, "{text:?} is no framework=queue, such as celery=mail"),
            QueueError::Framework(word) => {
                write!(f, "no queues of {word:?} are known: bullmq, bull, celery, rq, sidekiq or stream")
            }
        }
    }
}

impl std::error::Error for QueueError {}

impl FromStr for Queue {
    type Err = QueueError;

    /// `celery=mail`. A queue of Bull may come with the prefix of its keys: `bullmq=video` is `bullmq=bull:video`.
    fn from_str(text: &str) -> Result<Self, QueueError> {
        let form = || QueueError::Form(text.to_owned());
        let (word, name) = text.split_once('=').filter(|(_, name)| !name.is_empty()).ok_or_else(form)?;
        let framework = match word {
            "bullmq" | "bull" => Framework::Bull,
            "celery" => Framework::Celery,
            "rq" => Framework::Rq,
            "sidekiq" => Framework::Sidekiq,
            "stream" => Framework::Stream,
            other => return Err(QueueError::Framework(other.to_owned())),
        };
        if framework == Framework::Bull && !name.contains(':') {
            return Ok(Queue::new(framework, format!("{BULL_PREFIX}{name}")));
        }
        Ok(Queue::new(framework, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_as_users_name_them() {
        for (text, framework, base, label) in [
            ("bullmq=video", Framework::Bull, "bull:video", "video"),
            ("bull={app}:video", Framework::Bull, "{app}:video", "{app}:video"),
            ("celery=a=b", Framework::Celery, "a=b", "a=b"),
            ("stream=jobs:1", Framework::Stream, "jobs:1", "jobs:1"),
        ] {
            let queue: Queue = text.parse().unwrap();
            assert_eq!(queue, Queue::new(framework, base), "{text}");
            assert_eq!(queue.label(), label);
        }
        assert_eq!("mail".parse::<Queue>(), Err(QueueError::Form("mail".to_owned())));
        assert_eq!("rq=".parse::<Queue>(), Err(QueueError::Form("rq=".to_owned())));
        assert_eq!("resque=mail".parse::<Queue>(), Err(QueueError::Framework("resque".to_owned())));
    }

    #[test]
    fn keys_of_a_queue() {
        let keys = |queue: &Queue| -> Vec<String> {
            let keys = queue.framework.lengths().iter().map(|length| (length.command, length.key(queue)));
            keys.map(|(command, key)| format!("{command} {}", key.escape_ascii())).collect()
        };
        assert_eq!(
            keys(&Queue::new(Framework::Celery, "mail")),
            [r"LLEN mail", r"LLEN mail\x06\x163", r"LLEN mail\x06\x166", r"LLEN mail\x06\x169"]
        );
        assert_eq!(keys(&Queue::new(Framework::Sidekiq, "mail")), ["LLEN queue:mail"]);
        assert_eq!(keys(&Queue::new(Framework::Bull, "bull:v"))[..2], ["LLEN bull:v:wait", "LLEN bull:v:active"]);
    }
}
