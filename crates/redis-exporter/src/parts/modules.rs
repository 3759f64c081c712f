//! Modules that are loaded, from INFO.

use crate::info::{Info, pairs};
use crate::parts::part::{Next, Part};
use crate::resp::{Commands, Replies};
use crate::server::Server;

/// More modules than this are not shown.
const MOST_MODULES: usize = 100;

/// The lines of INFO about modules; nothing has to be asked for.
#[derive(Debug)]
pub(crate) struct Modules;

/// A module; texts as the server has them, empty where it says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Module<'i> {
    pub(crate) name: &'i str,
    pub(crate) version: &'i str,
    pub(crate) api: &'i str,
    pub(crate) filters: &'i str,
    /// `[a|b]`.
    pub(crate) used_by: &'i str,
    pub(crate) using: &'i str,
}

impl Part for Modules {
    fn ask(&mut self, _: &Server, _: &mut Commands) {}

    fn take(&mut self, _: &mut Server, _: &mut Replies<'_>) -> Next {
        Next::Done
    }

    fn forget(&mut self) {}
}

/// The modules, of each name the first: `module:name=search,ver=21005,api=1,filters=0,usedby=[],using=[ReJSON],options=[]`.
pub(crate) fn modules(info: &Info) -> Vec<Module<'_>> {
    let mut modules: Vec<Module<'_>> = Vec::new();
    for (_, value) in info.starting("module").filter(|(rest, _)| rest.is_empty()) {
        let text = |key| pairs::get(value, key).unwrap_or_default();
        let Some(name) = pairs::get(value, "name") else { continue };
        if modules.len() < MOST_MODULES && modules.iter().all(|module| module.name != name) {
            modules.push(Module {
                name,
                version: text("ver"),
                api: text("api"),
                filters: text("filters"),
                used_by: text("usedby"),
                using: text("using"),
            });
        }
    }
    modules
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::examples::server;

    #[test]
    fn modules_of_info() {
        let server = server(
            "# Modules\r\nmodule:name=search,ver=21005,api=1,filters=0,usedby=[],using=[ReJSON|x],options=[handle-io-errors]\r\n\
             module:name=search,ver=2\r\nmodule:name=ReJSON\r\nmodule:ver=1\r\n",
        );
        let search =
            Module { name: "search", version: "21005", api: "1", filters: "0", used_by: "[]", using: "[ReJSON|x]" };
        let json = Module { name: "ReJSON", version: "", api: "", filters: "", used_by: "", using: "" };
        assert_eq!(modules(&server.info), [search, json]);
    }
}
