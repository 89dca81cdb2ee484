//! What only tasks can do: end in the middle of a load.

use std::sync::Arc;
use std::time::Duration;

use surecache::driver::Core;
use surecache::stores::{InTask, Reply, Request, Store};
use surecache::{Cache, Error, Loading, Policy, Region, Scope, Tags};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;

use crate::answers::{Key, Loads, user};
use crate::door::Kind;
use crate::ground::{Ground, Place, SECRET};

/// A region whose loader waits as tasks do, so that it can be cancelled there.
struct Slow;

#[derive(Clone, Default)]
struct Origin {
    loads: Loads,
    begun: Arc<Notify>,
    gate: Arc<GateOfTasks>,
}

struct GateOfTasks(Semaphore);

impl Default for GateOfTasks {
    fn default() -> Self {
        Self(Semaphore::new(0))
    }
}

impl Region for Slow {
    const NAME: &'static str = "outer";
    type Key = Key;
    type Value = usize;
    type Origin = Origin;
    type Error = std::io::Error;

    fn scope(&self, _key: &Key) -> Scope {
        Scope::public("a test")
    }

    fn policy(&self) -> Policy {
        // A lease that was not given back would stop the others for longer than the test waits.
        let policy = Policy::new(Duration::from_secs(300)).with_wait(Duration::from_secs(120));
        policy.with_lease(Duration::from_secs(60))
    }

    fn depends_on(&self, _key: &Key, _tags: &mut Tags) {}

    async fn load(
        &self,
        _key: &Key,
        origin: &Origin,
        _loading: &Loading<'_>,
    ) -> Result<usize, std::io::Error> {
        let number = origin.loads.begin();
        origin.begun.notify_one();
        let _pass = origin.gate.0.acquire().await.map_err(std::io::Error::other)?;
        Ok(number)
    }
}

fn cache(ground: &Ground) -> Cache {
    cache_on(ground, ground.store())
}

fn cache_on(ground: &Ground, store: Arc<dyn Store>) -> Cache {
    let config = ground.config().with_secret(SECRET);
    Cache::new(Core::with_store(store, &config).unwrap())
}

fn read(cache: &Cache, origin: &Origin) -> JoinHandle<usize> {
    let (cache, origin) = (cache.clone(), origin.clone());
    tokio::spawn(async move { cache.get_or_load(&Slow, &user(42), &origin).await.unwrap() })
}

/// Lets all tasks go as far as they get without the test's help.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

async fn within_a_lease<T>(task: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), task).await.expect("a reader that never ended")
}

fn grounds() -> Vec<Ground> {
    let places = [
        Place::memory(),
        #[cfg(feature = "embedded")]
        Place::embedded(),
    ];
    places.into_iter().map(|place| Ground::new(Kind::Asynchronous, place)).collect()
}

#[tokio::test]
async fn where_the_leader_is_cancelled_a_waiter_takes_over() {
    for ground in grounds() {
        let (cache, origin) = (cache(&ground), Origin::default());
        let leader = read(&cache, &origin);
        origin.begun.notified().await;
        let waiters: Vec<_> = (0..49).map(|_| read(&cache, &origin)).collect();
        settle().await;
        assert_eq!(origin.loads.count(), 1);
        leader.abort();
        within_a_lease(origin.begun.notified()).await;
        assert!(leader.await.unwrap_err().is_cancelled());
        origin.gate.0.add_permits(100);
        for waiter in waiters {
            assert_eq!(within_a_lease(waiter).await.unwrap(), 2);
        }
        assert_eq!(origin.loads.count(), 2);
    }
}

#[tokio::test]
async fn where_the_leader_is_cancelled_a_waiter_of_another_process_takes_over() {
    for ground in grounds() {
        let (one, other, origin) = (cache(&ground), cache(&ground), Origin::default());
        let leader = read(&one, &origin);
        origin.begun.notified().await;
        let waiters: Vec<_> = (0..5).map(|_| read(&other, &origin)).collect();
        settle().await;
        leader.abort();
        within_a_lease(origin.begun.notified()).await;
        origin.gate.0.add_permits(100);
        for waiter in waiters {
            assert_eq!(within_a_lease(waiter).await.unwrap(), 2);
        }
        assert_eq!(origin.loads.count(), 2);
    }
}

#[tokio::test]
async fn a_cancelled_waiter_leaves_the_load_alone() {
    for ground in grounds() {
        let (cache, origin) = (cache(&ground), Origin::default());
        let leader = read(&cache, &origin);
        origin.begun.notified().await;
        let waiters: Vec<_> = (0..10).map(|_| read(&cache, &origin)).collect();
        settle().await;
        waiters[..9].iter().for_each(JoinHandle::abort);
        settle().await;
        origin.gate.0.add_permits(100);
        assert_eq!(within_a_lease(leader).await.unwrap(), 1);
        for (number, waiter) in waiters.into_iter().enumerate() {
            let given = within_a_lease(waiter).await;
            assert_eq!(given.is_err_and(|error| error.is_cancelled()), number < 9);
        }
        assert_eq!(origin.loads.count(), 1);
    }
}

/// The watcher is the one reader of its process that looks at the other process's lease.
#[tokio::test]
async fn a_cancelled_watcher_is_replaced() {
    for ground in grounds() {
        let (one, other, origin) = (cache(&ground), cache(&ground), Origin::default());
        let leader = read(&one, &origin);
        origin.begun.notified().await;
        let watcher = read(&other, &origin);
        settle().await;
        let waiters: Vec<_> = (0..5).map(|_| read(&other, &origin)).collect();
        settle().await;
        watcher.abort();
        settle().await;
        origin.gate.0.add_permits(100);
        assert_eq!(within_a_lease(leader).await.unwrap(), 1);
        for waiter in waiters {
            assert_eq!(within_a_lease(waiter).await.unwrap(), 1);
        }
        assert_eq!(origin.loads.count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_tasks_of_one_slow_load_cause_one() {
    for ground in grounds() {
        let (cache, origin) = (cache(&ground), Origin::default());
        let tasks: Vec<_> = (0..100).map(|_| read(&cache, &origin)).collect();
        within_a_lease(origin.begun.notified()).await;
        origin.gate.0.add_permits(1);
        for task in tasks {
            assert_eq!(within_a_lease(task).await.unwrap(), 1);
        }
        assert_eq!(origin.loads.count(), 1);
    }
}

/// The lease was taken, and the task ends before it is told so.
#[tokio::test]
async fn where_a_reader_is_cancelled_while_it_asks_for_the_lease_another_process_loads() {
    let places = [
        Place::memory(),
        #[cfg(feature = "redis")]
        Place::redis(),
    ];
    for place in places {
        let (ground, origin) = (Ground::new(Kind::Asynchronous, place), Origin::default());
        let store = Unheard { inner: ground.store(), acquired: Arc::default() };
        let acquired = Arc::clone(&store.acquired);
        let (one, other) = (cache_on(&ground, Arc::new(store)), cache(&ground));
        let leader = read(&one, &origin);
        within_a_lease(acquired.notified()).await;
        leader.abort();
        assert!(leader.await.unwrap_err().is_cancelled());
        origin.gate.0.add_permits(1);
        assert_eq!(within_a_lease(read(&other, &origin)).await.unwrap(), 1);
    }
}

/// A store in which leases are taken, and nobody is told.
#[derive(Debug)]
struct Unheard {
    inner: Arc<dyn Store>,
    acquired: Arc<Notify>,
}

impl Store for Unheard {
    fn call(&self, request: Request<'_>) -> Result<Reply, Error> {
        self.inner.call(request)
    }

    fn call_in_task<'a>(&'a self, request: Request<'a>) -> InTask<'a> {
        Box::pin(async move {
            let is_acquire = matches!(request, Request::Acquire { .. });
            let reply = self.inner.call_in_task(request).await;
            if is_acquire {
                self.acquired.notify_one();
                std::future::pending::<()>().await;
            }
            reply
        })
    }

    fn pace(&self) -> Duration {
        self.inner.pace()
    }

    fn is_local(&self) -> bool {
        false
    }
}
