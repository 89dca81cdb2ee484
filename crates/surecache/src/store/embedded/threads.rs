//! When it is safe to close an environment that threads have read through.
//!
//! A thread that has read holds a slot, and gives it back in a destructor that LMDB has the thread
//! library run when the thread ends. Closing deletes that destructor and unmaps the slots: a thread
//! that is just within it would write to memory that is gone. So each such thread notes that it is
//! about to end, in a destructor that runs before LMDB's; closing waits until those who noted it
//! are gone, and keeps others from going on to LMDB's.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::base::fork;
use crate::base::sync::{Mutex, MutexGuard, lock};

/// A small number, the same at each call of a thread. From the first call on, [`close`] knows of
/// the thread's end.
pub(super) fn index() -> usize {
    HERE.try_with(|here| {
        if here.index.get() == 0 {
            here.index.set(NEXT.fetch_add(1, Ordering::Relaxed) + 1);
        }
        here.index.get()
    })
    .unwrap_or(0)
}

/// Closes something while no thread is ending.
pub(super) fn close(close: impl FnOnce()) {
    let mut ending = lock_ending();
    for _ in 0..CLOSE_TRIES {
        ending.threads.retain(|thread| is_there(*thread));
        if ending.threads.is_empty() {
            break;
        }
        std::thread::sleep(CLOSE_PAUSE);
    }
    close();
}

/// The threads that are ending; while it is held, no other begins to.
pub(super) fn lock_ending() -> MutexGuard<'static, Ending> {
    let mut ending = lock(&ENDING);
    if ending.generation != fork::generation() {
        // Those of the parent: their numbers mean nothing here.
        *ending = Ending { generation: fork::generation(), threads: Vec::new() };
    }
    ending
}

/// The threads of a process that are ending.
#[derive(Debug)]
pub(super) struct Ending {
    generation: u64,
    threads: Vec<libc::c_long>,
}

struct Here {
    index: Cell<usize>,
}

impl Drop for Here {
    fn drop(&mut self) {
        if self.index.get() == 0 {
            return;
        }
        let mut ending = lock_ending();
        if ending.threads.len() >= PRUNE_THREADS {
            ending.threads.retain(|thread| is_there(*thread));
        }
        // SAFETY: takes nothing and gives a number.
        #[expect(unsafe_code, reason = "the kernel's number of this thread")]
        let thread = unsafe { libc::syscall(libc::SYS_gettid) };
        ending.threads.push(thread);
    }
}

fn is_there(thread: libc::c_long) -> bool {
    // SAFETY: signal 0 is none; only the numbers are looked at.
    #[expect(unsafe_code, reason = "the one way to ask for a thread by its number")]
    let code = unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread, 0) };
    code == 0
}

thread_local! {
    static HERE: Here = const { Here { index: Cell::new(0) } };
}

static NEXT: AtomicUsize = AtomicUsize::new(0);
static ENDING: Mutex<Ending> = Mutex::new(Ending { generation: 0, threads: Vec::new() });

/// A thread is gone microseconds after its note; one whose number was given to another is waited
/// for in vain.
const CLOSE_TRIES: u32 = 2000;
const CLOSE_PAUSE: Duration = Duration::from_micros(50);
/// Bounds the list where threads come and go and nothing is closed.
const PRUNE_THREADS: usize = 64;
