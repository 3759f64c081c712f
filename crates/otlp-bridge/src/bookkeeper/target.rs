//! `target_info`: what a resource says of itself, to be joined with its series by job and instance.

use std::borrow::Cow;

use exposition::Value;
use otlp::Resource;

use crate::bookkeeper::books::{Family, FamilyKind};
use crate::bookkeeper::entry::Entry;
use crate::labels::{Labels, series_hash};
use crate::policy::Compat;

const NAME: &str = "target_info";
const HELP: &str = "Target metadata";

/// What is in `job` and `instance` already.
const IDENTITY: [&str; 3] = ["service.name", "service.namespace", "service.instance.id"];

/// Shows a resource that has both, as the Collector does. Resources hold command lines and names of people, so only what was
/// asked for is shown, and the version.
pub(super) fn show(entry: &mut Entry<'_, '_, '_>, resource: &Resource<'_>, job: &str, instance: &str) {
    let kind = FamilyKind::Gauge;
    let Ok(id) = entry.books.family(NAME, HELP, kind) else { return };
    let mut labels = Labels::default();
    let policy = &entry.books.policy;
    for attribute in &resource.attributes {
        let key = &*attribute.key;
        let asked = policy.compat == Compat::Otelcol
            || key == "service.version"
            || policy.resource_labels.iter().any(|asked| asked == key);
        if asked && !IDENTITY.contains(&key) {
            labels.add(key, attribute.value.text());
        }
    }
    labels.set("job", Cow::Borrowed(job));
    labels.set("instance", Cow::Borrowed(instance));
    labels.settle();
    // One for each, whatever else has changed: two would make every join with it fail.
    let hash = series_hash(&entry.books.key, NAME, [("instance", instance), ("job", job)].into_iter());
    let family = Family { id, name: NAME, help: HELP, kind };
    entry.books.pass(entry.staged, &family, &labels, hash, entry.now, Some(Value::Number(1_u64.into())));
}
