//! The secret that cached answers are sealed with: a file beside the database.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The secret of a data folder, made at the first start. Whoever can read it can read the cache.
///
/// # Errors
/// Where it can be neither read nor made.
pub(crate) fn of(data: &Path) -> Result<Vec<u8>, String> {
    let path = data.join("secret");
    let failed = |error: &dyn std::fmt::Display| format!("the secret {}: {error}", path.display());
    let mut fresh = [0; 32];
    getrandom::fill(&mut fresh).map_err(|error| failed(&error))?;
    // Two services may start at the same time: one of them makes the file, whole.
    let made = path.with_extension(format!("{:032x}", u128::from_be_bytes(first_half(&fresh))));
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&made)?;
        file.write_all(&fresh)?;
        let linked = fs::hard_link(&made, &path);
        fs::remove_file(&made)?;
        match linked {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    };
    if !path.exists() {
        write().map_err(|error| failed(&error))?;
    }
    fs::read(&path).map_err(|error| failed(&error))
}

fn first_half(bytes: &[u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&bytes[..16]);
    half
}
