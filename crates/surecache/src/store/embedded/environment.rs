//! One LMDB environment with its one database.
//!
//! The flags follow from what the store promises. No writable map: on a full disk it would kill the
//! process. No sync: what a crash of the machine leaves is wiped at the next start of the system,
//! by its boot id. One unnamed database and no index beside it: the cost of a write is the number
//! of pages it touches. Reader slots belong to threads, so that a read takes no lock.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::mem;
use std::ops::{Deref, DerefMut};
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use heed::types::Bytes;
use heed::{CommitOrAbort, Database, Env, EnvFlags, EnvOpenOptions, MdbError};
use heed::{RoTxn, RwTxn, WithTls};
use rustix::fs::{FallocateFlags, fallocate, statvfs};
use rustix::io::{Errno, FdFlags, fcntl_setfd, retry_on_intr};

use super::counts::{self, Counts};
use super::gate::Gate;
use super::revisions::{Changes, Revisions};
use super::strain::{Patience, Strain};

/// An open environment.
#[derive(Debug)]
pub(super) struct Environment {
    /// Never cloned: closing it in a forked child rests on there being one reference.
    env: Env<WithTls>,
    database: Table,
    gate: Gate,
    revisions: Revisions,
    page_bytes: u64,
    map_pages: u64,
    /// Of the disk, as far as this process knows.
    reserved_bytes: AtomicU64,
    strain: Strain,
}

/// A transaction that writes, and what it changes.
pub(super) struct Writing<'e> {
    /// Before the changes, which last until it is over.
    transaction: RwTxn<'e>,
    changes: Changes<'e>,
}

impl Writing<'_> {
    /// What lies under a key is about to be put or deleted, and others may know it by heart.
    pub(super) fn note_change(&mut self, key: &[u8]) {
        self.changes.note(key);
    }
}

impl<'e> Deref for Writing<'e> {
    type Target = RwTxn<'e>;

    fn deref(&self) -> &RwTxn<'e> {
        &self.transaction
    }
}

impl DerefMut for Writing<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.transaction
    }
}

/// The database of an environment.
pub(super) type Table = Database<'static, Bytes, Bytes>;

impl Environment {
    /// Opens or makes it. Only through the registry: a second opening in one process, even a
    /// refused one, would drop the locks of the first.
    pub(super) fn open(
        folder: &Path,
        map_bytes: usize,
        max_readers: u32,
        (gate, revisions): (Gate, Revisions),
    ) -> heed::Result<Self> {
        let mut options = EnvOpenOptions::new();
        options.map_size(map_bytes).max_readers(max_readers);
        // SAFETY: nobody else changes the files, as the folder is private to the user and each
        // process opens it once; what a crash of the machine leaves is wiped before it is read.
        #[expect(unsafe_code, reason = "a memory map of files")]
        let env = unsafe {
            options.flags(EnvFlags::NO_SYNC | EnvFlags::NO_META_SYNC);
            options.open(folder)?
        };
        keep_from_programs(&folder.join("data.mdb"));
        let last_page = env.info().last_page_number as u64;
        let page_bytes = u64::from(env.unnamed_database_stat().page_size);
        if env.real_disk_size()? < (last_page + 1) * page_bytes {
            // Reading what was cut off would kill the process.
            return Err(MdbError::Corrupted.into());
        }
        env.clear_stale_readers()?;
        let transaction = env.read_txn()?;
        let opened = env.open_databases_and_commit(transaction, |opener, transaction| {
            let database = opener.open_database::<Bytes, Bytes>(transaction, None)?;
            Ok::<_, heed::Error>(CommitOrAbort::<_, ()>::Commit(database))
        })?;
        let Some(database) = opened.commit().flatten() else {
            return Err(MdbError::Corrupted.into());
        };
        // SAFETY: only the lifetime changes: the database lives beside its environment, is used
        // with its transactions alone, and goes with it.
        #[expect(unsafe_code, reason = "a handle beside what it belongs to")]
        let database = unsafe { mem::transmute::<Database<'_, Bytes, Bytes>, Table>(database) };
        let map_pages = map_bytes as u64 / page_bytes;
        let (reserved_bytes, strain) = (AtomicU64::new(0), Strain::default());
        Ok(Self { env, database, gate, revisions, page_bytes, map_pages, reserved_bytes, strain })
    }

    pub(super) fn table(&self) -> &Table {
        &self.database
    }

    pub(super) fn revisions(&self) -> &Revisions {
        &self.revisions
    }

    pub(super) fn page_bytes(&self) -> u64 {
        self.page_bytes
    }

    pub(super) fn map_pages(&self) -> u64 {
        self.map_pages
    }

    fn pages(&self) -> u64 {
        self.env.info().last_page_number as u64 + 1
    }

    /// How many pages may be in use before something is evicted. What remains is for pages that
    /// readers still look at, for gaps between large values, and for the write itself.
    pub(super) fn budget_pages(&self, now: Duration) -> u64 {
        self.strain.limit_pages(self.map_pages, now) * 4 / 5
    }

    /// How many pages are in use, as the transaction sees them.
    pub(super) fn used_pages(&self, transaction: &RoTxn<'_>) -> heed::Result<u64> {
        let stat = self.database.stat(transaction)?;
        Ok((stat.branch_pages + stat.leaf_pages + stat.overflow_pages) as u64)
    }

    /// Reads. What is found is copied before the transaction ends: one that lasts keeps every
    /// page that it could see, and the files grow.
    pub(super) fn read<T>(
        &self,
        counts: &Counts,
        read: impl FnOnce(&RoTxn<'_>) -> heed::Result<T>,
    ) -> heed::Result<T> {
        let transaction = match self.env.read_txn() {
            Err(heed::Error::Mdb(MdbError::ReadersFull)) => {
                self.clear_dead_readers(counts)?;
                self.env.read_txn()?
            }
            other => other?,
        };
        read(&transaction)
    }

    /// Writes: all that is done, or nothing where it or the commit fails.
    pub(super) fn write<T>(
        &self,
        write: impl FnOnce(&mut Writing<'_>) -> heed::Result<T>,
    ) -> heed::Result<T> {
        let entered = self.gate.enter()?;
        let (transaction, changes) = (self.env.write_txn()?, Changes::new(&self.revisions));
        if entered.is_inherited() {
            // Not before LMDB has undone or finished, as it began this transaction, what was half
            // done: until then readers may see what was there before.
            self.revisions.settle();
        }
        let mut writing = Writing { transaction, changes };
        let done = write(&mut writing)?;
        let Writing { transaction, changes } = writing;
        let committed = transaction.commit();
        // Within the gate: the next writer may change the same.
        drop(changes);
        committed.map(|()| done)
    }

    /// Writes; where there was no room, waits a moment for the readers that are in the way, and
    /// tries again. The pages that a reader looks at are not used anew: those of one that was
    /// killed are taken back, and one that lives has been put off the processor and is soon done.
    pub(super) fn write_patiently<T>(
        &self,
        counts: &Counts,
        patience: Patience,
        now: Duration,
        write: impl Fn(&mut Writing<'_>) -> heed::Result<T>,
    ) -> heed::Result<T> {
        let mut done = self.write(&write);
        for pause in 0..patience.pauses() {
            match &done {
                Err(error) if self.is_disk_full(error) => self.strain.cramp(self.pages(), now),
                Err(error) if self.is_full(error) => {}
                _ => return done,
            }
            match pause {
                0 => self.clear_dead_readers(counts)?,
                _ if patience == Patience::Brief && self.strain.is_vain(now) => return done,
                _ => std::thread::sleep(READER_PAUSE),
            }
            done = self.write(&write);
        }
        if done.is_err() {
            self.strain.waited_in_vain(now);
        }
        done
    }

    /// Takes back what killed readers hold: slots, and the pages that they were looking at.
    pub(super) fn clear_dead_readers(&self, counts: &Counts) -> heed::Result<()> {
        let cleared = self.env.clear_stale_readers()?;
        counts::add(&counts.readers_cleared, cleared);
        Ok(())
    }

    /// Has some of the disk reserved beyond the last page in use, so that small writes succeed on a
    /// full disk. Only within a write transaction, which keeps others from growing the file.
    pub(super) fn reserve(&self, now: Duration) -> heed::Result<()> {
        let map_bytes = self.map_pages * self.page_bytes;
        let used = self.pages() * self.page_bytes;
        let least = (used + SPARE_BYTES).min(map_bytes);
        // The file never shrinks, so what it was once known to have is there.
        if self.reserved_bytes.load(Ordering::Relaxed) >= least {
            return Ok(());
        }
        let mut reserved = self.env.real_disk_size()?;
        if reserved < least && self.strain.limit_pages(self.map_pages, now) == self.map_pages {
            let wanted = (least + SPARE_BYTES.max(used / GROWTH_PART)).min(map_bytes);
            match extend(&self.env.try_clone_inner_file()?, reserved, wanted) {
                Ok(()) => reserved = wanted,
                Err(Errno::NOSPC | Errno::DQUOT) => {
                    self.strain.cramp(reserved / self.page_bytes, now);
                }
                Err(error) => return Err(heed::Error::Io(error.into())),
            }
        }
        self.reserved_bytes.store(reserved, Ordering::Relaxed);
        Ok(())
    }

    /// True where there was no room, in the map or on the disk.
    pub(super) fn is_full(&self, error: &heed::Error) -> bool {
        matches!(error, heed::Error::Mdb(MdbError::MapFull | MdbError::TxnFull))
            || self.is_disk_full(error)
    }

    /// True where nothing could be written and nothing will be soon.
    pub(super) fn is_hopeless(&self, error: &heed::Error) -> bool {
        let is_stuck =
            matches!(error, heed::Error::Io(error) if error.kind() == ErrorKind::TimedOut);
        is_stuck || self.is_full(error)
    }

    fn is_disk_full(&self, error: &heed::Error) -> bool {
        let heed::Error::Io(error) = error else { return false };
        match error.raw_os_error() {
            Some(libc::ENOSPC | libc::EDQUOT) => true,
            // LMDB says so when a write was cut short, which a full disk does first.
            Some(libc::EIO) => {
                let system = statvfs(self.env.path());
                system.is_ok_and(|system| system.f_bavail * system.f_frsize < NEARLY_FULL_BYTES)
            }
            _ => false,
        }
    }
}

/// Sees to it that programs which this process starts do not get the file, as LMDB would have it.
fn keep_from_programs(path: &Path) {
    let Ok(descriptors) = fs::read_dir("/proc/self/fd") else { return };
    for entry in descriptors.flatten() {
        let number = entry.file_name().to_str().and_then(|name| name.parse().ok());
        if let (Some(number), Ok(target)) = (number, fs::read_link(entry.path()))
            && target == path
        {
            // SAFETY: LMDB has the file open until the environment is closed, which is not before
            // the end of this function.
            #[expect(unsafe_code, reason = "LMDB lends no descriptor")]
            let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
            // Where it fails, a program gets a file that it does not ask for.
            let _ = fcntl_setfd(descriptor, FdFlags::CLOEXEC);
        }
    }
}

fn extend(file: &File, reserved: u64, wanted: u64) -> Result<(), Errno> {
    let grow = || fallocate(file, FallocateFlags::empty(), reserved, wanted - reserved);
    match retry_on_intr(grow) {
        // The file grows as it is filled: a full disk is then met by the writes themselves.
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
        other => other,
    }
}

/// True for an error that says that the files, or this process's view of them, are damaged.
pub(super) fn is_damage(error: &heed::Error) -> bool {
    use MdbError::{BadDbi, BadRslot, BadTxn, BadValSize, Corrupted, CursorFull, Incompatible};
    use MdbError::{Invalid, PageFull, PageNotFound, Panic, Problem, VersionMismatch};
    let heed::Error::Mdb(error) = error else { return false };
    let damages = [
        BadDbi,
        BadRslot,
        BadTxn,
        BadValSize,
        Corrupted,
        CursorFull,
        Incompatible,
        Invalid,
        PageFull,
        PageNotFound,
        Panic,
        Problem,
        VersionMismatch,
    ];
    damages.contains(error)
}

/// Between two tries.
const READER_PAUSE: Duration = Duration::from_millis(1);
/// Kept free on the disk beyond what is used: some hundred pages, where a write takes ten, and
/// gives back as many two transactions later.
const SPARE_BYTES: u64 = 512 << 10;
/// The part by which a large file grows at once.
const GROWTH_PART: u64 = 16;
/// Less than what a commit may write: an input/output error then means a full disk.
const NEARLY_FULL_BYTES: u64 = 4 << 20;
