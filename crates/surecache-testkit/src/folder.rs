//! A place on the disk for one test.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// An empty folder that only its owner can enter (mode 700); removed when dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// A new folder among the temporary files.
    ///
    /// # Panics
    /// Where it cannot be made.
    pub fn new() -> Self {
        Self::below(&std::env::temp_dir())
    }

    /// A new folder in another.
    ///
    /// # Panics
    /// Where it cannot be made.
    pub fn below(parent: &Path) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        // SAFETY: takes nothing and gives a number.
        #[expect(unsafe_code, reason = "the number of this process, also in a forked child")]
        let process = unsafe { libc::getpid() };
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("surecache-test-{process}-{number}"));
        // Left by a process that had the same number.
        let _ = fs::remove_dir_all(&path);
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => Self { path },
            Err(error) => panic!("wanted a folder for a test, {}: {error}", path.display()),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of what lies in it, in order.
    ///
    /// # Panics
    /// Where it cannot be read.
    pub fn names(&self) -> Vec<String> {
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries.flatten(),
            Err(error) => panic!("wanted to read {}: {error}", self.path.display()),
        };
        let mut names: Vec<_> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A test that has the files removed has nothing left to remove.
        let _ = fs::remove_dir_all(&self.path);
    }
}
