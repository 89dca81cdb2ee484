//! All the stores of the process, and what happens to them in a fork.
//!
//! A lock that another thread holds in the moment of a fork stays locked in the child for ever. So
//! the thread that forks first takes every lock, and gives it back in the parent and in the child:
//! the child finds whole contents and free locks. It cannot deadlock: no thread that holds one of
//! these locks waits for anything.

use std::cell::RefCell;
use std::collections::HashMap;
use std::mem::ManuallyDrop;
use std::sync::{LazyLock, Once};

use super::space::{Locked, Space};
use crate::base::sync::{Mutex, MutexGuard, lock};

/// The namespace's contents in the store of this name, made where there is none.
pub(super) fn space(name: &str, namespace: &str) -> &'static Space {
    install();
    let mut spaces = lock(&SPACES);
    spaces
        .entry((name.to_owned(), namespace.to_owned()))
        // Lives as long as the process, like the registry itself.
        .or_insert_with(|| Box::leak(Box::new(Space::new())))
}

type Spaces = HashMap<(String, String), &'static Space>;

static SPACES: LazyLock<Mutex<Spaces>> = LazyLock::new(Mutex::default);

/// What the forking thread holds. Nothing in it is dropped with its thread, so it can be used at
/// any time of the thread's life.
struct Held {
    _registry: MutexGuard<'static, Spaces>,
    _spaces: Vec<Locked>,
}

thread_local! {
    static HELD: RefCell<Option<ManuallyDrop<Held>>> = const { RefCell::new(None) };
}

fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // Made now: a fork must not be the first to use it.
        LazyLock::force(&SPACES);
        // SAFETY: the handlers take and give back locks, and use memory, which is sound in them:
        // the allocator's own locks are taken after `take_all` and free before `give_back`.
        #[expect(unsafe_code, reason = "the one way to be told of a fork")]
        unsafe {
            libc::pthread_atfork(Some(take_all), Some(give_back), Some(give_back));
        }
    });
}

extern "C" fn take_all() {
    let registry = lock(&SPACES);
    let spaces = registry.values().map(|space| space.lock_all()).collect();
    let held = ManuallyDrop::new(Held { _registry: registry, _spaces: spaces });
    HELD.with_borrow_mut(|slot| *slot = Some(held));
}

/// Runs in the thread that forked, in the parent and in the child.
extern "C" fn give_back() {
    let held = HELD.with_borrow_mut(Option::take);
    drop(held.map(ManuallyDrop::into_inner));
}
