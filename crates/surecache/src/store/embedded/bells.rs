//! Who waits for a lock is told when any process gives a place of it back.
//!
//! Words of the control page count what was given back: each of a few for its share of all locks,
//! and one for all of them. Who gives a place back adds to both, and has the kernel wake whoever
//! sleeps on the latter. In each process one thread sleeps there while anything is watched; it
//! tells those whose own word has changed. Locks that share a word are told of each other: who is
//! told too often looks once too often.
//!
//! A process that is killed in between gives nothing back by that: its place falls free by time, of
//! which the store says when. Who is not told looks again after a second.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::ptr;
use std::sync::Weak;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use memmap2::MmapRaw;

use crate::base::sync::{Arc, Mutex, lock};
use crate::store::{Wake, Watch};

/// The words of a control page, mapped once more: a thread may sleep on one while the store is
/// closed.
#[derive(Debug)]
pub(super) struct Bells {
    page: MmapRaw,
    watched: Mutex<Watched>,
}

#[derive(Debug, Default)]
struct Watched {
    /// By the number of their word.
    bells: HashMap<usize, Bell>,
    is_listening: bool,
}

#[derive(Debug)]
struct Bell {
    wake: Weak<Wake>,
    /// The word when those who watch were told last.
    seen: u32,
}

impl Bells {
    /// Maps the control page in a file.
    pub(super) fn open(file: &File) -> io::Result<Arc<Self>> {
        Ok(Arc::new(Self { page: MmapRaw::map_raw(file)?, watched: Mutex::default() }))
    }

    /// A place of the lock with this key was given back.
    pub(super) fn ring(&self, key: &[u8]) {
        for number in [number(key), ALL] {
            self.word(number).fetch_add(1, Ordering::SeqCst);
        }
        wake_all(self.word(ALL));
    }

    /// Watches the lock with this key; `None` where there can be no thread that listens.
    ///
    /// It is looked at first: a place may just have been given back.
    pub(super) fn watch(self: &Arc<Self>, key: &[u8]) -> Option<Watch> {
        let number = number(key);
        let mut watched = lock(&self.watched);
        if !watched.is_listening {
            watched.is_listening = self.listen();
        }
        let known = watched.bells.get(&number).and_then(|bell| bell.wake.upgrade());
        let wake = known.unwrap_or_else(|| {
            let (wake, seen) = (Arc::default(), self.word(number).load(Ordering::SeqCst));
            watched.bells.insert(number, Bell { wake: Arc::downgrade(&wake), seen });
            wake
        });
        watched.is_listening.then(|| Watch::new(wake, None).that_looks_first())
    }

    /// Starts the thread that listens; whether it could be.
    fn listen(self: &Arc<Self>) -> bool {
        let bells = Arc::clone(self);
        let thread = std::thread::Builder::new().name("surecache-bells".to_owned());
        let listen = move || {
            loop {
                let rung = bells.word(ALL).load(Ordering::SeqCst);
                if !bells.tell() {
                    return;
                }
                sleep_while(bells.word(ALL), rung, LOOK_AROUND);
            }
        };
        thread.spawn(listen).is_ok()
    }

    /// Tells those whose word has changed. False, and the listener's end, where nothing is watched
    /// any more.
    fn tell(&self) -> bool {
        let mut rung = Vec::new();
        let mut watched = lock(&self.watched);
        watched.bells.retain(|number, bell| {
            let Some(wake) = bell.wake.upgrade() else { return false };
            let now = self.word(*number).load(Ordering::SeqCst);
            if bell.seen != now {
                bell.seen = now;
                rung.push(wake);
            }
            true
        });
        watched.is_listening = !watched.bells.is_empty();
        let is_listening = watched.is_listening;
        drop(watched);
        rung.iter().for_each(|wake| wake.tell());
        is_listening
    }

    fn word(&self, number: usize) -> &AtomicU32 {
        assert!(number < WORDS, "one of the words");
        // SAFETY: lies within the page, which stays mapped for as long as `self`, is aligned, and
        // is only used as an atomic.
        #[expect(unsafe_code, reason = "a word shared with other processes")]
        unsafe {
            AtomicU32::from_ptr(self.page.as_mut_ptr().add(PLACE + number * WORD_BYTES).cast())
        }
    }
}

/// Keys are hashes, behind a byte that says what they are of.
fn number(key: &[u8]) -> usize {
    let byte = key.get(1).copied().unwrap_or_default();
    1 + usize::from(byte) % (WORDS - 1)
}

/// Sleeps until somebody wakes who sleeps on the word, at most so long, unless it has changed.
fn sleep_while(word: &AtomicU32, seen: u32, at_most: Duration) {
    let seconds = libc::time_t::try_from(at_most.as_secs()).unwrap_or(1);
    let limit = libc::timespec { tv_sec: seconds, tv_nsec: at_most.subsec_nanos().into() };
    // SAFETY: the word is there for the length of the call; the kernel only reads it.
    #[expect(unsafe_code, reason = "a call of the kernel's")]
    unsafe {
        libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAIT, seen, &raw const limit);
    }
}

/// Wakes all who sleep on a word, of all processes.
fn wake_all(word: &AtomicU32) {
    // SAFETY: as above; the kernel takes the word's place and does not look at it.
    #[expect(unsafe_code, reason = "a call of the kernel's")]
    unsafe {
        let nothing = ptr::null::<libc::timespec>();
        libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE, i32::MAX, nothing);
    }
}

/// Where the words lie in the control page.
const PLACE: usize = 2048;
const WORD_BYTES: usize = size_of::<AtomicU32>();
/// The one for all locks, and those for shares of them.
const WORDS: usize = 64;
const ALL: usize = 0;
/// How soon the listener ends when nothing is watched any more.
const LOOK_AROUND: Duration = Duration::from_secs(1);
