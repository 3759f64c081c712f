//! Processor time.

use super::{Metric, counter};

pub(super) const METRICS: &[Metric] = &[
    counter!("used_cpu_sys", "redis_cpu_sys_seconds_total", "Seconds that the system worked for the server"),
    counter!("used_cpu_user", "redis_cpu_user_seconds_total", "Seconds that the server itself worked"),
    counter!(
        "used_cpu_sys_children",
        "redis_cpu_sys_children_seconds_total",
        "Seconds that the system worked for what the server forked"
    ),
    counter!(
        "used_cpu_user_children",
        "redis_cpu_user_children_seconds_total",
        "Seconds that what the server forked worked itself"
    ),
    counter!(
        "used_cpu_sys_main_thread",
        "redis_cpu_sys_main_thread_seconds_total",
        "Seconds that the system worked for the main thread"
    ),
    counter!(
        "used_cpu_user_main_thread",
        "redis_cpu_user_main_thread_seconds_total",
        "Seconds that the main thread itself worked"
    ),
    counter!(
        "used_active_time_main_thread",
        "redis_active_time_main_thread_seconds_total",
        "Seconds that the main thread did other than wait for work"
    ),
];
