//! What health checks have come to.

use exposition::{Desc, Kind};

use crate::container::{Container, Health};
use crate::page::number::signed;
use crate::page::row::{BASE, Row};

static STATE: Desc = Desc {
    name: "container_health_state",
    help: "As cAdvisor has it: 1 is healthy, 0 is starting or unhealthy, -1 stands for no health check.",
    kind: Kind::Gauge,
    labels: BASE,
};
static STATUS: Desc = Desc {
    name: "container_health_status",
    help: "Whether the health check has come to this; only for a container that is up and has one (State.Health.Status).",
    kind: Kind::Gauge,
    labels: &["id", "image", "name", "status"],
};
static STREAK: Desc = Desc {
    name: "container_health_failing_streak",
    help: "Checks that have failed in a row (State.Health.FailingStreak).",
    kind: Kind::Gauge,
    labels: BASE,
};

pub(crate) fn health(container: &Container, row: &mut Row<'_, '_>) {
    row.add(
        &STATE,
        signed(match container.health {
            Some(Health::Healthy) => 1,
            Some(Health::Starting | Health::Unhealthy) => 0,
            None => -1,
        }),
    );
    let Some(health) = container.health else { return };
    for status in Health::ALL {
        row.add_with(&STATUS, &[row.id, row.image, row.name, status.word()], status == health);
    }
    row.add_some(&STREAK, container.failing_streak);
}
