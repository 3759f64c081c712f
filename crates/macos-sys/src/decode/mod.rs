//! Pure decoding of what the system calls bring.

mod boot_time;
mod load_average;

pub use boot_time::{BootTime, decode_boot_time};
pub use load_average::{LoadAverage, decode_load_average};
