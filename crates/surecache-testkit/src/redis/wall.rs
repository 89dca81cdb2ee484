//! The clock at the wall of a server, in the hand of the test: `wall.c` shows it to the server.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::START_UNIX_MS;

#[derive(Debug)]
pub(super) struct Wall {
    path: PathBuf,
    file: File,
    unix_us: Mutex<u64>,
}

impl Wall {
    /// A clock in a file of the folder. It shows what a new [`ManualClock`](crate::ManualClock)
    /// shows.
    pub(super) fn below(folder: &Path) -> Self {
        let path = folder.join("wall");
        let made = File::create_new(&path).and_then(|file| {
            write(&file, START_UNIX_MS * 1000)?;
            Ok(file)
        });
        match made {
            Ok(file) => Self { path, file, unix_us: Mutex::new(START_UNIX_MS * 1000) },
            Err(error) => panic!("wanted a clock for a server, {}: {error}", path.display()),
        }
    }

    /// Has a program live by it.
    pub(super) fn give_to(&self, command: &mut Command) {
        command.env("LD_PRELOAD", env!("SURECACHE_TESTKIT_WALL_LIBRARY"));
        command.env("SURECACHE_TESTKIT_WALL", &self.path);
    }

    /// In whole milliseconds, as a [`ManualClock`](crate::ManualClock) does it.
    pub(super) fn advance(&self, by: Duration) {
        let mut unix_us = self.unix_us.lock().unwrap_or_else(PoisonError::into_inner);
        let millis = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        *unix_us = unix_us.saturating_add(millis.saturating_mul(1000));
        if let Err(error) = write(&self.file, *unix_us) {
            panic!("wanted to set the clock of a server: {error}");
        }
    }
}

fn write(file: &File, unix_us: u64) -> io::Result<()> {
    file.write_all_at(&unix_us.to_ne_bytes(), 0)
}
