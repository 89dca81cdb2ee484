//! A handle made before a fork works in the child. A file of its own: these tests fork, and no
//! other test should be running at that moment.
#![cfg(feature = "embedded")]
#![expect(clippy::unwrap_used, reason = "a test panics where something is amiss")]

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use surecache::SystemClock;
use surecache::stores::{Condition, Embedded, EmbeddedOptions, EntryKey, Put};
use surecache_testkit::fork::{Contents, in_child, under_load};
use surecache_testkit::{Ask, Folder};

fn open(folder: &Path) -> Embedded {
    Embedded::open(folder, "test", &EmbeddedOptions::new(), Arc::new(SystemClock)).unwrap()
}

fn key(number: usize) -> EntryKey {
    EntryKey::plain(&number.to_le_bytes())
}

/// One test at a time.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn embedded_survives_sixty_forks_and_shares_its_contents() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Folder::new();
    under_load(&open(folder.path()), Contents::Shared, 60);
}

/// What they hold in the moment of the fork, nobody gives back in the child.
#[test]
fn a_fork_finds_no_thread_in_the_middle_of_opening_or_closing() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folders: Vec<_> = (0..4).map(|_| Folder::new()).collect();
    let store = open(folders[3].path());
    assert_eq!(store.put(&key(0), b"value", Condition::Always), Put::Stored);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for folder in &folders[..3] {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let store = open(folder.path());
                    assert_eq!(store.put(&key(1), b"value", Condition::Always), Put::Stored);
                    // A thread that ends while the store is being closed.
                    thread::scope(|scope| {
                        scope.spawn(|| assert!(store.entry(&key(1)).is_some()));
                    });
                }
            });
        }
        for round in 0..60 {
            let ended = in_child(|| {
                assert!(store.entry(&key(0)).as_deref() == Some(b"value"));
                let other = open(folders[round % 3].path());
                assert!(other.put(&key(2), b"child", Condition::Always) == Put::Stored);
                assert!(other.entry(&key(2)).as_deref() == Some(b"child"));
            });
            if ended != Ok(()) {
                over.store(true, Ordering::Relaxed);
            }
            assert_eq!(ended, Ok(()), "the child of round {round}");
        }
        over.store(true, Ordering::Relaxed);
    });
}

/// Each generation of processes closes what it inherited.
#[test]
fn the_child_of_a_child_works_too() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Folder::new();
    let store = open(folder.path());
    assert_eq!(store.put(&key(0), b"value", Condition::Always), Put::Stored);
    let ended = in_child(|| {
        assert!(store.put(&key(1), b"child", Condition::Always) == Put::Stored);
        let ended = in_child(|| {
            assert!(store.entry(&key(0)).as_deref() == Some(b"value"));
            assert!(store.entry(&key(1)).as_deref() == Some(b"child"));
            assert!(store.put(&key(2), b"grandchild", Condition::Always) == Put::Stored);
        });
        assert!(ended == Ok(()));
        assert!(store.entry(&key(2)).as_deref() == Some(b"grandchild"));
    });
    assert_eq!(ended, Ok(()));
    assert_eq!(store.entry(&key(2)).as_deref(), Some(&b"grandchild"[..]));
}
