//! Where a test happens: a store that is empty at first, and caches on it.

use std::time::Duration;

use surecache::{BlockingCache, Cache, Clock as _, Config, SystemClock, Term};
use surecache_testkit::{Folder, RedisServer, unique_name};

/// A store, and a namespace in it of the test's own.
#[derive(Debug)]
pub(crate) struct Ground {
    location: String,
    namespace: String,
    _folder: Option<Folder>,
}

impl Ground {
    pub(crate) fn memory() -> Self {
        Self::at(format!("memory://{}", unique_name()), None)
    }

    pub(crate) fn embedded() -> Self {
        let folder = Folder::new();
        Self::at(format!("embedded://{}", folder.path().display()), Some(folder))
    }

    pub(crate) fn redis() -> Self {
        Self::at(RedisServer::shared().location(), None)
    }

    pub(crate) fn at(location: String, folder: Option<Folder>) -> Self {
        Self { location, namespace: unique_name(), _folder: folder }
    }

    pub(crate) fn location(&self) -> &str {
        &self.location
    }

    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// A cache. Two share nothing but the store, as two processes do.
    pub(crate) fn cache(&self) -> BlockingCache {
        BlockingCache::open(&self.location, self.config()).unwrap()
    }

    pub(crate) fn cache_for_tasks(&self) -> Cache {
        Cache::open(&self.location, self.config()).unwrap()
    }

    fn config(&self) -> Config {
        Config::new(&self.namespace).with_secret("the secret of the tests")
    }
}

/// Waits until something is so; looks again and again.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = SystemClock.uptime();
    while !is_so() {
        assert!(SystemClock.uptime() - began < LIMIT, "within {LIMIT:?}: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

pub(crate) fn fixed(millis: u64) -> Term {
    Term::fixed(Duration::from_millis(millis)).unwrap()
}

/// A lease that a busy machine keeps.
pub(crate) fn renewed() -> Term {
    Term::renewed(LEASE).unwrap()
}

pub(crate) const LEASE: Duration = Duration::from_millis(250);

/// No test waits longer for anything that is to come.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// Far longer than a test lasts: what falls free within one did not fall by time.
pub(crate) const HOUR_MS: u64 = 3_600_000;

/// A test of each function, on each store.
macro_rules! on_every_store {
    ($($name:ident)*) => {
        mod memory { $( #[test] fn $name() { super::$name(&crate::ground::Ground::memory()); } )* }
        mod embedded {
            $( #[test] fn $name() { super::$name(&crate::ground::Ground::embedded()); } )*
        }
        mod redis { $( #[test] fn $name() { super::$name(&crate::ground::Ground::redis()); } )* }
    };
}
pub(crate) use on_every_store;
