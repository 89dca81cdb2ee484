//! Builds the clock that a test's server is given (`src/redis/wall.c`), with the compiler that
//! links Rust's programs too.

use std::path::Path;
use std::process::Command;

const SOURCE: &str = "src/redis/wall.c";

fn main() {
    println!("cargo:rerun-if-changed={SOURCE}");
    #[expect(clippy::disallowed_methods, reason = "a build script has no other input")]
    let Ok(folder) = std::env::var("OUT_DIR") else { panic!("wanted OUT_DIR of cargo") };
    let library = Path::new(&folder).join("wall.so");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(&library).arg(SOURCE);
    match compiler.status() {
        Ok(status) if status.success() => {}
        other => panic!("wanted {SOURCE} compiled by cc, found: {other:?}"),
    }
    println!("cargo:rustc-env=SURECACHE_TESTKIT_WALL_LIBRARY={}", library.display());
}
