//! The folder of a store: whose it is, what lies in it, and how it is started afresh.
//!
//! Everything here that changes the folder is done under [`lock_folder`]. A store gets its name
//! (`v3`) by one rename when it is complete, and loses it by one rename when it is retired. So
//! under that name there is always a whole store or none.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock, statfs};
use rustix::io::{Errno, retry_on_intr};
use rustix::process::geteuid;

use super::control::{Control, Fixed};
use super::options::SHARDS;
use crate::base::{Error, random};

/// Makes the folder where it is missing, checks that it may be used, and gives its canonical path.
pub(super) fn prepare(folder: &Path) -> Result<PathBuf, Error> {
    let shown = folder.display();
    if !folder.is_absolute() {
        let message = "wanted an absolute path for the embedded store";
        return Err(Error::misuse(format!("{message}, found: {shown}")));
    }
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| failed("could not make its folder", folder, error))?;
    let path = folder.canonicalize();
    let path = path.map_err(|error| failed("could not find its folder", folder, error))?;
    let metadata = fs::metadata(&path);
    let metadata = metadata.map_err(|error| failed("could not read its folder", &path, error))?;
    refuse_foreign(&path, metadata.uid(), geteuid().as_raw(), metadata.mode())?;
    let system = statfs(&path);
    let system = system.map_err(|error| failed("could not read its file system", &path, error))?;
    #[expect(
        clippy::cast_sign_loss,
        clippy::cast_possible_truncation,
        reason = "32 bits of magic"
    )]
    refuse_network(&path, system.f_type as u32)?;
    Ok(path)
}

fn refuse_foreign(path: &Path, owner: u32, user: u32, mode: u32) -> Result<(), Error> {
    let shown = path.display();
    if owner != user {
        let message = format!("wanted a folder that user {user} owns, found user {owner}: {shown}");
        let hint = "each user needs a folder of its own: say so in LOCATION embedded:///path";
        return Err(Error::misuse(message).with_hint(hint));
    }
    if mode & 0o077 != 0 {
        let found = format!("found mode {:03o}: {shown}", mode & 0o777);
        let message = "wanted a folder that only its owner can enter (mode 700)";
        let hint = format!("chmod 700 {shown}");
        return Err(Error::misuse(format!("{message}, {found}")).with_hint(hint));
    }
    Ok(())
}

fn refuse_network(path: &Path, magic: u32) -> Result<(), Error> {
    let Some((_, name)) = NETWORK.iter().find(|(known, _)| *known == magic) else { return Ok(()) };
    let message = "wanted a local file system for the embedded store";
    Err(Error::misuse(format!("{message}, found {name}: {}", path.display()))
        .with_hint("name a folder on a local disk, or use Redis for more than one machine"))
}

/// The right to change what lies in the folder; given back when dropped.
pub(super) fn lock_folder(folder: &Path) -> Result<File, Error> {
    let path = folder.join("lock");
    let file =
        open_lock(&path).map_err(|error| failed("could not lock its folder", &path, error))?;
    for _ in 0..LOCK_TRIES {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(file),
            Err(Errno::WOULDBLOCK | Errno::INTR) => std::thread::sleep(LOCK_PAUSE),
            Err(error) => return Err(failed("could not lock its folder", &path, error)),
        }
    }
    let message = "the embedded store waited too long for another process to open it";
    Err(Error::unavailable(format!("{message}: {}", path.display())))
}

/// A sign that this process is alive and has the store open; gone when the file is closed here
/// and in all children.
pub(super) fn hold(store: &Path) -> Result<File, Error> {
    let path = store.join("alive");
    let held = open_lock(&path).and_then(|file| {
        retry_on_intr(|| flock(&file, FlockOperation::LockShared))?;
        Ok(file)
    });
    held.map_err(|error| failed("could not lock its files", &path, error))
}

/// True where no process has the store open. Only under [`lock_folder`], which keeps others from
/// opening it meanwhile.
pub(super) fn is_deserted(store: &Path) -> bool {
    let file = match OpenOptions::new().read(true).write(true).open(store.join("alive")) {
        Ok(file) => file,
        Err(error) => return error.kind() == io::ErrorKind::NotFound,
    };
    // A process that is being started has the descriptors of its parent for a moment.
    (0..DESERTED_TRIES).any(|again| {
        if again > 0 {
            std::thread::sleep(LOCK_PAUSE);
        }
        flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok()
    })
}

fn open_lock(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// The store of a folder.
pub(super) fn store(folder: &Path) -> PathBuf {
    folder.join(STORE)
}

/// The folders of the environments of a store.
pub(super) fn environments(store: &Path) -> (PathBuf, [PathBuf; SHARDS]) {
    (store.join("meta"), std::array::from_fn(|number| store.join(format!("shard-{number}"))))
}

/// Makes an empty store and gives it its name.
pub(super) fn create(folder: &Path, fixed: &Fixed) -> Result<(), Error> {
    let fresh = folder.join(format!("{FRESH_PREFIX}{}", hex(&random::bytes()?)));
    let made = fill(&fresh, fixed).and_then(|()| fs::rename(&fresh, store(folder)));
    made.map_err(|error| {
        // Best effort: what is left is removed at the next opening.
        let _ = fs::remove_dir_all(&fresh);
        failed("could not make its files", folder, error)
    })
}

fn fill(fresh: &Path, fixed: &Fixed) -> io::Result<()> {
    let mut folders = DirBuilder::new();
    folders.mode(0o700);
    folders.create(fresh)?;
    open_lock(&fresh.join("alive"))?;
    let (meta, shards) = environments(fresh);
    for environment in shards.iter().chain([&meta]) {
        folders.create(environment)?;
        // LMDB would make this file of holes and map it: a store to one of them on a full disk
        // kills the process.
        let mut file = open_lock(&environment.join("lock.mdb"))?;
        let blank = [0; READER_BYTES * 64];
        let mut left = (fixed.max_readers as usize + 2) * READER_BYTES;
        while left > 0 {
            let now = left.min(blank.len());
            file.write_all(&blank[..now])?;
            left -= now;
        }
    }
    Control::create(&fresh.join("control"), fixed)
}

/// Takes its name from the store, so that another can have it. Who has it open keeps the files.
pub(super) fn set_aside(folder: &Path) -> Result<(), Error> {
    let aside = folder.join(format!("{RETIRED_PREFIX}{}", hex(&random::bytes()?)));
    match fs::rename(store(folder), &aside) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed("could not set damaged files aside", folder, error)),
    }
}

/// Removes what was retired or never finished, where nobody has it open any more.
pub(super) fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (name, path) = (entry.file_name(), entry.path());
        let name = name.as_encoded_bytes();
        let is_retired = name.starts_with(RETIRED_PREFIX.as_bytes()) && is_deserted(&path);
        if is_retired || name.starts_with(FRESH_PREFIX.as_bytes()) {
            // What cannot be removed now is tried again at the next opening.
            let _ = fs::remove_dir_all(&path);
        }
    }
}

pub(super) fn failed(what: &str, path: &Path, error: impl Into<io::Error>) -> Error {
    let error = error.into();
    Error::unavailable(format!("the embedded store {what}, {}", path.display())).with_source(error)
}

fn hex(bytes: &[u8; 8]) -> String {
    format!("{:016x}", u64::from_be_bytes(*bytes))
}

/// Format version of everything below: a change of layout takes another name.
const STORE: &str = "v3";
const RETIRED_PREFIX: &str = "retired-";
const FRESH_PREFIX: &str = "fresh-";
/// One slot of LMDB's table of readers; its head takes the room of three.
const READER_BYTES: usize = 64;
/// Opening takes milliseconds; one that takes five seconds is stuck.
const LOCK_TRIES: u32 = 5000;
const DESERTED_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(1);
/// File systems whose memory maps or locks are not those of one machine. FUSE may be either, and
/// cannot be told apart.
const NETWORK: [(u32, &str); 17] = [
    (0x6969, "NFS"),
    (0x517B, "SMB"),
    (0xFF53_4D42, "CIFS"),
    (0xFE53_4D42, "SMB2"),
    (0x0102_1997, "9P"),
    (0x6573_5546, "FUSE"),
    (0x5346_414F, "AFS"),
    (0x7375_7245, "Coda"),
    (0x00C3_6400, "Ceph"),
    (0x0116_1970, "GFS2"),
    (0x7461_636F, "OCFS2"),
    (0x0BD0_0BD0, "Lustre"),
    (0x4750_4653, "GPFS"),
    (0x1983_0326, "BeeGFS"),
    (0xAAD7_AAEA, "PanFS"),
    (0x786F_4256, "VirtualBox shared folders"),
    (0xBACB_ACBC, "VMware shared folders"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_refused_by_name() {
        let path = Path::new("/mnt/cache");
        for (magic, name) in NETWORK {
            let error = refuse_network(path, magic).unwrap_err();
            assert!(error.is_misuse() && error.to_string().contains(name), "{error}");
            assert!(error.to_string().contains("\nhint: "), "{error}");
        }
        for local in [0xEF53, 0x0102_1994, 0x5846_5342, 0x9123_683E, 0x794C_7630, 0x2FC1_2FC1] {
            refuse_network(path, local).unwrap();
        }
    }

    #[test]
    fn the_folders_of_others_and_open_ones_are_refused() {
        let path = Path::new("/var/cache/shop");
        refuse_foreign(path, 7, 7, 0o40700).unwrap();
        let error = refuse_foreign(path, 8, 7, 0o40700).unwrap_err().to_string();
        assert!(error.contains("found user 8: /var/cache/shop\nhint: "), "{error}");
        for mode in [0o750, 0o701, 0o702, 0o704, 0o720, 0o777] {
            let error = refuse_foreign(path, 7, 7, 0o40000 | mode).unwrap_err().to_string();
            assert!(error.contains(&format!("mode {mode:o}: /var/cache/shop")), "{error}");
            assert!(error.ends_with("hint: chmod 700 /var/cache/shop"), "{error}");
        }
    }
}
