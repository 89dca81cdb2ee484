//! Who waits: woken when a place is given back, gone without a trace when cancelled.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use std::sync::Arc;

use surecache::driver::{LockNext, Taking};
use surecache::stores::{Embedded, EmbeddedOptions, Memory, Redis, RedisOptions, Store};
use surecache::{Places, SystemClock, Term};
use surecache_testkit::RedisServer;

use crate::ground::{Ground, HOUR_MS, LIMIT, fixed, on_every_store, until};

on_every_store! {
    who_waits_has_the_lock_when_it_is_given_back
    a_wait_ends_when_its_time_is_over
    tasks_take_turns
    a_task_that_is_cancelled_holds_nothing
}

fn who_waits_has_the_lock_when_it_is_given_back(ground: &Ground) {
    let (one, other) = (ground.cache(), ground.cache());
    let held = one.lock("k").with_term(fixed(HOUR_MS)).acquire().unwrap();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| other.lock("k").acquire_within(LIMIT).unwrap());
        assert!(one.lock("k").acquire_within(Duration::from_millis(50)).unwrap().is_none());
        held.release().unwrap();
        waiter.join().unwrap().unwrap().release().unwrap();
    });
}

fn a_wait_ends_when_its_time_is_over(ground: &Ground) {
    let (one, other) = (ground.cache(), ground.cache());
    let held = one.lock("k").acquire().unwrap();
    for patience in [Duration::ZERO, Duration::from_millis(30)] {
        assert!(other.lock("k").acquire_within(patience).unwrap().is_none());
    }
    held.release().unwrap();
}

/// On one thread: nobody holds it up while he waits.
fn tasks_take_turns(ground: &Ground) {
    in_runtime(async {
        let (cache, inside) = (ground.cache_for_tasks(), Arc::new(AtomicU32::new(0)));
        let tasks = (0..10).map(|_| {
            let (lock, inside) = (cache.lock("k"), Arc::clone(&inside));
            tokio::spawn(async move {
                let held = lock.acquire().await.unwrap();
                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                tokio::task::yield_now().await;
                inside.fetch_sub(1, Ordering::SeqCst);
                held.release().await.unwrap();
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
    });
}

/// Neither while it waits, nor where its question is on the way.
fn a_task_that_is_cancelled_holds_nothing(ground: &Ground) {
    in_runtime(async {
        let lock = ground.cache_for_tasks().lock("k").with_term(fixed(HOUR_MS));
        for polls in 1..20 {
            let mut taking = Box::pin(lock.acquire());
            for _ in 0..polls {
                if let Poll::Ready(held) = futures_poll(&mut taking).await {
                    held.unwrap().release().await.unwrap();
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(taking);
            let held = lock.acquire_within(LIMIT).await.unwrap().unwrap();
            let waiting = tokio::time::timeout(Duration::from_millis(5), lock.acquire()).await;
            assert!(waiting.is_err());
            held.release().await.unwrap();
        }
    });
}

#[test]
fn who_waits_is_told_of_a_release() {
    is_told_of_a_release(&Ground::redis());
}

#[test]
fn who_waits_in_memory_is_told_of_a_release() {
    is_told_of_a_release(&Ground::memory());
}

#[test]
fn who_waits_in_a_folder_is_told_of_a_release() {
    is_told_of_a_release(&Ground::embedded());
}

/// The word of a release: a waiter that nobody tells would look a second later, and have the lock
/// all the same. Here it does not look, and is told.
fn is_told_of_a_release(ground: &Ground) {
    let (one, other) = (ground.cache(), ground.cache());
    let held = one.lock("k").with_term(fixed(HOUR_MS)).acquire().unwrap();
    let store = store_of(ground);
    let store = store.as_ref();
    let mut taking = other.core().taking(&Places::lock(b"k"), Term::default(), None).unwrap();
    ask(store, &mut taking);
    // Told once that the subscription stands; whatever was before is seen by looking again.
    until("the subscription stands", || is_told(&mut taking));
    ask(store, &mut taking);
    assert!(matches!(taking.advance(), LockNext::Await { .. }));
    let counter = Arc::new(Counter::default());
    let waker = Waker::from(Arc::clone(&counter));
    assert!(taking.poll_told(&mut Context::from_waker(&waker)).is_pending());
    held.release().unwrap();
    until("the release is told", || counter.0.load(Ordering::SeqCst) == 1);
    assert!(is_told(&mut taking));
    ask(store, &mut taking);
    assert_eq!(taking.advance(), LockNext::Done);
    assert!(taking.finish().is_some());
}

/// Of many who wait in a process the first looks at the store: a release costs a look or two, and
/// not one of each.
#[test]
fn a_release_does_not_have_all_waiters_of_a_process_ask() {
    const WAITERS: u64 = 30;
    let server = RedisServer::start();
    let cache = Ground::at(server.location(), None).cache();
    let held = cache.lock("k").with_term(fixed(HOUR_MS)).acquire().unwrap();
    let asked = || {
        let told = server.command(&[b"INFO", b"commandstats"]);
        let text = String::from_utf8(told.as_bytes().unwrap().to_vec()).unwrap();
        let calls = text.split("cmdstat_evalsha:calls=").nth(1).unwrap();
        calls.split(',').next().unwrap().parse::<u64>().unwrap()
    };
    std::thread::scope(|scope| {
        for _ in 0..WAITERS {
            let cache = &cache;
            scope.spawn(move || cache.lock("k").acquire().unwrap().release().unwrap());
        }
        let wait_all = || asked() > WAITERS;
        until("all have asked once", wait_all);
        held.release().unwrap();
    });
    // The first question, the one when it is its turn, one after a word, and the release.
    let most = 6 * WAITERS;
    assert!(asked() <= most, "wanted at most {most} calls, found: {}", asked());
}

fn store_of(ground: &Ground) -> Box<dyn Store> {
    let (location, clock) = (ground.location(), Arc::new(SystemClock));
    match location.split_once("://").unwrap() {
        ("memory", name) => Box::new(Memory::named(name, ground.namespace(), clock)),
        ("embedded", folder) => {
            let (folder, options) = (Path::new(folder), EmbeddedOptions::default());
            Box::new(Embedded::open(folder, ground.namespace(), &options, clock).unwrap())
        }
        _ => {
            let options = RedisOptions::parse(location).unwrap();
            Box::new(Redis::open(options, ground.namespace(), clock).unwrap())
        }
    }
}

fn ask(store: &dyn Store, taking: &mut Taking) {
    assert_eq!(taking.advance(), LockNext::Ask);
    let reply = store.call(taking.request());
    taking.hear(reply).unwrap();
}

fn is_told(taking: &mut Taking) -> bool {
    taking.poll_told(&mut Context::from_waker(Waker::noop())).is_ready()
}

#[derive(Debug, Default)]
struct Counter(AtomicU32);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// One look at a future.
async fn futures_poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    std::future::poll_fn(|context| Poll::Ready(std::pin::Pin::new(&mut *future).poll(context)))
        .await
}

fn in_runtime(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
}
