//! Tells the program what it was built from: revision, target, compiler.

use std::env;
use std::process::Command;

fn main() {
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let rustc = output(&rustc, &["--version"]).and_then(|text| text.split(' ').nth(1).map(str::to_owned));
    // A source archive has no repository; whoever packages it may say the revision.
    let revision = env::var("PILOTLIGHT_REVISION").ok().or_else(|| output("git", &["rev-parse", "--short", "HEAD"]));
    set("PILOTLIGHT_RUSTC", rustc.as_deref());
    set("PILOTLIGHT_REVISION", revision.as_deref());
    set("PILOTLIGHT_TARGET", env::var("TARGET").ok().as_deref());
    println!("cargo:rerun-if-env-changed=PILOTLIGHT_REVISION");
    if let Some(log) = output("git", &["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo:rerun-if-changed={log}");
    }
}

fn set(name: &str, value: Option<&str>) {
    println!("cargo:rustc-env={name}={}", value.unwrap_or("unknown"));
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok().map(|text| text.trim().to_owned())
}
