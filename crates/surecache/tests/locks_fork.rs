//! Locks and forks: a child holds nothing of what its parent holds, and has a thread of its own to
//! renew. A file of its own: these tests fork, and no other test should be running at that moment.
#![cfg(all(feature = "embedded", feature = "redis"))]
#![expect(clippy::unwrap_used, reason = "a test panics where something is amiss")]

use std::cell::Cell;
use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use surecache::driver::{LockDone, LockNext};
use surecache::{BlockingCache, Clock as _, Config, Places, SystemClock, Term};
use surecache_testkit::fork::in_child;
use surecache_testkit::{Folder, RedisServer};

/// One test at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn on_both(test: impl Fn(&str)) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (folder, server) = (Folder::new(), RedisServer::start());
    test(&format!("embedded://{}", folder.path().display()));
    test(&server.location());
}

fn cache(location: &str) -> BlockingCache {
    BlockingCache::open(location, Config::new("test").with_secret("a secret")).unwrap()
}

#[test]
fn a_child_neither_holds_nor_gives_back_what_its_parent_holds() {
    on_both(|location| {
        let cache = cache(location);
        let term = Term::renewed(LEASE).unwrap();
        let held = Cell::new(Some(cache.lock("parents").with_term(term).acquire().unwrap()));
        let ended = in_child(|| {
            let inherited = held.take().unwrap();
            assert!(inherited.is_lost());
            assert!(inherited.release().unwrap_err().is_lock_lost());
            let other = cache.lock("parents").acquire_within(LEASE * 4).unwrap();
            assert!(other.is_none());
        });
        assert_eq!(ended, Ok(()));
        // Dropped, not released.
        assert_eq!(in_child(|| drop(held.take())), Ok(()));
        let held = held.take().unwrap();
        assert!(cache.lock("parents").acquire_within(LEASE * 4).unwrap().is_none());
        assert!(!held.is_lost());
        held.release().unwrap();
    });
}

/// `the parent asks for a lock, forks, hears that it has it`: the child inherits one who waits for
/// that answer, and drops him. Likewise one who waits to hear that it was given back.
#[test]
fn a_child_gives_nothing_back_of_what_is_under_way_in_its_parent() {
    on_both(|location| {
        let (cache, places) = (cache(location), Places::lock(b"parents"));
        let is_held = || cache.lock("parents").acquire_within(LEASE * 4).unwrap().is_none();
        let term = Term::fixed(HOUR).unwrap();
        let mut taking = cache.core().taking(&places, term, None).unwrap();
        assert_eq!(taking.advance(), LockNext::Ask);
        let reply = cache.core().call_for_locks(taking.request());
        let taking = Cell::new(Some(taking));
        let dropped = in_child(|| {
            drop(taking.take());
            assert!(is_held());
        });
        assert_eq!(dropped, Ok(()));
        let mut taking = taking.take().unwrap();
        taking.hear(reply).unwrap();
        let releasing = Cell::new(Some(taking.finish().unwrap().releasing().unwrap()));
        let dropped = in_child(|| {
            drop(releasing.take());
            assert!(is_held());
        });
        assert_eq!(dropped, Ok(()));
        assert_eq!(releasing.take().unwrap().run().unwrap(), LockDone::Released);
    });
}

#[test]
fn a_child_renews_what_it_takes_itself() {
    on_both(|location| {
        let cache = cache(location);
        // The parent has its thread.
        let lock = cache.lock("parents").with_term(Term::renewed(LEASE).unwrap());
        let held = lock.acquire().unwrap();
        let ended = in_child(|| {
            let lock = cache.lock("own").with_term(Term::renewed(LEASE).unwrap());
            let own = lock.acquire().unwrap();
            assert!(cache.lock("own").acquire_within(LEASE * 4).unwrap().is_none());
            assert!(!own.is_lost());
            own.release().unwrap();
        });
        assert_eq!(ended, Ok(()));
        assert!(cache.lock("own").acquire_within(Duration::ZERO).unwrap().is_some());
        held.release().unwrap();
    });
}

#[test]
fn what_a_killed_process_held_falls_free_after_its_lease() {
    on_both(|location| {
        let cache = cache(location);
        let ended = in_child(|| {
            let lock = cache.lock("k").with_term(Term::renewed(LEASE).unwrap());
            let _held = lock.acquire().unwrap();
            // SAFETY: ends this process.
            #[expect(unsafe_code, reason = "no destructor runs")]
            unsafe {
                libc::kill(libc::getpid(), libc::SIGKILL);
            }
        });
        assert_eq!(ended, Err("signal 9".to_owned()));
        let held = cache.lock("k").acquire_within(Duration::from_secs(10)).unwrap();
        held.unwrap().release().unwrap();
    });
}

/// One for all locks of a cache.
#[test]
fn the_thread_that_renews_is_there_while_something_is_held() {
    on_both(|location| {
        let cache = cache(location);
        // Those of other tests have ended.
        until(|| renewing() == 0);
        let took = cache.lock("timed").with_term(Term::fixed(LEASE).unwrap()).acquire().unwrap();
        assert_eq!(renewing(), 0);
        took.release().unwrap();
        let held: Vec<_> =
            (0..5).map(|number| cache.lock(&format!("{number}")).acquire().unwrap()).collect();
        until(|| renewing() > 0);
        assert_eq!(renewing(), 1);
        held.into_iter().for_each(|held| held.release().unwrap());
        until(|| renewing() == 0);
    });
}

fn until(is_so: impl Fn() -> bool) {
    let began = SystemClock.uptime();
    while !is_so() {
        assert!(SystemClock.uptime() - began < Duration::from_secs(10), "it never came about");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// How many threads of this process renew.
fn renewing() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.map(|task| fs::read_to_string(task.unwrap().path().join("comm")));
    names
        .filter(|name| name.as_ref().is_ok_and(|name| name.trim_end() == "surecache-locks"))
        .count()
}

const LEASE: Duration = Duration::from_millis(200);
/// Far longer than a test lasts.
const HOUR: Duration = Duration::from_secs(3600);
