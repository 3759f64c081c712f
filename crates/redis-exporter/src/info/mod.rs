//! What INFO says: sections of `name:value` lines.

/// The text of INFO, with its lines found when they are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Info {
    text: String,
}

/// A line of INFO.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field<'i> {
    /// The section, without `# `: `Memory`.
    pub(crate) section: &'i str,
    pub(crate) name: &'i str,
    pub(crate) value: &'i str,
}

/// Who made the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    Redis,
    Valkey,
    KeyDb,
    Dragonfly,
}

/// Major, minor and patch number.
pub(crate) type Version = [u32; 3];

impl Info {
    /// Takes over what a server said; bytes that are not UTF-8 become �.
    pub(crate) fn set(&mut self, bytes: &[u8]) {
        self.text.clear();
        self.text.push_str(&String::from_utf8_lossy(bytes));
    }

    /// Every field, in the server's order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        let mut section = "";
        self.text.lines().filter_map(move |line| {
            if let Some(name) = line.strip_prefix('#') {
                section = name.trim();
                return None;
            }
            let (name, value) = line.split_once(':')?;
            Some(Field { section, name, value })
        })
    }

    /// The value of a field; of the first one, should there be more.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.fields().find_map(|field| (field.name == name).then_some(field.value))
    }

    /// The number that a field says.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.get(name)?.parse().ok()
    }

    /// Who made the server.
    pub(crate) fn flavour(&self) -> Flavour {
        if self.get("dragonfly_version").is_some() {
            Flavour::Dragonfly
        } else if self.get("valkey_version").is_some() || self.get("server_name") == Some("valkey") {
            Flavour::Valkey
        } else if self.get("mvcc_depth").is_some() || self.get("server_threads").is_some() {
            Flavour::KeyDb
        } else {
            Flavour::Redis
        }
    }

    /// The version of Redis that the server is, or says that it is compatible with.
    pub(crate) fn redis_version(&self) -> Version {
        version(self.get("redis_version").unwrap_or_default())
    }

    /// Whether it is a node of a cluster.
    pub(crate) fn is_cluster(&self) -> bool {
        self.get("cluster_enabled") == Some("1")
    }

    /// Whether it is a sentinel.
    pub(crate) fn is_sentinel(&self) -> bool {
        self.fields().any(|field| field.section == "Sentinel")
    }

    /// `master` or `slave`, in the server's words.
    pub(crate) fn role(&self) -> Option<&str> {
        self.get("role")
    }
}

/// The first three numbers of a version; 0 for those that are missing.
fn version(text: &str) -> Version {
    let mut numbers = text.split('.').map(|number| number.parse().unwrap_or(0));
    std::array::from_fn(|_| numbers.next().unwrap_or(0))
}
