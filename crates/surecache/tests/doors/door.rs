//! One way to ask either door.

use surecache::driver::Core;
use surecache::{Admission, BlockingCache, Error, LoadError, Scope, Statistics, Summary, Tag};

use crate::answers::{Answers, Failure, Key, Script, Spec, Which};

/// What a read gives.
pub(crate) type Given = Result<String, LoadError<Failure>>;

/// A door to a cache. Two doors that were opened apart share no flights, as two processes do.
#[derive(Clone)]
pub(crate) enum Door {
    #[cfg(feature = "tokio")]
    Asynchronous(surecache::Cache, std::sync::Arc<tokio::runtime::Runtime>),
    Blocking(BlockingCache),
}

/// Which door.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    #[cfg(feature = "tokio")]
    Asynchronous,
    Blocking,
}

/// Calls a method of the door that is open; a future is awaited in this thread.
macro_rules! ask {
    ($door:expr, |$cache:ident| $call:expr) => {
        match $door {
            #[cfg(feature = "tokio")]
            Door::Asynchronous($cache, runtime) => runtime.block_on($call),
            Door::Blocking($cache) => $call,
        }
    };
}

impl Door {
    pub(crate) fn new(kind: Kind, core: Core) -> Self {
        match kind {
            #[cfg(feature = "tokio")]
            Kind::Asynchronous => {
                let runtime = tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(2)
                    .enable_all()
                    .build()
                    .unwrap();
                Self::Asynchronous(surecache::Cache::new(core), runtime.into())
            }
            Kind::Blocking => Self::Blocking(BlockingCache::new(core)),
        }
    }

    /// Reads the outer region.
    pub(crate) fn get(&self, spec: &Spec, key: &Key, script: &Script) -> Given {
        self.get_from(Which::Outer, spec, key, script)
    }

    pub(crate) fn get_from(&self, which: Which, spec: &Spec, key: &Key, script: &Script) -> Given {
        let spec = spec.clone();
        match which {
            Which::Inner => {
                let region = &Answers::<1, 1>(spec);
                ask!(self, |cache| cache.get_or_load(region, key, script))
            }
            Which::Outer => {
                let region = &Answers::<0, 1>(spec);
                ask!(self, |cache| cache.get_or_load(region, key, script))
            }
            Which::OuterNewer => {
                let region = &Answers::<0, 2>(spec);
                ask!(self, |cache| cache.get_or_load(region, key, script))
            }
        }
    }

    pub(crate) fn get_admitted(
        &self,
        admission: Admission,
        spec: &Spec,
        key: &Key,
        script: &Script,
    ) -> Given {
        let region = &Answers::<0, 1>(spec.clone());
        ask!(self, |cache| cache.get_or_load_admitted(admission, region, key, script))
    }

    pub(crate) fn invalidate(&self, tags: impl IntoIterator<Item = Tag>) -> Result<(), Error> {
        ask!(self, |cache| cache.invalidate(tags))
    }

    pub(crate) fn revoke(&self, principals: &Scope) -> Result<(), Error> {
        ask!(self, |cache| cache.revoke(principals))
    }

    /// Deletes one answer of the outer region.
    pub(crate) fn invalidate_key(&self, spec: &Spec, key: &Key) -> Result<(), Error> {
        let region = &Answers::<0, 1>(spec.clone());
        ask!(self, |cache| cache.invalidate_key(region, key))
    }

    /// The numbers of all doors to the same store.
    pub(crate) fn statistics(&self) -> Statistics {
        ask!(self, |cache| cache.statistics()).unwrap()
    }

    /// The numbers of the outer region, of this door.
    pub(crate) fn summary(&self) -> Summary {
        let statistics = self.core().own_statistics();
        statistics.regions.get("outer").cloned().unwrap_or_default()
    }

    /// How often reads of the outer region ended so.
    pub(crate) fn outcomes(&self, name: &str) -> u64 {
        self.summary().outcomes.get(name).copied().unwrap_or(0)
    }

    /// How often entries of the outer region were refused so.
    pub(crate) fn refusals(&self, name: &str) -> u64 {
        self.summary().refusals.get(name).copied().unwrap_or(0)
    }

    pub(crate) fn core(&self) -> &Core {
        match self {
            #[cfg(feature = "tokio")]
            Self::Asynchronous(cache, _) => cache.core(),
            Self::Blocking(cache) => cache.core(),
        }
    }
}
