//! SENTINEL: masters that a sentinel watches, with their replicas and its fellow sentinels; besides what INFO says of them.

use crate::parts::config::{Setting, take_settings};
use crate::parts::part::{LONGEST_NAME, Next, Part};
use crate::resp::{Array, Commands, Replies, Reply, ServerError};
use crate::server::Server;
use crate::settings::Settings;

/// Of more masters than this no more is asked than INFO says.
const MOST_MASTERS: usize = 500;
/// Sentinels of one master that have series of their own.
const MOST_PEERS: usize = 100;

/// What a sentinel knows.
#[derive(Default)]
pub(crate) struct Sentinel {
    with_settings: bool,
    with_peers: bool,
    redact: bool,
    /// Names of the masters that this round trip asks of.
    asked: Vec<String>,
    /// Whether it is the second of a scrape, which asks of masters that the first one found.
    second: bool,
    pub(crate) masters: Vec<Master>,
    pub(crate) settings: Vec<Setting>,
}

/// A master; numbers where the sentinel tells them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Master {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) quorum: Option<f64>,
    pub(crate) failover_timeout: Option<f64>,
    pub(crate) parallel_syncs: Option<f64>,
    pub(crate) down_after_milliseconds: Option<f64>,
    pub(crate) config_epoch: Option<f64>,
    pub(crate) last_ok_ping_milliseconds: Option<f64>,
    /// Whether a failover could come about.
    pub(crate) check: Option<QuorumCheck>,
    /// Sentinels that are up, with the one that tells.
    pub(crate) ok_sentinels: Option<u64>,
    pub(crate) ok_replicas: Option<u64>,
    pub(crate) peers: Vec<Peer>,
}

/// What SENTINEL CKQUORUM says, as one of a few: its own words hold a number that changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QuorumCheck {
    Ok,
    /// Not enough sentinels are there to agree that the master is down.
    NoQuorum,
    /// Not enough of all known sentinels are there to authorize a failover.
    NoMajority,
    /// Neither.
    NoQuorumNoMajority,
}

/// Another sentinel of a master.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) ip: String,
    pub(crate) port: String,
    pub(crate) run_id: String,
    pub(crate) flags: String,
}

impl Sentinel {
    pub(crate) fn new(settings: &Settings) -> Self {
        let Settings { config, sentinel_peers, redact_config, .. } = *settings;
        Sentinel { with_settings: config, with_peers: sentinel_peers, redact: redact_config, ..Sentinel::default() }
    }

    fn take_details(&mut self, replies: &mut Replies<'_>) {
        for name in std::mem::take(&mut self.asked) {
            let [check, sentinels, replicas] = [replies.next_or_error(), replies.next(), replies.next()];
            let Some(master) = self.masters.iter_mut().find(|master| master.name == name) else { continue };
            master.check = check.and_then(quorum_check);
            master.ok_sentinels = sentinels.map(|sentinels| 1 + ok(sentinels.array()));
            master.ok_replicas = replicas.map(|replicas| ok(replicas.array()));
            if let Some(sentinels) = sentinels.filter(|_| self.with_peers) {
                master.peers = sentinels.array().map(|sentinel| peer(sentinel.array())).take(MOST_PEERS).collect();
            }
        }
    }
}

impl Part for Sentinel {
    fn ask(&mut self, server: &Server, commands: &mut Commands) {
        if !server.info.is_sentinel() {
            return self.forget();
        }
        if !self.second {
            commands.add("SENTINEL MASTERS", ["SENTINEL", "MASTERS"]);
            if self.with_settings {
                commands.add("SENTINEL CONFIG GET", ["SENTINEL", "CONFIG", "GET", "*"]);
            }
            self.asked = self.masters.iter().map(|master| master.name.clone()).collect();
        }
        for name in &self.asked {
            commands.add("SENTINEL CKQUORUM", ["SENTINEL", "CKQUORUM", name]);
            commands.add("SENTINEL SENTINELS", ["SENTINEL", "SENTINELS", name]);
            commands.add("SENTINEL SLAVES", ["SENTINEL", "SLAVES", name]);
        }
    }

    fn take(&mut self, server: &mut Server, replies: &mut Replies<'_>) -> Next {
        if !server.info.is_sentinel() {
            return Next::Done;
        }
        if self.second {
            self.second = false;
            self.take_details(replies);
            return Next::Done;
        }
        let masters = replies.next().map(Reply::array);
        self.masters = masters
            .into_iter()
            .flatten()
            .filter_map(|reply| master(reply.array()))
            .filter(|master| master.name.len() <= LONGEST_NAME)
            .take(MOST_MASTERS)
            .collect();
        self.settings.clear();
        if self.with_settings
            && let Some(reply) = replies.next()
        {
            take_settings(reply.array(), self.redact, &mut self.settings);
        }
        let asked = self.asked.clone();
        self.take_details(replies);
        let names = self.masters.iter().map(|master| &master.name);
        self.asked = names.filter(|name| !asked.contains(name)).cloned().collect();
        self.second = !self.asked.is_empty();
        if self.second { Next::Ask } else { Next::Done }
    }

    fn forget(&mut self) {
        (self.second, self.asked, self.masters, self.settings) = Default::default();
    }
}

/// A master of SENTINEL MASTERS.
fn master(map: Array<'_>) -> Option<Master> {
    let text = |key| map.get(key).and_then(Reply::text);
    let number = |key| map.get(key).and_then(Reply::number);
    Some(Master {
        name: text("name")?.into_owned(),
        address: format!("{}:{}", text("ip")?, text("port")?),
        quorum: number("quorum"),
        failover_timeout: number("failover-timeout"),
        parallel_syncs: number("parallel-syncs"),
        down_after_milliseconds: number("down-after-milliseconds"),
        config_epoch: number("config-epoch"),
        last_ok_ping_milliseconds: number("last-ok-ping-reply"),
        ..Master::default()
    })
}

/// Another sentinel of SENTINEL SENTINELS.
fn peer(map: Array<'_>) -> Peer {
    let text = |key| map.get(key).and_then(Reply::text).unwrap_or_default().into_owned();
    Peer { name: text("name"), ip: text("ip"), port: text("port"), run_id: text("runid"), flags: text("flags") }
}

/// How many of these sentinels or replicas nobody takes to be down.
fn ok(instances: Array<'_>) -> u64 {
    let flags = instances.filter_map(|instance| instance.array().get("flags")?.text());
    flags.map(|flags| u64::from(!flags.split(',').any(|flag| matches!(flag, "s_down" | "o_down")))).sum()
}

fn quorum_check(reply: Reply<'_>) -> Option<QuorumCheck> {
    match reply {
        Reply::Text(_) => Some(QuorumCheck::Ok),
        Reply::Error(error @ ServerError(_)) if error.code() == "NOQUORUM" => {
            let text = error.text();
            Some(match (text.contains("specified quorum"), text.contains("majority")) {
                (_, false) => QuorumCheck::NoQuorum,
                (false, true) => QuorumCheck::NoMajority,
                (true, true) => QuorumCheck::NoQuorumNoMajority,
            })
        }
        Reply::Error(_) | Reply::Integer(_) | Reply::Nil | Reply::Array(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::examples::{round, server};

    const INFO: &str = "redis_version:7.0.15\r\n# Sentinel\r\nsentinel_masters:2\r\n";

    fn text(text: &str) -> String {
        format!("${}\r\n{text}\r\n", text.len())
    }

    fn map(pairs: &[(&str, &str)]) -> String {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| text(name) + &text(value)).collect();
        format!("*{}\r\n{}", pairs.len() * 2, pairs.concat())
    }

    fn array(elements: &[String]) -> String {
        format!("*{}\r\n{}", elements.len(), elements.concat())
    }

    fn a_master(name: &str) -> String {
        map(&[("name", name), ("ip", "192.0.2.1"), ("port", "6379"), ("quorum", "2"), ("config-epoch", "x")])
    }

    fn details(check: &str, sentinels: &[&str], replicas: &[&str]) -> String {
        let instances = |flags: &[&str]| {
            array(
                &flags.iter().map(|flags| map(&[("name", "n"), ("runid", "r"), ("flags", flags)])).collect::<Vec<_>>(),
            )
        };
        format!("{check}\r\n{}{}", instances(sentinels), instances(replicas))
    }

    const OK: &str = "+OK 3 usable Sentinels. Quorum and failover authorization can be reached";
    const MASTERS: &str = "SENTINEL MASTERS";
    const DETAILS: [&str; 3] = ["SENTINEL CKQUORUM", "SENTINEL SENTINELS", "SENTINEL SLAVES"];

    #[test]
    fn masters_are_asked_of_in_a_second_round_trip_once() {
        let mut part = Sentinel::default();
        let mut server = server(INFO);
        let masters = array(&[a_master("a"), a_master("b")]);
        assert_eq!(round(&mut part, &mut server, masters.as_bytes()), (vec![MASTERS], Next::Ask));
        let a =
            details(OK, &["sentinel", "s_down,sentinel", "sentinel,o_down"], &["slave", "slave,s_down,disconnected"]);
        let b = details(
            "-NOQUORUM 1 usable Sentinels. Not enough available Sentinels to reach the specified quorum for this master",
            &[],
            &[],
        );
        let both = [DETAILS, DETAILS].concat();
        assert_eq!(round(&mut part, &mut server, (a.clone() + &b).as_bytes()), (both.clone(), Next::Done));
        let first = Master {
            name: "a".to_owned(),
            address: "192.0.2.1:6379".to_owned(),
            quorum: Some(2.0),
            check: Some(QuorumCheck::Ok),
            ok_sentinels: Some(2),
            ok_replicas: Some(1),
            ..Master::default()
        };
        assert_eq!((&part.masters[0], part.masters[1].check), (&first, Some(QuorumCheck::NoQuorum)));

        let all = [vec![MASTERS], both].concat();
        assert_eq!(round(&mut part, &mut server, (masters + &b + &a).as_bytes()), (all.clone(), Next::Done));
        assert_eq!((part.masters[0].check, part.masters[1].ok_sentinels), (Some(QuorumCheck::NoQuorum), Some(2)));

        let others = array(&[a_master("c"), a_master("a")]);
        assert_eq!(round(&mut part, &mut server, (others + &b + &a).as_bytes()), (all, Next::Ask));
        assert_eq!(round(&mut part, &mut server, a.as_bytes()), (DETAILS.to_vec(), Next::Done));
        assert_eq!((part.masters[0].ok_replicas, part.masters[1].ok_replicas), (Some(1), Some(0)));
    }

    #[test]
    fn what_a_check_says() {
        let check = |text: &'static str| quorum_check(Reply::Error(ServerError(text.as_bytes())));
        for (text, expected) in [
            (
                "NOQUORUM 1 usable Sentinels. Not enough available Sentinels to reach the majority and authorize a failover",
                Some(QuorumCheck::NoMajority),
            ),
            (
                "NOQUORUM 1 usable Sentinels. Not enough available Sentinels to reach the specified quorum for this master. Not enough available Sentinels to reach the majority and authorize a failover",
                Some(QuorumCheck::NoQuorumNoMajority),
            ),
            ("ERR No such master with that name", None),
            ("NOPERM this user has no permissions to run the 'sentinel|ckquorum' command", None),
        ] {
            assert_eq!(check(text), expected, "{text}");
        }
    }

    #[test]
    fn peers_and_settings_where_they_are_asked_for() {
        let mut part = Sentinel::new(&Settings { config: true, sentinel_peers: true, ..Settings::default() });
        let settings = map(&[("announce-port", "0"), ("sentinel-pass", "x")]);
        let replies = array(&[a_master("a")]) + &settings;
        let (asked, next) = round(&mut part, &mut server(INFO), replies.as_bytes());
        assert_eq!((asked, next), (vec![MASTERS, "SENTINEL CONFIG GET"], Next::Ask));
        round(&mut part, &mut server(INFO), details(OK, &["sentinel"], &[]).as_bytes());
        let peer =
            Peer { name: "n".to_owned(), run_id: "r".to_owned(), flags: "sentinel".to_owned(), ..Peer::default() };
        assert_eq!(part.masters[0].peers, [peer]);
        let names: Vec<_> = part.settings.iter().map(|setting| &*setting.name).collect();
        assert_eq!(names, ["announce-port"], "a password is not kept");
    }

    #[test]
    fn who_is_no_sentinel_is_not_asked() {
        let mut part = Sentinel::default();
        assert_eq!(round(&mut part, &mut server("redis_version:7.0.15"), b""), (vec![], Next::Done));
    }
}
