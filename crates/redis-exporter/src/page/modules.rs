//! Modules that are loaded.

use exposition::{Desc, Kind};

use crate::page::{Out, Samples};
use crate::parts::modules::{Module, Modules, modules};
use crate::server::Server;

static INFO: Desc = Desc {
    name: "redis_module_info",
    help: "Always 1; a module and what it is to others (INFO modules).",
    kind: Kind::Gauge,
    labels: &["api", "filters", "name", "usedby", "using", "ver"],
};

impl Samples for Modules {
    fn samples(&self, server: &Server, out: &mut Out<'_>) {
        samples(modules(&server.info), out);
    }
}

/// Stages the modules.
fn samples(modules: Vec<Module<'_>>, out: &mut Out<'_>) {
    for Module { name, version, api, filters, used_by, using } in modules {
        out.add(&INFO, &[api, filters, name, used_by, using, version], true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::examples::staged;

    #[test]
    fn a_module() {
        let module = Module { name: "n", version: "v", api: "a", filters: "f", used_by: "[x]", using: "[y|z]" };
        assert_eq!(
            staged(|out| samples(vec![module], out)),
            "redis_module_info{api=\"a\",filters=\"f\",name=\"n\",usedby=\"[x]\",using=\"[y|z]\",ver=\"v\"} 1\n"
        );
    }
}
