//! The build script of each program: has the linker put what it runs side by side. `cargo xtask layout` writes what that is.

use std::env;
use std::path::PathBuf;

fn main() {
    let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let script = package.join("../exporter-toolkit/layout/used.ld");
    println!("cargo:rerun-if-changed={}", script.display());
    // Linkers of static programs take scripts; that of macOS does not.
    if env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|environment| environment == "musl") {
        println!("cargo:rustc-link-arg-bins=-Wl,-T,{}", script.display());
    }
}
