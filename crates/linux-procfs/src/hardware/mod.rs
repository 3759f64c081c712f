//! What the machine is built of, and what watches over it.

mod dmi;
mod edac;
mod hwmon;
mod power_supply;
mod powercap;
mod thermal;
mod watchdog;

pub use dmi::read_dmi;
pub use edac::{MemoryChannel, MemoryController, MemoryErrors, MemoryRow, memory_controllers, read_memory_controller};
pub use hwmon::{HwmonChip, HwmonSensor, SensorKind, parse_hwmon_file, read_hwmon_chip, read_hwmon_sensors};
pub use power_supply::{PowerSupply, read_power_supply};
pub use powercap::{PowerZone, read_energy_uj, read_power_zone};
pub use thermal::{CoolingDevice, ThermalZone, read_cooling_device, read_thermal_zone};
pub use watchdog::{Watchdog, read_watchdog};
