//! The asynchronous door, for Rust services.

use super::blocking::{fault_error, timed_out};
use super::config::Config;
use super::core::Core;
use super::declaration::{Declaration, Declared};
use super::reading::Question;
use super::region::{LoadError, Region};
use super::registry::Registry;
use super::tags::Tags;
use super::value::{decode, encode};
use crate::base::Error;
use crate::base::sync::Arc;
use crate::entry::{Codec, Refusal};
use crate::flow::future::{self, Caller};
use crate::flow::loading::Load;
use crate::flow::plan::Read;
use crate::flow::step::{Admission, Answer, End, Gain, Loaded, Want};
use crate::key::{CacheKey, KeyBytes, Scope, Tag};
use crate::observe::Statistics;
use crate::store::Store;

/// A cache. Cheap to clone; clones share everything.
///
/// # Examples
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// use std::time::Duration;
/// use surecache::{Cache, CacheKey, Config, Loading, Policy, Region, Scope, Tag, Tags};
///
/// #[derive(CacheKey)]
/// struct UserKey {
///     user_id: i64,
/// }
///
/// struct UserName;
///
/// impl Region for UserName {
///     const NAME: &'static str = "user_name";
///     type Key = UserKey;
///     type Value = String;
///     type Origin = str;
///     type Error = std::io::Error;
///
///     fn scope(&self, _key: &UserKey) -> Scope {
///         Scope::public("names are shown to everybody")
///     }
///     fn policy(&self) -> Policy {
///         Policy::new(Duration::from_secs(300))
///     }
///     fn depends_on(&self, key: &UserKey, tags: &mut Tags) {
///         tags.row("auth_user", "id", key.user_id);
///     }
///     async fn load(
///         &self,
///         key: &UserKey,
///         origin: &str,
///         _loading: &Loading<'_>,
///     ) -> Result<String, std::io::Error> {
///         Ok(format!("{origin}{}", key.user_id))
///     }
/// }
///
/// let config = Config::new("docs").with_secret("a secret of the application");
/// let cache = Cache::open("memory://asynchronous", config)?;
/// let key = UserKey { user_id: 42 };
/// assert_eq!(cache.get_or_load(&UserName, &key, "user").await.unwrap(), "user42");
/// // Found: the origin is not asked.
/// assert_eq!(cache.get_or_load(&UserName, &key, "other").await.unwrap(), "user42");
///
/// cache.invalidate([Tag::row("auth_user", "id", 42)]).await?;
/// assert_eq!(cache.get_or_load(&UserName, &key, "other").await.unwrap(), "other42");
/// # Ok::<(), surecache::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Cache {
    core: Core,
    regions: Registry,
}

impl Cache {
    /// Opens the cache at a location: `memory://name`, `embedded://`, `embedded:///folder`, or with
    /// the feature `redis` `redis://host`, `redis+sentinel://host/service` or `unix:///socket`.
    ///
    /// A server is reached at the first call; the runtime needs I/O enabled then.
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
    /// The load runs in the task of the reader that leads it. Waits for loads of others last at
    /// most twice the policy's wait.
    ///
    /// # Errors
    /// [`LoadError::Loader`] with the loader's error, shared by all who waited for that load;
    /// [`LoadError::Cache`] for a wrong declaration (misuse) or where nobody's load ended in time
    /// (timeout). A store that is down is no error: the answer is loaded.
    ///
    /// # Cancel safety
    /// Dropping the future of a reader that leads a load ends that load; the next waiter takes
    /// over.
    pub async fn get_or_load<R: Region>(
        &self,
        region: &R,
        key: &R::Key,
        origin: &R::Origin,
    ) -> Result<R::Value, LoadError<R::Error>> {
        self.read(region, key, origin, Admission::Full, None).await
    }

    /// As [`Cache::get_or_load`], in a context that may not be trusted to store: inside a
    /// transaction that has written ([`Admission::Bypass`]) or whose snapshot is fixed
    /// ([`Admission::ReadOnly`]). What is loaded then is given to nobody else.
    ///
    /// # Errors
    /// As [`Cache::get_or_load`].
    pub async fn get_or_load_admitted<R: Region>(
        &self,
        admission: Admission,
        region: &R,
        key: &R::Key,
        origin: &R::Origin,
    ) -> Result<R::Value, LoadError<R::Error>> {
        self.read(region, key, origin, admission, None).await
    }

    /// Ends every answer that carries one of the tags. Returned normally, no read that starts
    /// later, in any process, gets an answer that was loaded before.
    ///
    /// All answers made for a principal: `invalidate(Scope::user(42).tags())`.
    ///
    /// # Errors
    /// `Unavailable` where the store did not take it: this process then reads no such answer, and
    /// delivers as soon as the store takes it.
    pub async fn invalidate(&self, tags: impl IntoIterator<Item = Tag>) -> Result<(), Error> {
        let tags: Vec<_> = tags.into_iter().collect();
        self.core.invalidate_in_task(&tags).await
    }

    /// Ends every answer that depends on the rights of one of the principals: whose scope is
    /// declared with `authz`. To be called when rights were taken away; else as
    /// [`Cache::invalidate`].
    ///
    /// # Errors
    /// As [`Cache::invalidate`]; misuse for a public scope, which has no principal.
    pub async fn revoke(&self, principals: &Scope) -> Result<(), Error> {
        self.core.revoke_in_task(principals).await
    }

    /// Deletes one answer, and voids a load of it that is running.
    ///
    /// # Errors
    /// `Unavailable` where the store did not take it.
    pub async fn invalidate_key<R: Region>(&self, region: &R, key: &R::Key) -> Result<(), Error> {
        self.question(region, key, None)?.invalidate_in_task(&self.core).await
    }

    /// The numbers of all processes of this namespace.
    ///
    /// # Errors
    /// `Unavailable` where the store cannot be asked.
    pub async fn statistics(&self) -> Result<Statistics, Error> {
        if self.core.is_local() {
            return self.core.statistics();
        }
        let core = self.core.clone();
        let summed = tokio::task::spawn_blocking(move || core.statistics()).await;
        summed.map_err(|error| Error::unavailable("no thread to ask in").with_source(error))?
    }

    async fn read<R: Region>(
        &self,
        region: &R,
        key: &R::Key,
        origin: &R::Origin,
        admission: Admission,
        outer: Option<Arc<Load>>,
    ) -> Result<R::Value, LoadError<R::Error>> {
        let question = self.question(region, key, outer.as_ref())?;
        let core = &self.core;
        core.reporter().start(core);
        let engine = core.engine();
        let plan = engine.plan(Arc::clone(&question.subject), Want::Load, admission);
        let began = plan.now().uptime;
        let mut walking = Walking {
            cache: self,
            question: &question,
            region,
            key,
            origin,
            outer: outer.clone(),
            value: None,
            end: None,
        };
        future::read(engine, plan, &mut walking).await;
        let Walking { value, end, .. } = walking;
        let Some((end, refusal)) = end else {
            return Err(Error::corrupt("a read ended without an end").into());
        };
        let took = engine.clock.uptime().saturating_sub(began);
        question.ended(core, took, &end, refusal, outer.as_ref());
        finish(end, value)
    }

    fn question<R: Region>(
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

    fn declared<R: Region>(&self, region: &R, authz: bool) -> Result<Declared, Error> {
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

/// What a loader may do beside loading: name dependencies that it finds, and read other regions.
#[derive(Debug)]
pub struct Loading<'a> {
    cache: &'a Cache,
    load: Arc<Load>,
}

impl Loading<'_> {
    /// Adds tags to the answer. To be called before the data they cover is read.
    pub async fn depends(&self, tags: impl IntoIterator<Item = Tag>) {
        let tags: Vec<_> = tags.into_iter().collect();
        self.load.depends_in_task(self.cache.core.engine(), &tags).await;
    }

    /// Reads another region; what its answer depends on, this one depends on too.
    ///
    /// # Errors
    /// As [`Cache::get_or_load`]; misuse where this answer's scope does not cover that one's, or
    /// where a loader asks for the answer that it is loading.
    pub async fn get_or_load<R: Region>(
        &self,
        region: &R,
        key: &R::Key,
        origin: &R::Origin,
    ) -> Result<R::Value, LoadError<R::Error>> {
        let outer = Some(Arc::clone(&self.load));
        Box::pin(self.cache.read(region, key, origin, Admission::Full, outer)).await
    }

    /// The result is given to this caller and to nobody else, and is not stored.
    pub fn forbid_storing(&self) {
        self.load.forbid_storing();
    }
}

struct Walking<'a, R: Region> {
    cache: &'a Cache,
    question: &'a Question,
    region: &'a R,
    key: &'a R::Key,
    origin: &'a R::Origin,
    outer: Option<Arc<Load>>,
    value: Option<R::Value>,
    end: Option<(End, Option<Refusal>)>,
}

impl<R: Region> Caller for Walking<'_, R> {
    async fn load(&mut self, plan: &Read) -> Answer {
        let engine = self.cache.core.engine();
        let began = engine.clock.now();
        let load = match Load::begin(plan.subject(), &self.question.scope, self.outer.clone()) {
            Ok(load) => load,
            Err(error) => return Answer::Failed(Arc::new(error)),
        };
        let loading = Loading { cache: self.cache, load };
        let result = self.region.load(self.key, self.origin, &loading).await;
        let took = engine.clock.uptime().saturating_sub(began.uptime);
        self.question.counters().loaded(took);
        let value = match result {
            Ok(value) => value,
            Err(error) => return Answer::Failed(Arc::new(error)),
        };
        let payload = match encode(&value) {
            Ok(payload) => payload,
            Err(error) => return Answer::Failed(Arc::new(error)),
        };
        self.value = Some(value);
        let (added, is_storable) = loading.load.found(plan.subject());
        Answer::Loaded(Loaded {
            codec: Codec::MessagePack,
            payload: payload.into(),
            added,
            is_storable,
            cost_us: u32::try_from(took.as_micros()).unwrap_or(u32::MAX),
            began_unix_ms: began.unix_ms,
        })
    }

    fn accept(&mut self, plan: &Read, end: &End) -> bool {
        let payload = match &end.gain {
            Gain::Entry(entry) => Some(&entry.payload),
            Gain::Shared(share) => Some(&share.payload),
            Gain::Failed(_) | Gain::Nothing | Gain::Own(_) => None,
        };
        if let Some(payload) = payload {
            self.value = decode(payload);
            if self.value.is_none() {
                return false;
            }
        }
        self.end = Some((end.clone(), plan.refusal()));
        true
    }
}

/// The value, or the error that the end stands for.
fn finish<V, E: Send + Sync + 'static>(end: End, value: Option<V>) -> Result<V, LoadError<E>> {
    match (end.gain, value) {
        (Gain::Failed(fault), _) => Err(fault_error(fault)),
        (_, Some(value)) => Ok(value),
        (_, None) => Err(timed_out(end.outcome).into()),
    }
}
