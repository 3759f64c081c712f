//! From the command line to what is served.

use std::error::Error;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use clap::{ArgMatches, FromArgMatches as _};
use exporter_toolkit::{BadFlag, Built, Exporter, Secret, Service, Targets, WebFlags, runtime};

use crate::address::Url;
use crate::args::{RedisArgs, Server};
use crate::call::Call;
use crate::client::{Login, Target, TlsSource};
use crate::collector::Redis;
use crate::discovery::Discovery;
use crate::endpoints::Endpoints;
use crate::failure::{Class, Failure};
use crate::identity;
use crate::own::Own;
use crate::passwords::Passwords;
use crate::settings::Settings;
use crate::targets::allowed::Allowed;
use crate::targets::{Known, Registry};

/// A server that is near answers much sooner.
const FOUND_WITHIN: Duration = Duration::from_secs(1);

/// The exporter that the command line asks for. `own_metrics` adds those about the exporter itself. A server that is not there
/// is waited for.
///
/// # Errors
/// When flags contradict each other, or a file is bad.
pub fn service(matches: &mut ArgMatches, own_metrics: bool) -> Built {
    let args = RedisArgs::from_arg_matches_mut(matches)?;
    Ok(Plan::new(&args)?.service(&args, own_metrics))
}

/// As [`service`], for a program that serves what there is.
///
/// # Errors
/// As that, and when no server answers; the text says where it was looked for.
pub fn service_where_found(matches: &mut ArgMatches, own_metrics: bool) -> Built {
    let args = RedisArgs::from_arg_matches_mut(matches)?;
    let plan = Plan::new(&args)?;
    let target = plan.target.as_ref().ok_or("REDIS_ADDR is empty; it says where a server is")?;
    find(target).map_err(|failure| {
        let address = &target.address;
        format!("no Redis at {address} ({failure}); start it, or say where it is by --redis.addr or REDIS_ADDR")
    })?;
    Ok(plan.service(&args, own_metrics))
}

/// Logs in to a server, on a thread of its own: this one may have a runtime that waits for it. One that is busy is there too.
fn find(target: &Arc<Target>) -> Result<(), Failure> {
    let call = Call::new(Arc::clone(target), Arc::new(|_| Ok(())));
    let (tell, told) = mpsc::channel();
    let ask = move || {
        let answer = runtime().map_err(Failure::from).and_then(|runtime| runtime.block_on(call.ask()));
        // Nobody waits any more for an answer that comes late.
        tell.send(answer).ok();
    };
    thread::Builder::new().name("find".into()).spawn(ask)?;
    let late = |_| Err(Failure::new(Class::Timeout, format!("no answer within {FOUND_WITHIN:?}")));
    match told.recv_timeout(FOUND_WITHIN).unwrap_or_else(late) {
        Err(failure) if matches!(failure.class, Class::Loading | Class::Busy | Class::MaxClients) => Ok(()),
        answer => answer,
    }
}

/// What the flags come to, as far as it can be wrong.
struct Plan {
    target: Option<Arc<Target>>,
    login: Login,
    tls: Arc<TlsSource>,
    settings: Arc<Settings>,
    guard: Option<WebFlags>,
}

impl Plan {
    fn new(args: &RedisArgs) -> Result<Self, Box<dyn Error>> {
        let server = &args.server;
        let passwords = Passwords::new(server.password.clone(), server.password_file());
        let passwords = Arc::new(passwords.map_err(|error| BadFlag::new("--redis.password-file", error))?);
        let user = server.user.clone().filter(|user| !user.is_empty());
        let login = Login { user, password: None, passwords };
        let tls = TlsSource::new(server.tls()).map_err(BadFlag::named)?;
        let Server(url) = &server.address;
        let target = url.clone().map(|url| target(url, &login, &tls, server.connection_timeout)).transpose()?;
        let settings = Arc::new(args.settings()?);
        Ok(Plan { target: target.map(Arc::new), login, tls, settings, guard: args.guard.flags()? })
    }

    fn service(self, args: &RedisArgs, own_metrics: bool) -> Service {
        warn_of_what_is_not_as_asked(args, &self);
        let Plan { target, login, tls, settings, guard } = self;
        let own_metrics = own_metrics && !args.shown.redis_only_metrics;
        let collector = target.clone().map(|target| Redis::collector(target, Arc::clone(&settings)));
        let exporter = Exporter::new(identity(), collector.into_iter().collect(), own_metrics);
        let own = Own::new(exporter.registry(), &settings.namespace);
        let service = Service::from(exporter);
        let passwords = Arc::clone(&login.passwords);
        let discovery = target.as_ref().filter(|_| args.server.is_cluster);
        let hostnames = args.targets.cluster_discover_hostnames;
        let discovery = discovery.map(|target| Discovery::new(Arc::clone(target), hostnames));
        let registry = (!args.targets.disable_scrape_endpoint).then(|| {
            Arc::new(Registry {
                allowed: args.targets.allowed.clone(),
                exporter: Arc::clone(&service.exporter),
                own: target,
                login,
                tls,
                connect_timeout: args.server.connection_timeout,
                settings,
                errors: own.target_errors,
                known: Mutex::new(Known::default()),
            })
        });
        Service {
            targets: registry.clone().map(|registry| registry as Arc<dyn Targets>),
            application: Some(Arc::new(Endpoints::new(discovery, passwords, registry))),
            guard,
            ..service
        }
    }
}

/// The server of `--redis.addr`.
fn target(url: Url, login: &Login, tls: &Arc<TlsSource>, connect_timeout: Duration) -> Result<Target, BadFlag> {
    let Url { address, user, password } = url;
    let login = match (user, password) {
        // A name alone is a password to redis-cli and to the peer; where there is another password it is a name.
        (Some(user), None) if login.passwords.is_empty() => {
            Login { password: Some(Arc::new(Secret::new(user))), ..login.clone() }
        }
        (user, password) => Login { user: user.or_else(|| login.user.clone()), password, ..login.clone() },
    };
    let tls = if address.tls { Some(tls.named(None).map_err(BadFlag::named)?) } else { None };
    Ok(Target { address, login, tls, connect_timeout })
}

fn warn_of_what_is_not_as_asked(args: &RedisArgs, plan: &Plan) {
    if args.shown.include_go_runtime_metrics {
        let reason = "no Go runs here";
        tracing::warn!(flag = "--include-go-runtime-metrics", reason, "has no effect");
    }
    if args.guard.asks_for_old_tls() {
        tracing::warn!(flag = "--tls-server-min-version", "there is no TLS before 1.2 here, which is the oldest now");
    }
    if args.targets.allowed.contains(&Allowed::Any) && !plan.login.passwords.is_empty() {
        tracing::warn!(
            flag = "--scrape.allow-target",
            "with * whoever reaches /scrape can have a password sent to any address; name the servers"
        );
    }
}
