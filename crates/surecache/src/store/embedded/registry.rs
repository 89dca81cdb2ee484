//! The stores that this process has open: each folder once.
//!
//! LMDB holds locks of the kind that the kernel drops when *any* descriptor of the file is closed.
//! A second opening in the process, when closed, would drop those of the first, and another process
//! would then take the files for unused. So all handles of a folder share one [`Folder`].
//!
//! In a forked child the inherited environments are closed before they are opened again. They may
//! not be read there (the reader slots are the parent's), and heed opens a path only once. Closing
//! touches nothing of the parent: LMDB gives back only the slots of the calling process, and the
//! child's descriptors carry none of the parent's locks. Every opening and closing happens under
//! [`lock_open`], and a thread that forks holds it: so what the child inherits is whole.
//!
//! Locks, outermost first: the registry, one folder's `opened`, `threads::lock_ending`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{LazyLock, Once};
use std::time::Duration;

use super::counts::Counts;
use super::opened::Opened;
use super::options::EmbeddedOptions;
use super::{folder, threads};
use crate::base::fork::{self, PerProcess};
use crate::base::sync::{Arc, Mutex, MutexGuard, lock};
use crate::base::{Error, ErrorKind};

/// A folder, with the store in it as this process has it open.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    options: EmbeddedOptions,
    pub(super) counts: Counts,
    /// What calls look at: of each process its own.
    slot: PerProcess<Slot>,
    /// What `slot` points to, possibly inherited; only touched under [`lock_open`].
    opened: Mutex<Option<Owned>>,
}

/// A handle's share of a folder. The last one to go closes the store.
#[derive(Debug)]
pub(super) struct Shared {
    folder: Arc<Folder>,
}

/// The open store, for the length of one call.
#[derive(Debug)]
pub(super) struct Pinned<'a> {
    opened: &'a Opened,
    pins: &'a AtomicUsize,
}

#[derive(Debug)]
struct Slot {
    current: AtomicPtr<Opened>,
    /// How many calls use `current`, spread so that threads do not share a cache line.
    pins: [Pins; PIN_SLOTS],
    /// When the path was last looked at; milliseconds of uptime.
    looked_ms: AtomicU64,
}

#[derive(Debug, Default)]
#[repr(align(128))]
struct Pins(AtomicUsize);

#[derive(Debug)]
struct Owned {
    generation: u64,
    opened: *mut Opened,
}

// SAFETY: owns what it points to, which may be sent.
#[expect(unsafe_code, reason = "an owning pointer")]
unsafe impl Send for Owned {}

/// How closely a call looks at whether the files are still the store.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Look {
    /// At the path too: what is deleted must be deleted for those who open the folder anew.
    Closely,
    /// At the control page, and at the path once a second.
    Quickly,
}

impl Shared {
    /// Opens the folder, or shares it where this process has it open.
    pub(super) fn open(folder: &Path, options: &EmbeddedOptions) -> Result<Self, Error> {
        install();
        let path = folder::prepare(folder)?;
        let mut open = lock_open();
        let folder = match open.get(&path) {
            Some(there) if there.options == *options => Arc::clone(there),
            Some(there) => return Err(unlike(&path, options, &there.options)),
            None => {
                let made = Arc::new(Folder::new(path.clone(), *options));
                made.open_current(&open)?;
                open.insert(path, Arc::clone(&made));
                made
            }
        };
        Ok(Self { folder })
    }

    pub(super) fn folder(&self) -> &Folder {
        &self.folder
    }
}

fn unlike(path: &Path, wanted: &EmbeddedOptions, found: &EmbeddedOptions) -> Error {
    let message = format!("wanted one set of options for {}: {wanted:?}", path.display());
    Error::misuse(format!("{message}, found it open with: {found:?}"))
}

impl Drop for Shared {
    fn drop(&mut self) {
        let mut open = lock_open();
        // One is the registry's, one is this.
        if Arc::strong_count(&self.folder) == 2 {
            open.remove(&self.folder.path);
            self.folder.close_current();
        }
    }
}

impl Folder {
    fn new(path: PathBuf, options: EmbeddedOptions) -> Self {
        let (counts, slot, opened) = (Counts::default(), PerProcess::new(), Mutex::default());
        Self { path, options, counts, slot, opened }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The open store; opened here where this process has not done so, or no longer has it.
    pub(super) fn pin(&self, look: Look, uptime: Duration) -> Result<Pinned<'_>, Error> {
        for _ in 0..PIN_TRIES {
            if let Some(pinned) = self.slot.get().and_then(|slot| slot.pin()) {
                if self.is_in_place(&pinned, look, uptime) {
                    return Ok(pinned);
                }
                pinned.opened.retire(&self.counts);
            }
            self.open_current(&lock_open())?;
        }
        let message = "the embedded store was retired again and again";
        Err(Error::unavailable(format!("{message}: {}", self.path.display())))
    }

    fn is_in_place(&self, pinned: &Pinned<'_>, look: Look, uptime: Duration) -> bool {
        let Some(slot) = self.slot.get() else { return true };
        let now_ms = u64::try_from(uptime.as_millis()).unwrap_or(u64::MAX);
        let looked_ms = slot.looked_ms.load(Ordering::Relaxed);
        if look == Look::Quickly && now_ms.saturating_sub(looked_ms) < LOOK_MS {
            return true;
        }
        slot.looked_ms.store(now_ms, Ordering::Relaxed);
        pinned.opened.control.is_in_place()
    }

    /// Makes the slot point to a live store of this process.
    fn open_current(&self, _open: &MutexGuard<'static, Open>) -> Result<(), Error> {
        let mut opened = lock(&self.opened);
        if let Some(there) = opened.as_ref() {
            if there.generation == fork::generation() {
                if there.opened().control.is_live() {
                    return Ok(());
                }
                self.drain()?;
            }
            // Else it was inherited: none of its users lives in this process.
            close(opened.take());
        }
        let fresh = Opened::open(&self.path, &self.options, &self.counts)?;
        let fresh =
            Owned { generation: fork::generation(), opened: Box::into_raw(Box::new(fresh)) };
        let slot = self.slot.get_or_make(Slot::default);
        slot.current.store(fresh.opened, Ordering::SeqCst);
        *opened = Some(fresh);
        Ok(())
    }

    /// Closes what is open. No call may be under way.
    fn close_current(&self) {
        if let Some(slot) = self.slot.get() {
            slot.current.store(ptr::null_mut(), Ordering::SeqCst);
        }
        close(lock(&self.opened).take());
    }

    /// Keeps new calls out and waits for those under way, which take microseconds.
    fn drain(&self) -> Result<(), Error> {
        let Some(slot) = self.slot.get() else { return Ok(()) };
        slot.current.store(ptr::null_mut(), Ordering::SeqCst);
        for _ in 0..DRAIN_TRIES {
            if slot.pins.iter().all(|pins| pins.0.load(Ordering::SeqCst) == 0) {
                return Ok(());
            }
            std::thread::sleep(DRAIN_PAUSE);
        }
        let message = "a call on damaged files of the embedded store does not end";
        Err(Error::new(ErrorKind::Unavailable, format!("{message}: {}", self.path.display())))
    }
}

impl Slot {
    fn pin(&self) -> Option<Pinned<'_>> {
        let pins = &self.pins[threads::index() % PIN_SLOTS].0;
        // Before the pointer is read: who replaces it looks at the pins afterwards.
        pins.fetch_add(1, Ordering::SeqCst);
        let current = self.current.load(Ordering::SeqCst);
        // SAFETY: what `current` points to is freed only after it was replaced and no pin was
        // left, and this pin was set before it was read.
        #[expect(unsafe_code, reason = "a pointer guarded by a count")]
        match unsafe { current.as_ref() } {
            Some(opened) if opened.control.is_live() => Some(Pinned { opened, pins }),
            _ => {
                pins.fetch_sub(1, Ordering::SeqCst);
                None
            }
        }
    }
}

impl Default for Slot {
    fn default() -> Self {
        Self {
            current: AtomicPtr::new(ptr::null_mut()),
            pins: std::array::from_fn(|_| Pins::default()),
            looked_ms: AtomicU64::new(0),
        }
    }
}

impl std::ops::Deref for Pinned<'_> {
    type Target = Opened;

    fn deref(&self) -> &Opened {
        self.opened
    }
}

impl Drop for Pinned<'_> {
    fn drop(&mut self) {
        self.pins.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Owned {
    fn opened(&self) -> &Opened {
        // SAFETY: made by `Box::into_raw`, and only `close` frees it, taking `self`.
        #[expect(unsafe_code, reason = "an owning pointer")]
        unsafe {
            &*self.opened
        }
    }
}

fn close(owned: Option<Owned>) {
    let Some(owned) = owned else { return };
    threads::close(|| {
        // SAFETY: made by `Box::into_raw`; the callers saw to it that no call uses it.
        #[expect(unsafe_code, reason = "an owning pointer")]
        drop(unsafe { Box::from_raw(owned.opened) });
    });
}

type Open = HashMap<PathBuf, Arc<Folder>>;

static OPEN: LazyLock<Mutex<Open>> = LazyLock::new(Mutex::default);

fn lock_open() -> MutexGuard<'static, Open> {
    lock(&OPEN)
}

type Held = (MutexGuard<'static, Open>, MutexGuard<'static, threads::Ending>);

thread_local! {
    /// What the thread that forks holds; nothing in it is dropped with its thread.
    static HELD: RefCell<Option<ManuallyDrop<Held>>> = const { RefCell::new(None) };
}

fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        fork::watch();
        // Made now: a fork must not be the first to use it.
        LazyLock::force(&OPEN);
        // SAFETY: the handlers take and give back two locks, which is sound in them.
        #[expect(unsafe_code, reason = "the one way to be told of a fork")]
        unsafe {
            libc::pthread_atfork(Some(take_all), Some(give_back), Some(give_back));
        }
    });
}

extern "C" fn take_all() {
    let held = (lock_open(), threads::lock_ending());
    HELD.with_borrow_mut(|slot| *slot = Some(ManuallyDrop::new(held)));
}

/// Runs in the thread that forked, in the parent and in the child.
extern "C" fn give_back() {
    let held = HELD.with_borrow_mut(Option::take);
    drop(held.map(ManuallyDrop::into_inner));
}

/// More than the cores of most machines would not be used; a power of two divides fast.
const PIN_SLOTS: usize = 16;
/// Each further try has seen the store retired once more.
const PIN_TRIES: usize = 4;
/// How long a process may go on with files that somebody has removed.
const LOOK_MS: u64 = 1000;
/// Calls take microseconds, and only a stopped writer makes one take longer.
const DRAIN_TRIES: u32 = 2000;
const DRAIN_PAUSE: Duration = Duration::from_millis(1);
