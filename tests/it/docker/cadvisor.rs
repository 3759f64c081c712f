//! cAdvisor, which the Docker exporter replaces, on an engine of a suite.

use testkit::http::{self, PROMETHEUS};
use testkit::page;
use testkit::process::{Process, free_address};

use super::engine::{Engine, IMAGE};
use crate::tools::Tools;

/// A cAdvisor that tells of the engine's containers and of the machine.
pub(crate) fn start(tools: &Tools, engine: &Engine) -> Process {
    let address = free_address().expect("loopback has a free port");
    let mut command = engine.command(tools.command("cadvisor").get_program());
    command.arg(format!("--listen={address}")).arg(format!("--docker={}", engine.host())).arg("--docker_only");
    Process::spawn(command, address, "/metrics").expect("cAdvisor starts")
}

#[test]
fn cadvisor_tells_of_three_containers() {
    let Some(tools) = Tools::find("docker", &["cadvisor"]) else { return };
    let Some(engine) = Engine::boot("docker") else { return };
    let names = ["one", "two", "three"];
    let ids = names.map(|name| engine.run(name, &[], &["sleep", "1000"]));
    let cadvisor = start(&tools, &engine);
    let page = http::get(cadvisor.address(), "/metrics", PROMETHEUS).expect("it answers").body;
    let seen = page::series(&page).into_keys().filter(|series| series.starts_with("container_last_seen{"));
    let expected = names
        .iter()
        .zip(&ids)
        .map(|(name, id)| format!("container_last_seen{{id=\"/docker/{id}\",image=\"{IMAGE}\",name=\"{name}\"}}"));
    let mut expected: Vec<String> = expected.chain(["container_last_seen{id=\"/\"}".to_owned()]).collect();
    expected.sort();
    assert_eq!(seen.collect::<Vec<_>>(), expected);
}
