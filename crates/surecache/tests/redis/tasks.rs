//! The store in tasks of tokio: cancelled at any point, and while the server stands still.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use surecache::{Cache, Loading, Policy, Region, Scope, Tags};
use surecache_testkit::{ManualClock, RedisServer, certificate};

use crate::ground::{Dice, Key, LIMIT, config, connections, policy, row, until};
use crate::idle::kill_all;

/// Half of the readers and writers end after some turns, wherever they are then. The others get the
/// key's own value, of a version no older than the last whose invalidation had returned.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_thousand_calls_that_are_cancelled_at_random_bring_no_wrong_value() {
    let server = RedisServer::start();
    call_and_cancel(&server, Ground::at(&server.location()), 400).await;
}

/// A record of TLS that was read in half is nobody's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_over_tls_that_are_cancelled_at_random_bring_no_wrong_value() {
    let server = RedisServer::on_tls("server", &[]);
    let config = config().with_tls_ca_file(certificate("authority"));
    let cache = Cache::open(&server.location(), config).unwrap();
    call_and_cancel(&server, Ground::new(cache), 100).await;
}

async fn call_and_cancel(server: &RedisServer, ground: Ground, calls: usize) {
    let ground = Arc::new(ground);
    let tasks: Vec<_> = (0..50)
        .map(|number| {
            let ground = Arc::clone(&ground);
            tokio::spawn(async move {
                for _ in 0..calls {
                    ground.call(number).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let counts = [&ground.given, &ground.cancelled].map(|count| count.load(Ordering::SeqCst));
    assert!(counts.iter().all(|count| *count > 5 * calls), "given and cancelled: {counts:?}");
    assert!(ground.outcomes("hit") > calls as u64, "nothing was ever found");
    // What was cut off with its task is not left open; the thread that reports has one of its own.
    until("few connections", LIMIT, || connections(server, "surecache") <= 50 + 1);
}

/// Nothing else in the runtime waits for the server.
#[tokio::test(flavor = "current_thread")]
async fn a_server_that_stands_still_stops_no_other_task() {
    let server = RedisServer::start();
    let ground = Ground::at(&server.location());
    assert_eq!(ground.read(1).await, "0 1");
    server.pause();
    let ticks = Arc::new(AtomicUsize::new(0));
    let ticker = tokio::spawn({
        let ticks = Arc::clone(&ticks);
        async move {
            loop {
                tokio::time::sleep(Duration::from_millis(5)).await;
                ticks.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    assert_eq!(ground.read(1).await, "0 1");
    assert_eq!(ground.outcomes("unavailable"), 1);
    // One time-out is fifty ticks long.
    let ticks = ticks.load(Ordering::SeqCst);
    assert!(ticks >= 5, "{ticks} ticks");
    ticker.abort();
    server.resume();
}

/// As in threads: whoever comes after a while finds the answer.
#[tokio::test]
async fn a_connection_of_tasks_that_was_closed_while_idle_costs_no_answer() {
    let (server, clock) = (RedisServer::start(), Arc::new(ManualClock::new()));
    let config = config().with_clock(clock.clone());
    let ground = Ground::new(Cache::open(&server.location(), config).unwrap());
    assert_eq!(ground.read(1).await, "0 1");
    kill_all(&server);
    clock.advance(Duration::from_secs(2));
    assert_eq!(ground.read(1).await, "0 1");
    assert_eq!(ground.outcomes("hit"), 1, "the store was not asked again");
}

/// A service makes one runtime after the other, as a command does that runs tasks now and then.
/// Connections of those that ended are of no use to anybody.
#[test]
fn runtimes_that_have_ended_keep_no_connections() {
    let server = RedisServer::start();
    let config = config().with_max_connections(2);
    let ground = Ground::new(Cache::open(&server.location(), config).unwrap());
    for _ in 0..10 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        assert_eq!(runtime.block_on(ground.read(1)), "0 1");
    }
    assert_eq!(ground.outcomes("hit"), 9);
    let open = connections(&server, "surecache");
    // The thread that reports has one of its own.
    assert!(open <= 3, "{open} connections");
}

/// A cache, and rows that say their version.
pub(crate) struct Ground {
    cache: Cache,
    dice: Dice,
    /// What the rows say.
    row: AtomicU64,
    /// The newest version whose invalidation of all rows has returned.
    invalidated: AtomicU64,
    given: AtomicUsize,
    cancelled: AtomicUsize,
}

impl Ground {
    pub(crate) fn at(location: &str) -> Self {
        Self::new(Cache::open(location, config()).unwrap())
    }

    fn new(cache: Cache) -> Self {
        let (row, invalidated) = (AtomicU64::new(0), AtomicU64::new(0));
        let (given, cancelled) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { cache, dice: Dice::new(5), row, invalidated, given, cancelled }
    }

    pub(crate) fn outcomes(&self, name: &str) -> u64 {
        let statistics = self.cache.core().own_statistics();
        let region = statistics.regions.get(Versions::NAME);
        region.and_then(|region| region.outcomes.get(name).copied()).unwrap_or(0)
    }

    pub(crate) async fn read(&self, id: i64) -> String {
        self.cache.get_or_load(&Versions, &Key { id }, &self.row).await.unwrap()
    }

    /// One in fifty calls writes.
    async fn call(&self, number: u64) {
        if self.dice.roll(50) == 0 {
            return self.write().await;
        }
        let id = i64::try_from(self.dice.roll(10)).unwrap();
        let oldest = self.invalidated.load(Ordering::SeqCst);
        let Some(given) = self.cancelled_at_random(self.read(id)).await else { return };
        let (version, of) = given.split_once(' ').unwrap();
        assert_eq!(of, id.to_string(), "task {number}");
        let version: u64 = version.parse().unwrap();
        assert!(version >= oldest, "task {number}: version {version} after {oldest}");
    }

    async fn write(&self) {
        let version = self.row.fetch_add(1, Ordering::SeqCst) + 1;
        let tags = (0..10).map(row);
        if let Some(told) = self.cancelled_at_random(self.cache.invalidate(tags)).await {
            told.unwrap();
            self.invalidated.fetch_max(version, Ordering::SeqCst);
        }
    }

    /// Drops one call of two after some turns of the runtime, if it has not ended by then.
    async fn cancelled_at_random<T>(&self, call: impl Future<Output = T>) -> Option<T> {
        let turns = async {
            if self.dice.roll(2) == 0 {
                std::future::pending::<()>().await;
            }
            for _ in 0..self.dice.roll(100) {
                tokio::task::yield_now().await;
            }
        };
        let ended = tokio::select! {
            ended = call => Some(ended),
            () = turns => None,
        };
        let count = if ended.is_some() { &self.given } else { &self.cancelled };
        count.fetch_add(1, Ordering::SeqCst);
        ended
    }
}

/// A region whose loads take some turns.
struct Versions;

impl Region for Versions {
    const NAME: &'static str = "versions";
    type Key = Key;
    type Value = String;
    type Origin = AtomicU64;
    type Error = Infallible;

    fn scope(&self, _key: &Key) -> Scope {
        Scope::public("a test")
    }

    fn policy(&self) -> Policy {
        policy()
    }

    fn depends_on(&self, key: &Key, tags: &mut Tags) {
        tags.row("rows", "id", key.id);
    }

    async fn load(
        &self,
        key: &Key,
        row: &AtomicU64,
        _loading: &Loading<'_>,
    ) -> Result<String, Infallible> {
        let version = row.load(Ordering::SeqCst);
        for _ in 0..5 {
            tokio::task::yield_now().await;
        }
        Ok(format!("{version} {}", key.id))
    }
}
