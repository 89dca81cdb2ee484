//! The blocking door, for Rust programs without a runtime.

use std::convert::Infallible;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::config::Config;
use super::core::Core;
use super::declaration::{Declaration, Declared};
use super::reading::{Brought, Encoded, Finish, Loader, Question};
use super::region::LoadError;
use super::registry::Registry;
use super::tags::Tags;
use super::value::{decode, encode};
use crate::base::Error;
use crate::base::sync::Arc;
use crate::entry::{Codec, Payload};
use crate::flow::loading::Load;
use crate::flow::step::{Admission, Fault};
use crate::key::{CacheKey, KeyBytes, Scope, Tag};
use crate::observe::{Outcome, Statistics};
use crate::policy::Policy;
use crate::store::Store;

/// A declared kind of cached answer whose loader blocks; else as the asynchronous `Region`.
pub trait BlockingRegion: Send + Sync + 'static {
    /// The name: unique in the namespace.
    const NAME: &'static str;
    /// The version of the loader's meaning; raise it when the same key gives another answer.
    const VERSION: u32 = 1;
    /// The key.
    type Key: CacheKey;
    /// The answer.
    type Value: Serialize + DeserializeOwned;
    /// Where answers come from.
    type Origin: ?Sized;
    /// The loader's error.
    type Error: Send + Sync + 'static;

    /// Who may be given the answer.
    fn scope(&self, key: &Self::Key) -> Scope;

    /// How long answers live.
    fn policy(&self) -> Policy;

    /// What the answer depends on.
    fn depends_on(&self, key: &Self::Key, tags: &mut Tags);

    /// Loads the answer.
    ///
    /// # Errors
    /// The loader's own; it is shared with all who wait for this load.
    fn load(
        &self,
        key: &Self::Key,
        origin: &Self::Origin,
        loading: &BlockingLoading<'_>,
    ) -> Result<Self::Value, Self::Error>;
}

/// A cache whose calls block the thread. Cheap to clone.
#[derive(Clone, Debug)]
pub struct BlockingCache {
    core: Core,
    regions: Registry,
}

impl BlockingCache {
    /// Opens the cache at a location: `memory://name`, `embedded://`, `embedded:///folder`, or with
    /// the feature `redis` `redis://host`, `redis+sentinel://host/service` or `unix:///socket`.
    ///
    /// A server is reached at the first call.
    ///
    /// # Errors
    /// Misuse for a location or a setting that makes no sense, `Unavailable` where the store cannot
    /// be opened.
    pub fn open(location: &str, config: Config) -> Result<Self, Error> {
        Ok(Self::new(Core::open(location, &config)?))
    }

    /// A cache on a store of the caller's making.
    ///
    /// # Errors
    /// Misuse where the settings make no sense.
    pub fn with_store(store: Arc<dyn Store>, config: &Config) -> Result<Self, Error> {
        Ok(Self::new(Core::with_store(store, config)?))
    }

    /// The door to a core.
    pub fn new(core: Core) -> Self {
        Self { core, regions: Registry::default() }
    }

    /// What all doors of this cache share.
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// The answer of a region: found, or loaded by one of those who ask for it.
    ///
    /// # Errors
    /// As the asynchronous door.
    pub fn get_or_load<R: BlockingRegion>(
        &self,
        region: &R,
        key: &R::Key,
        origin: &R::Origin,
    ) -> Result<R::Value, LoadError<R::Error>> {
        self.read(region, key, origin, Admission::Full, None)
    }

    /// As [`BlockingCache::get_or_load`], in a context that may not be trusted to store.
    ///
    /// # Errors
    /// As the asynchronous door.
    pub fn get_or_load_admitted<R: BlockingRegion>(
        &self,
        admission: Admission,
        region: &R,
        key: &R::Key,
        origin: &R::Origin,
    ) -> Result<R::Value, LoadError<R::Error>> {
        self.read(region, key, origin, admission, None)
    }

    /// Ends every answer that carries one of the tags. Returned normally, no read that starts
    /// later, in any process, gets an answer that was loaded before.
    ///
    /// All answers made for a principal: `invalidate(Scope::user(42).tags())`.
    ///
    /// # Errors
    /// `Unavailable` where the store did not take it.
    pub fn invalidate(&self, tags: impl IntoIterator<Item = Tag>) -> Result<(), Error> {
        let tags: Vec<_> = tags.into_iter().collect();
        self.core.invalidate(&tags)
    }

    /// Ends every answer that depends on the rights of one of the principals: whose scope is
    /// declared with `authz`. To be called when rights were taken away; else as
    /// [`BlockingCache::invalidate`].
    ///
    /// # Errors
    /// As [`BlockingCache::invalidate`]; misuse for a public scope, which has no principal.
    pub fn revoke(&self, principals: &Scope) -> Result<(), Error> {
        self.core.revoke(principals)
    }

    /// Deletes one answer, and voids a load of it that is running.
    ///
    /// # Errors
    /// `Unavailable` where the store did not take it.
    pub fn invalidate_key<R: BlockingRegion>(&self, region: &R, key: &R::Key) -> Result<(), Error> {
        self.question(region, key, None)?.invalidate(&self.core)
    }

    /// The numbers of all processes of this namespace.
    ///
    /// # Errors
    /// `Unavailable` where the store cannot be asked.
    pub fn statistics(&self) -> Result<Statistics, Error> {
        self.core.statistics()
    }

    fn read<R: BlockingRegion>(
        &self,
        region: &R,
        key: &R::Key,
        origin: &R::Origin,
        admission: Admission,
        outer: Option<&Arc<Load>>,
    ) -> Result<R::Value, LoadError<R::Error>> {
        let question = self.question(region, key, outer)?;
        let mut one = One { cache: self, region, key, origin, value: None };
        let ended = question.get_or_load(&self.core, admission, outer, &mut one);
        let (outcome, finish) = match ended {
            Ok(ended) => ended,
            Err(Ok(never)) => match never {},
            Err(Err(error)) => return Err(error.into()),
        };
        match (finish, one.value) {
            (Finish::Failed(fault), _) => Err(fault_error(fault)),
            (_, Some(value)) => Ok(value),
            (_, None) => Err(timed_out(outcome).into()),
        }
    }

    fn question<R: BlockingRegion>(
        &self,
        region: &R,
        key: &R::Key,
        outer: Option<&Arc<Load>>,
    ) -> Result<Question, Error> {
        let scope = region.scope(key);
        let declared = self.declared(region, scope.has_authz())?;
        let mut depends = Tags::new();
        region.depends_on(key, &mut depends);
        Question::new(&declared, scope, &KeyBytes::of(key), &depends, outer)
    }

    fn declared<R: BlockingRegion>(&self, region: &R, authz: bool) -> Result<Declared, Error> {
        self.regions.region::<R>(R::NAME, || {
            let declaration = Declaration {
                name: R::NAME.to_owned(),
                version: R::VERSION,
                fields: R::Key::fields(),
                codec: Codec::MessagePack,
                policy: region.policy(),
            };
            Declared::new(&self.core, declaration, authz)
        })
    }
}

/// What a loader may do beside loading.
#[derive(Debug)]
pub struct BlockingLoading<'a> {
    cache: &'a BlockingCache,
    load: Arc<Load>,
}

impl BlockingLoading<'_> {
    /// Adds tags to the answer. To be called before the data they cover is read.
    pub fn depends(&self, tags: impl IntoIterator<Item = Tag>) {
        let tags: Vec<_> = tags.into_iter().collect();
        self.load.depends(self.cache.core.engine(), &tags);
    }

    /// Reads another region; what its answer depends on, this one depends on too.
    ///
    /// # Errors
    /// As [`BlockingCache::get_or_load`]; misuse where this answer's scope does not cover that
    /// one's, or where a loader asks for the answer that it is loading.
    pub fn get_or_load<R: BlockingRegion>(
        &self,
        region: &R,
        key: &R::Key,
        origin: &R::Origin,
    ) -> Result<R::Value, LoadError<R::Error>> {
        self.cache.read(region, key, origin, Admission::Full, Some(&self.load))
    }

    /// The result is given to this caller and to nobody else, and is not stored.
    pub fn forbid_storing(&self) {
        self.load.forbid_storing();
    }
}

struct One<'a, R: BlockingRegion> {
    cache: &'a BlockingCache,
    region: &'a R,
    key: &'a R::Key,
    origin: &'a R::Origin,
    value: Option<R::Value>,
}

impl<R: BlockingRegion> Loader for One<'_, R> {
    type Abort = Infallible;

    fn load(&mut self, load: &Arc<Load>) -> Result<Brought, Infallible> {
        let loading = BlockingLoading { cache: self.cache, load: Arc::clone(load) };
        let value = match self.region.load(self.key, self.origin, &loading) {
            Ok(value) => value,
            Err(error) => return Ok(Err(Arc::new(error))),
        };
        let encoded = encode(&value);
        self.value = Some(value);
        Ok(match encoded {
            Ok(bytes) => Ok(Encoded { codec: Codec::MessagePack, bytes }),
            Err(error) => Err(Arc::new(error)),
        })
    }

    fn decode(&mut self, _codec: Codec, payload: &Payload) -> bool {
        self.value = decode(payload);
        self.value.is_some()
    }

    fn block<T: Send>(&mut self, wait: impl FnOnce() -> T + Send) -> T {
        wait()
    }
}

/// The loader's error, or the cache's that stood in its place.
pub(super) fn fault_error<E: Send + Sync + 'static>(fault: Fault) -> LoadError<E> {
    match fault.downcast::<E>() {
        Ok(error) => LoadError::Loader(error),
        Err(fault) => LoadError::Cache(match fault.downcast::<Error>() {
            Ok(error) => Error::new(error.kind(), error.to_string()),
            Err(_) => Error::misuse("wanted one loader type for a region, found another's error"),
        }),
    }
}

/// Nobody's load ended in time.
pub(super) fn timed_out(outcome: Outcome) -> Error {
    Error::timeout(format!(
        "wanted an answer within twice the region's wait, found: {}",
        outcome.name()
    ))
}
