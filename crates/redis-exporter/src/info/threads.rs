//! Threads that read and write for the main one.

use crate::info::Info;
use crate::info::pairs::wholes;

/// A thread of Redis 8, the main one included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IoThread {
    pub(crate) index: u32,
    /// Clients that are its own now.
    pub(crate) clients: Option<u64>,
    pub(crate) reads: Option<u64>,
    pub(crate) writes: Option<u64>,
}

impl Info {
    /// The threads of Redis 8.
    pub(crate) fn io_threads(&self) -> impl Iterator<Item = IoThread> {
        self.numbered("io_thread_").map(|(index, value)| {
            let [clients, reads, writes] = wholes(value, ["clients", "reads", "writes"]);
            IoThread { index, clients, reads, writes }
        })
    }

    /// Threads of Valkey 9.1, and the seconds that each did other than wait for work.
    pub(crate) fn active_threads(&self) -> impl Iterator<Item = (u32, f64)> {
        self.numbered("used_active_time_io_thread_").filter_map(|(index, value)| {
            let seconds: f64 = value.parse().ok()?;
            (0.0..f64::INFINITY).contains(&seconds).then_some((index, seconds))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::info::info;

    #[test]
    fn threads_of_redis_8() {
        let info = info("# Threads\r\nio_thread_0:clients=7,reads=48677,writes=44861\r\nio_thread_1:reads=1\r\n");
        assert_eq!(
            info.io_threads().collect::<Vec<_>>(),
            [
                IoThread { index: 0, clients: Some(7), reads: Some(48_677), writes: Some(44_861) },
                IoThread { index: 1, clients: None, reads: Some(1), writes: None },
            ]
        );
    }

    #[test]
    fn active_threads_of_valkey_9_1() {
        let info = info(
            "used_active_time_main_thread:9.5\nused_active_time_io_thread_1:192.003980\n\
             used_active_time_io_thread_2:NaN\nused_active_time_io_thread_x:1\nused_active_time_io_thread_3:-1\n",
        );
        assert_eq!(info.active_threads().collect::<Vec<_>>(), [(1, 192.003_98)]);
    }
}
