//! What Dragonfly writes in another way than Redis.

use crate::info::{Flavour, Info};

impl Info {
    /// A field's value as Redis would have written it, where that is not what stands there.
    ///
    /// Dragonfly puts microseconds after the point of its processor times without the zeros before them: `1.5` is 1.000005.
    pub(crate) fn corrected(&self, name: &str, value: &str) -> Option<String> {
        if self.flavour() != Flavour::Dragonfly || !name.starts_with("used_cpu_") {
            return None;
        }
        let (seconds, usec) = value.split_once('.')?;
        (usec.len() < 6).then(|| format!("{seconds}.{usec:0>6}"))
    }
}

#[cfg(test)]
mod tests {
    use crate::info::info;

    #[test]
    fn processor_time_of_dragonfly() {
        let dragonfly = info("dragonfly_version:df-v1.38.0\n");
        assert_eq!(dragonfly.corrected("used_cpu_sys", "1.5").as_deref(), Some("1.000005"));
        assert_eq!(dragonfly.corrected("used_cpu_sys", "1.500000"), None);
        assert_eq!(dragonfly.corrected("mem_fragmentation_ratio", "1.5"), None);
        assert_eq!(info("redis_version:7.0.0\n").corrected("used_cpu_sys", "1.5"), None);
    }
}
