//! Who may read the pages: users with bcrypt hashes, as the Go exporters have them, or the holder of one token.
//!
//! ```text
//! request ──▶ credentials ──▶ cache ──▶ thread: bcrypt ──▶ cache ──▶ verdict
//! ```
//!
//! Bcrypt takes a tenth of a second on purpose. So it runs on one thread of its own, its verdicts are kept, and a request
//! whose verdict is known never waits for it.

mod cache;
mod credentials;
mod thread;
mod users;

use std::io;

use hyper::header::HeaderValue;

use crate::secret::Secret;
use credentials::Credentials;
use thread::Thread;

pub(crate) use users::{User, Users};

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It may be answered.
    Allowed,
    /// Status 401: no credentials, or wrong ones.
    Unauthorized,
    /// Status 429: too many passwords wait to be checked already.
    Busy,
}

impl Verdict {
    fn on(right: bool) -> Self {
        if right { Verdict::Allowed } else { Verdict::Unauthorized }
    }
}

/// Checks requests for as long as the server lives; what is configured may change between two of them.
pub(crate) struct Authenticator {
    thread: Thread,
}

impl Authenticator {
    /// Without a thread yet: it is started by the first password that has to be checked.
    ///
    /// # Errors
    /// When the system has no random bytes for the keys.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Authenticator { thread: Thread::new(Box::new(users::Hash::is_of))? })
    }

    /// Whether a request with this header may be answered. With `bearer` and users, either suffices; with neither,
    /// everything is allowed.
    pub(crate) async fn check(
        &self,
        users: &Users,
        bearer: Option<&Secret>,
        authorization: Option<&HeaderValue>,
    ) -> Verdict {
        if users.is_empty() && bearer.is_none() {
            return Verdict::Allowed;
        }
        match authorization.and_then(|header| credentials::parse(header.as_bytes())) {
            Some(Credentials::Bearer(token)) if bearer.is_some_and(|secret| secret.matches(token)) => Verdict::Allowed,
            Some(Credentials::Basic { user, password }) if !users.is_empty() => {
                self.thread.check(users, &user, password).await
            }
            Some(Credentials::Bearer(_) | Credentials::Basic { .. }) | None => Verdict::Unauthorized,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    /// Hashes of "correct horse" at costs 4, 5 and 8.
    const COST_4: &str = "$2a$04$uG1REoKeHo.gZ60Z.w7BseWTR7FujTNaND2ZGdLtGwl/R0.04uo2y";
    const COST_5: &str = "$2a$05$XczsTfGV/xkdANLnZZchd.wBvxDdd.99Ca0K.Bi/ZBKipU6/TkJT2";
    const COST_8: &str = "$2a$08$Cgtuph1vLalz9kHYRaMZs.SkHNNp030amgfradLZ0FZUy0zXQxSYq";

    fn users(users: &[(&str, &str)]) -> Users {
        Users::new(users.iter().map(|(name, hash)| User::new((*name).to_owned(), hash).unwrap()))
    }

    fn basic(user: &str, password: &str) -> HeaderValue {
        HeaderValue::try_from(format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))).unwrap()
    }

    fn bearer(token: &str) -> HeaderValue {
        HeaderValue::try_from(format!("Bearer {token}")).unwrap()
    }

    #[tokio::test]
    async fn what_suffices_for_what_is_configured() {
        let authenticator = Authenticator::new().unwrap();
        let token = Secret::new("s3cret".to_owned());
        let (nobody, alice) = (Users::default(), users(&[("alice", COST_4)]));
        let headers = [
            None,
            Some(basic("alice", "correct horse")),
            Some(basic("alice", "wrong")),
            Some(basic("bob", "correct horse")),
            Some(bearer("s3cret")),
            Some(bearer("s3cre")),
            Some(bearer("")),
            Some(HeaderValue::from_static("Digest s3cret")),
        ];
        for (users, token, allowed) in [
            (&nobody, None, [true; 8]),
            (&alice, None, [false, true, false, false, false, false, false, false]),
            (&nobody, Some(&token), [false, false, false, false, true, false, false, false]),
            (&alice, Some(&token), [false, true, false, false, true, false, false, false]),
        ] {
            // The second time from the cache.
            for _ in 0..2 {
                for (header, allowed) in headers.iter().zip(allowed) {
                    let verdict = authenticator.check(users, token, header.as_ref()).await;
                    assert_eq!(verdict, Verdict::on(allowed), "{users:?} {token:?} {header:?}");
                }
            }
        }
    }

    /// CVE-2022-46146: whoever had a user's hash could put it into the cache as right, beside any password.
    #[tokio::test]
    async fn who_has_a_hash_has_no_password() {
        let authenticator = Authenticator::new().unwrap();
        let alice = users(&[("alice", COST_4)]);
        for (user, password) in [
            (&format!("alice{COST_4}")[..], "fakepassword"),
            ("alice", &format!("{COST_4}fakepassword")),
            ("alice", COST_4),
            ("alice", &COST_4[29..]),
            (&format!("616c696365:{COST_4}"), "fakepassword"),
            ("alice\0", "correct horse"),
            ("", "alicecorrect horse"),
        ] {
            for _ in 0..2 {
                let verdict = authenticator.check(&alice, None, Some(&basic(user, password))).await;
                assert_eq!(verdict, Verdict::Unauthorized, "{user} {password}");
            }
        }
    }

    #[tokio::test]
    async fn a_user_who_changes_or_goes() {
        let authenticator = Authenticator::new().unwrap();
        let header = basic("alice", "correct horse");
        let other = "$2a$04$Rou84BdbeEyhUho9eZnJwuKzckTYAS7Q4I2VW8LF/C6SCARf/VxO.";
        for (users, allowed) in [
            (users(&[("alice", COST_4)]), true),
            (users(&[("alice", other)]), false),
            (users(&[("bob", COST_4)]), false),
            (users(&[("alice", COST_5), ("bob", other)]), true),
            (users(&[("alice", COST_4)]), true),
        ] {
            assert_eq!(authenticator.check(&users, None, Some(&header)).await, Verdict::on(allowed), "{users:?}");
        }
    }

    /// The original takes as long for a user who is not there as for one whose hash has a cost of 10, and no other.
    #[tokio::test]
    async fn how_long_a_refusal_takes_tells_no_user() {
        let authenticator = Authenticator::new().unwrap();
        let users = users(&[("four", COST_4), ("five", COST_5), ("eight", COST_8)]);
        let mut taken = [const { Vec::new() }; 4];
        // In turns, so that whatever else the machine does falls on all of them.
        for number in 0..15 {
            for (name, taken) in ["four", "five", "eight", "nobody"].iter().zip(&mut taken) {
                let header = basic(name, &number.to_string());
                let begin = Instant::now();
                assert_eq!(authenticator.check(&users, None, Some(&header)).await, Verdict::Unauthorized);
                taken.push(begin.elapsed());
            }
        }
        let median = |mut taken: Vec<Duration>| {
            taken.sort_unstable();
            taken[taken.len() / 2]
        };
        let medians = taken.map(median);
        // Unequal work would be 16 times as long for one as for another.
        let (least, most) = (medians.iter().min().unwrap(), medians.iter().max().unwrap());
        assert!(*most < *least * 2, "{medians:?}");
    }
}
