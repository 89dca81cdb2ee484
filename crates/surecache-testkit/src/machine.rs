//! What a test cannot show because the machine lacks something.

use std::env;
use std::fs::OpenOptions;
use std::io::Write;

/// Says loudly that a test did not run, and writes it to the file that the environment names, for
/// `make test` to list: the output of a test that passes is not shown.
///
/// # Panics
/// Where that file cannot be written.
#[expect(clippy::print_stderr, reason = "whoever runs the test alone must see it")]
#[expect(clippy::disallowed_methods, reason = "a test says where it was asked to")]
pub fn machine_lacks(what: &str) {
    eprintln!("NOT RUN, because this machine lacks: {what}");
    let Ok(path) = env::var("SURECACHE_MACHINE_LACKS") else { return };
    let opened = OpenOptions::new().append(true).create(true).open(&path);
    if let Err(error) = opened.and_then(|mut file| writeln!(file, "{what}")) {
        panic!("wanted to write to {path}: {error}");
    }
}
