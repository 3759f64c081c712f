//! The network interfaces of containers, from procfs.

use std::sync::Arc;

use exporter_toolkit::{Collector, Filter, Outcome, Watch};
use exposition::Families;

use crate::cgroup::{Cgroups, Error};
use crate::collectors::{Setting, Source, opened, target};
use crate::inventory::Entry;
use crate::page;
use crate::usage::Interface;

pub(super) struct Network {
    setting: Arc<Setting>,
    cgroups: Option<Cgroups>,
    filter: Filter,
    read: Vec<(Entry, Vec<Interface>)>,
    host: Vec<Interface>,
}

impl Network {
    pub(super) fn new(setting: Arc<Setting>) -> Self {
        let filter = setting.interfaces.clone();
        Network { setting, cgroups: None, filter, read: Vec::new(), host: Vec::new() }
    }
}

impl Collector for Network {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        self.read.clear();
        self.host.clear();
        // Statistics bring it along.
        if !self.setting.shown.groups.network || self.setting.sight.source() == Source::Statistics {
            return Outcome::Ok;
        }
        let running = self.setting.running();
        let cgroups = match opened(&mut self.cgroups, &self.setting.roots, &running) {
            Ok(cgroups) => cgroups,
            Err(error) => return Outcome::Failed(error.into()),
        };
        let mut failed = None;
        for entry in running {
            // It is in another one's network, which has the same interfaces: the other one shows them.
            if entry.container.network_mode.starts_with("container:") {
                continue;
            }
            match cgroups.interfaces(&target(&entry)) {
                Ok(mut interfaces) => {
                    interfaces.retain(|interface| self.filter.shows(&interface.name));
                    self.read.push((entry, interfaces));
                }
                // It ended while it was looked at.
                Err(Error::Gone) => {}
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        if self.setting.root {
            match cgroups.root_interfaces() {
                Ok(interfaces) => self.host = interfaces,
                Err(error) => failed = failed.or(Some(error)),
            }
            self.host.retain(|interface| self.filter.shows(&interface.name));
        }
        failed.map_or(Outcome::Ok, |error| Outcome::Failed(error.into()))
    }

    fn samples(&self, out: &mut Families) {
        let read = self.read.iter().map(|(entry, interfaces)| (entry, interfaces.as_slice()));
        page::interfaces(read, &self.host, &self.setting.shown, out);
    }
}
