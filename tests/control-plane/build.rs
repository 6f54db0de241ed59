//! Compiles the supervisor, so that whoever uses this crate has it beside the library: cargo builds the
//! binaries of a dependency for nobody. The supervisor uses the standard library alone; one `rustc` does.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=supervisor");
    println!("cargo::rerun-if-changed=build.rs");
    let output = PathBuf::from(variable("OUT_DIR")).join("control-plane-supervisor");
    compile(&output);
    println!("cargo::rustc-env=CONTROL_PLANE_SUPERVISOR={}", output.display());
}

fn compile(output: &Path) {
    // A supervisor of an earlier build may be running: its file can be unlinked, not written to.
    drop(fs::remove_file(output));
    let mut rustc = Command::new(variable("RUSTC"));
    rustc.args(["--edition=2024", "--crate-type=bin", "--crate-name=control_plane_supervisor"]);
    rustc.args(["-Copt-level=s", "-Cstrip=symbols", "-Cpanic=abort", "--target"]).arg(variable("TARGET"));
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        rustc.arg(format!("-Clinker={linker}"));
    }
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    rustc.args(flags.split('\u{1f}').filter(|flag| !flag.is_empty()));
    let status = rustc.arg("-o").arg(output).arg("supervisor/main.rs").status();
    assert!(status.is_ok_and(|status| status.success()), "the supervisor did not compile");
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name} for build scripts"))
}
