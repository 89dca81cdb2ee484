//! Forks of a process whose threads are using a store.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use surecache::TagId;
use surecache::stores::{Condition, EntryKey, Put, Reading, Store};

use crate::Ask;

/// What becomes of the contents in a child.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Contents {
    /// The child has a copy of its own.
    Copied,
    /// Parent and child go on with the same.
    Shared,
}

/// Forks `rounds` times while two threads read `store` and two write it. Each child, through the
/// handle that it inherited, reads 200 entries and a generation, writes one entry, reads it back
/// and ends.
///
/// # Panics
/// Where a child hangs (for 20 seconds), finds a wrong value or none, or panics, or where the
/// parent does not find, or finds, the child's entry as `contents` says.
pub fn under_load<S: Store>(store: &S, contents: Contents, rounds: usize) {
    for number in 0..STEADY {
        assert_eq!(store.put(&key(number), &value(number), Condition::Always), Put::Stored);
    }
    let made = store.establish(&[TAG], Duration::from_secs(3600))[0];
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let end = End(&over);
        for thread in 0..4 {
            let over = &over;
            scope.spawn(move || {
                let mut number = thread;
                while !over.load(Ordering::Relaxed) {
                    number += 1;
                    load(store, thread, number);
                }
            });
        }
        for round in 0..rounds {
            let ended = in_child(|| look(store, made, round));
            assert!(ended == Ok(()), "the child of round {round} failed: {ended:?}");
            let found = store.entry(&key_of_child(round));
            let wanted = (contents == Contents::Shared).then(|| value(round));
            assert!(found == wanted, "the parent found of the child's entry: {found:?}");
        }
        drop(end);
    });
}

/// Runs `work` in a forked child.
///
/// # Errors
/// How the child ended, where not well: by which exit code (101 for a panic) or signal (14 after 20
/// seconds).
pub fn in_child(work: impl FnOnce()) -> Result<(), String> {
    // SAFETY: the child runs `work`, which uses what survives a fork or is a bug to be found here,
    // and ends without returning; it never prints, as another thread may hold that lock.
    #[expect(unsafe_code, reason = "the one way to fork")]
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "the kernel refused to fork");
    if child == 0 {
        std::panic::set_hook(Box::new(|_| ()));
        // SAFETY: sets a timer of this process.
        #[expect(unsafe_code, reason = "ends a child that hangs")]
        unsafe {
            libc::alarm(20);
        }
        let code = if catch_unwind(AssertUnwindSafe(work)).is_ok() { 0 } else { 101 };
        // SAFETY: ends the process at once, without the destructors that belong to the parent.
        #[expect(unsafe_code, reason = "ends a child")]
        unsafe {
            libc::_exit(code);
        }
    }
    wait_for(child)
}

fn wait_for(child: libc::pid_t) -> Result<(), String> {
    let mut status = 0;
    // SAFETY: `status` is valid for the call; a call broken off by a signal is made again.
    #[expect(unsafe_code, reason = "the one way to wait for a child")]
    while unsafe { libc::waitpid(child, &raw mut status, 0) } != child {}
    match (libc::WIFEXITED(status), libc::WEXITSTATUS(status)) {
        (true, 0) => Ok(()),
        (true, code) => Err(format!("exit code {code}")),
        (false, _) => Err(format!("signal {}", libc::WTERMSIG(status))),
    }
}

/// What a child does.
fn look(store: &impl Store, made: Reading, round: usize) {
    for number in 0..STEADY {
        assert!(store.entry(&key(number)) == Some(value(number)));
    }
    assert!(store.generations(&[TAG]) == [Some(made)]);
    assert!(store.put(&key_of_child(round), &value(round), Condition::Always) == Put::Stored);
    assert!(store.entry(&key_of_child(round)) == Some(value(round)));
}

/// What the parent's threads do in the meantime.
fn load(store: &impl Store, thread: usize, number: usize) {
    if thread < 2 {
        let number = number % STEADY;
        assert!(store.entry(&key(number)) == Some(value(number)), "wrong value in the parent");
    } else {
        let number = STEADY + number % 1000;
        assert_eq!(store.put(&key(number), &value(number), Condition::Always), Put::Stored);
    }
}

/// Ends the parent's threads, also where a round panics.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn key(number: usize) -> EntryKey {
    EntryKey::plain(format!("entry {number}").as_bytes())
}

fn key_of_child(round: usize) -> EntryKey {
    EntryKey::plain(format!("of the child {round}").as_bytes())
}

/// A value that tells which entry it belongs to.
fn value(number: usize) -> Vec<u8> {
    number.to_le_bytes().repeat(20 + number % 50)
}

const STEADY: usize = 200;

const TAG: TagId = TagId([3; 16]);
