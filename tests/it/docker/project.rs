//! Projects of compose, which come and go all at once.

use std::fs;

use serde_json::{Map, json};

use super::engine::{Engine, IMAGE};
use super::exporter::{Exporter, Page};
use super::truth::Truth;
use crate::tools::Tools;

/// Containers of the project.
const COUNT: usize = 30;

#[test]
fn a_project_of_thirty_containers_that_goes_up_and_down() {
    let Some(tools) = Tools::find("docker", &["docker-compose"]) else { return };
    let Some(engine) = Engine::boot("docker") else { return };
    engine.add_compose(&tools);
    let truth = Truth::of(&engine);
    let exporter = Exporter::attentive(&engine, &[]);
    let mut names: Vec<String> = (1..=COUNT).map(|number| format!("s{number}")).collect();
    names.sort();
    let service =
        json!({ "image": IMAGE, "command": ["sleep", "1000"], "network_mode": "none", "stop_grace_period": "0s" });
    let services: Map<_, _> = names.iter().map(|name| (name.clone(), service.clone())).collect();
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    fs::write(folder.path().join("compose.yml"), json!({ "services": services }).to_string())
        .expect("the folder is ours");
    let project = format!("--project-directory={}", folder.path().display());
    let compose =
        |arguments: &[&str]| engine.docker(&[&["compose", &project, "--project-name=fleet"], arguments].concat());

    compose(&["up", "--detach"]);
    let labels = [("state", "running"), ("container_label_com_docker_compose_project", "fleet")];
    let running = |page: &Page| page.labels("container_state", &labels, "container_label_com_docker_compose_service");
    exporter.shows("every service", &names, running);
    let of_project = [("compose_project", "fleet")];
    exporter.shows("every service", &names, |page| page.labels("container_info", &of_project, "compose_service"));
    let usage = [("container_label_com_docker_compose_project", "fleet")];
    exporter.shows("what each uses", &COUNT, |page| page.series("container_memory_usage_bytes", &usage).len());

    compose(&["down"]);
    exporter.shows("nothing that is left", &0, |page| page.series("container_state", &[]).len());
    let counts = exporter.agrees(&truth);
    assert_eq!((counts.created["fleet"], counts.destroyed["fleet"], counts.exits.len()), (30.0, 30.0, COUNT));
    assert_eq!(exporter.page().one("docker_exporter_reconciled_changes_total", &[]), Some(0.0));
}
