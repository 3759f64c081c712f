//! What a container is, and in which state.

use clap::ValueEnum;
use exposition::{Desc, Kind};

use crate::container::{Container, State};
use crate::page::Shown;
use crate::page::row::Row;

static STATE: Desc = Desc {
    name: "container_state",
    help: "Whether the container is in this state (State.Status).",
    kind: Kind::Gauge,
    labels: &["id", "image", "name", "state"],
};
static INFO: Desc = Desc {
    name: "container_info",
    help: "Always 1; what the container was made from, of what it is a part, and when the engine starts it again.",
    kind: Kind::Gauge,
    labels: &[
        "compose_project",
        "compose_service",
        "id",
        "image",
        "image_digest",
        "image_id",
        "name",
        "network_mode",
        "restart_policy",
    ],
};

/// Of which states there is a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum States {
    /// Of every state, 1 for the one that it is in.
    All,
    /// Of the one that it is in.
    Current,
}

pub(crate) fn state(container: &Container, shown: &Shown, row: &mut Row<'_, '_>) {
    if let Some(now) = container.state {
        for state in State::ALL.into_iter().filter(|state| shown.states == States::All || *state == now) {
            row.add_with(&STATE, &[row.id, row.image, row.name, state.word()], state == now);
        }
    }
    info(container, shown, row);
}

fn info(container: &Container, shown: &Shown, row: &mut Row<'_, '_>) {
    let label = |key: &str| shown.labels.cut(container.label(key).unwrap_or_default());
    let values = [
        label("com.docker.compose.project"),
        label("com.docker.compose.service"),
        row.id,
        row.image,
        shown.labels.cut(&container.image_digest),
        shown.labels.cut(&container.image_id),
        row.name,
        shown.labels.cut(&container.network_mode),
        container.policy.word(),
    ];
    row.add_info(&INFO, &values);
}
