//! Where a test happens: which door, which store, whose clock.

use std::sync::Arc;
use std::time::Duration;

use surecache::driver::Core;
use surecache::stores::{Memory, Reply, Request, Store};
use surecache::{Clock, Config, Error, SystemClock};
#[cfg(feature = "embedded")]
use surecache_testkit::Folder;
#[cfg(feature = "redis")]
use surecache_testkit::RedisServer;
use surecache_testkit::{Fault, FaultyStore, ManualClock, unique_name};

use crate::door::{Door, Kind};

/// A store that starts empty, and doors to it.
pub(crate) struct Ground {
    kind: Kind,
    place: Place,
    clock: Option<Arc<ManualClock>>,
}

/// Which store.
#[derive(Debug)]
pub(crate) enum Place {
    #[cfg(feature = "embedded")]
    Embedded(Folder),
    Memory(String),
    #[cfg(feature = "redis")]
    Redis(Box<RedisServer>),
}

impl Place {
    pub(crate) fn memory() -> Self {
        Self::Memory(unique_name())
    }

    #[cfg(feature = "embedded")]
    pub(crate) fn embedded() -> Self {
        Self::Embedded(Folder::new())
    }

    #[cfg(feature = "redis")]
    pub(crate) fn redis() -> Self {
        Self::Redis(Box::new(RedisServer::start()))
    }
}

impl Ground {
    /// On the machine's clock.
    pub(crate) fn new(kind: Kind, place: Place) -> Self {
        Self { kind, place, clock: None }
    }

    /// The same on a clock that stands still.
    pub(crate) fn with_manual_clock(&self) -> Self {
        let place = match &self.place {
            #[cfg(feature = "embedded")]
            Place::Embedded(_) => Place::embedded(),
            Place::Memory(_) => Place::memory(),
            #[cfg(feature = "redis")]
            Place::Redis(_) => Place::Redis(Box::new(RedisServer::on_manual_time())),
        };
        Self { kind: self.kind, place, clock: Some(Arc::new(ManualClock::new())) }
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, by: Duration) {
        self.clock.as_ref().expect("a manual clock").advance(by);
        #[cfg(feature = "redis")]
        if let Place::Redis(server) = &self.place {
            server.age(by);
        }
    }

    /// The manual clock itself.
    pub(crate) fn clock(&self) -> Arc<ManualClock> {
        Arc::clone(self.clock.as_ref().expect("a manual clock"))
    }

    /// A door, as a process of its own would have it.
    pub(crate) fn door(&self) -> Door {
        self.door_with(self.config().with_secret(SECRET))
    }

    /// A door with secrets of the test's choice.
    pub(crate) fn door_with(&self, config: Config) -> Door {
        Door::new(self.kind, Core::with_store(self.store(), &config).unwrap())
    }

    /// A door to a store that fails by a rule.
    pub(crate) fn door_on(&self, rule: impl FnMut(&Request<'_>) -> Fault + Send + 'static) -> Door {
        self.door_on_with(rule, self.config().with_secret(SECRET))
    }

    /// As `door_on`, with settings of the test's choice.
    pub(crate) fn door_on_with(
        &self,
        rule: impl FnMut(&Request<'_>) -> Fault + Send + 'static,
        config: Config,
    ) -> Door {
        let store = FaultyStore::new(Whole(self.store())).with_rule(rule);
        Door::new(self.kind, Core::with_store(Arc::new(store), &config).unwrap())
    }

    /// The settings, without a secret.
    pub(crate) fn config(&self) -> Config {
        Config::new(NAMESPACE).with_clock(self.time())
    }

    /// The store itself.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        match &self.place {
            #[cfg(feature = "embedded")]
            Place::Embedded(folder) => {
                use surecache::stores::{Embedded, EmbeddedOptions};
                let options = EmbeddedOptions::default();
                let store = Embedded::open(folder.path(), NAMESPACE, &options, self.time());
                Arc::new(store.unwrap())
            }
            Place::Memory(name) => Arc::new(Memory::named(name, NAMESPACE, self.time())),
            #[cfg(feature = "redis")]
            Place::Redis(server) => {
                use surecache::stores::{Redis, RedisOptions};
                let options = RedisOptions::parse(&server.location()).unwrap();
                Arc::new(Redis::open(options, NAMESPACE, self.time()).unwrap())
            }
        }
    }

    fn time(&self) -> Arc<dyn Clock> {
        match &self.clock {
            Some(clock) => Arc::clone(clock) as Arc<dyn Clock>,
            None => Arc::new(SystemClock),
        }
    }
}

/// A store behind a pointer, as a store that can be wrapped.
#[derive(Debug)]
struct Whole(Arc<dyn Store>);

impl Store for Whole {
    fn call(&self, request: Request<'_>) -> Result<Reply, Error> {
        self.0.call(request)
    }

    fn pace(&self) -> Duration {
        self.0.pace()
    }

    fn is_local(&self) -> bool {
        self.0.is_local()
    }
}

pub(crate) const SECRET: &str = "the secret of the tests";

const NAMESPACE: &str = "doors";

/// Makes each function, which takes a [`Ground`], a test for each door on each store.
macro_rules! on_each_ground {
    ($($test:ident),+ $(,)?) => {
        mod blocking_memory {
            $(#[test]
            fn $test() {
                super::$test(&$crate::ground::Ground::new(
                    $crate::door::Kind::Blocking,
                    $crate::ground::Place::memory(),
                ));
            })+
        }

        #[cfg(feature = "embedded")]
        mod blocking_embedded {
            $(#[test]
            fn $test() {
                super::$test(&$crate::ground::Ground::new(
                    $crate::door::Kind::Blocking,
                    $crate::ground::Place::embedded(),
                ));
            })+
        }

        #[cfg(feature = "redis")]
        mod blocking_redis {
            $(#[test]
            fn $test() {
                super::$test(&$crate::ground::Ground::new(
                    $crate::door::Kind::Blocking,
                    $crate::ground::Place::redis(),
                ));
            })+
        }

        #[cfg(all(feature = "redis", feature = "tokio"))]
        mod asynchronous_redis {
            $(#[test]
            fn $test() {
                super::$test(&$crate::ground::Ground::new(
                    $crate::door::Kind::Asynchronous,
                    $crate::ground::Place::redis(),
                ));
            })+
        }

        #[cfg(feature = "tokio")]
        mod asynchronous_memory {
            $(#[test]
            fn $test() {
                super::$test(&$crate::ground::Ground::new(
                    $crate::door::Kind::Asynchronous,
                    $crate::ground::Place::memory(),
                ));
            })+
        }

        #[cfg(all(feature = "embedded", feature = "tokio"))]
        mod asynchronous_embedded {
            $(#[test]
            fn $test() {
                super::$test(&$crate::ground::Ground::new(
                    $crate::door::Kind::Asynchronous,
                    $crate::ground::Place::embedded(),
                ));
            })+
        }
    };
}

pub(crate) use on_each_ground;
