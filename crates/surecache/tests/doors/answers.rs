//! A region whose loader does what the test says, step by step, through either door.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use surecache::{BlockingLoading, BlockingRegion, CacheKey, LoadError, Policy, Scope, Tag, Tags};
#[cfg(feature = "tokio")]
use surecache::{Loading, Region};

/// The key of every region here.
#[derive(CacheKey, Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Key {
    pub(crate) user_id: i64,
    pub(crate) team_id: i64,
}

/// The key of a user, in team 1.
pub(crate) fn user(user_id: i64) -> Key {
    Key { user_id, team_id: 1 }
}

/// What is declared, beside name and version.
#[derive(Clone)]
pub(crate) struct Spec {
    pub(crate) policy: Policy,
    pub(crate) scope: Arc<ScopeOf>,
    pub(crate) depends: Arc<TagsOf>,
}

type ScopeOf = dyn Fn(&Key) -> Scope + Send + Sync;
type TagsOf = dyn Fn(&Key, &mut Tags) + Send + Sync;

impl Spec {
    /// Public, without dependencies; five minutes, to the millisecond, with no early refresh.
    pub(crate) fn public() -> Self {
        let policy = Policy { jitter: 0.0, beta: 0.0, soft_share: 1.0, ..Policy::new(TTL) };
        Self { policy, scope: Arc::new(|_| Scope::public("a test")), depends: Arc::new(|_, _| {}) }
    }

    pub(crate) fn with_policy(mut self, change: impl FnOnce(Policy) -> Policy) -> Self {
        self.policy = change(self.policy);
        self
    }

    pub(crate) fn with_scope(
        mut self,
        scope: impl Fn(&Key) -> Scope + Send + Sync + 'static,
    ) -> Self {
        self.scope = Arc::new(scope);
        self
    }

    /// For the user of the key only.
    pub(crate) fn for_user(self) -> Self {
        self.with_scope(|key| Scope::user(key.user_id))
    }

    /// Depends on the row of the key's user.
    pub(crate) fn on_user_row(mut self) -> Self {
        self.depends = Arc::new(|key, tags| {
            tags.row("users", "id", key.user_id);
        });
        self
    }
}

/// The TTL of [`Spec::public`].
pub(crate) const TTL: Duration = Duration::from_secs(300);

/// A region: `outer` (0) or `inner` (1), in a version.
pub(crate) struct Answers<const NAME: u8, const VERSION: u32>(pub(crate) Spec);

/// Which of the regions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Which {
    Inner,
    Outer,
    /// The outer one as another version of the service has it: in a door of its own.
    OuterNewer,
}

/// What a loader does, in order. Its answer is what its parts gave, joined by `+`.
pub(crate) type Script = Vec<Act>;

pub(crate) enum Act {
    Depends(Vec<Tag>),
    Forbid,
    /// Reads a region inside the load; its error becomes the loader's.
    Read(Which, Spec, Key, Script),
    Run(Box<dyn Fn() -> Result<String, Failure> + Send + Sync>),
}

/// What a loader failed with.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Failure(pub(crate) String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn inner_failed(error: &LoadError<Failure>) -> Failure {
    Failure(format!("{error:?}"))
}

/// Loads that were begun.
#[derive(Clone, Debug, Default)]
pub(crate) struct Loads(Arc<AtomicUsize>);

impl Loads {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn begin(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// A loader that gives a text.
    pub(crate) fn say(&self, text: &str) -> Script {
        let text = text.to_owned();
        self.run(move |_| Ok(text.clone()))
    }

    /// A loader that fails.
    pub(crate) fn fail(&self, text: &str) -> Script {
        let text = text.to_owned();
        self.run(move |_| Err(Failure(text.clone())))
    }

    /// A loader that reads a row.
    pub(crate) fn read(&self, row: &Row) -> Script {
        let row = row.clone();
        self.run(move |_| Ok(row.get()))
    }

    /// A loader that is given its number, from 1.
    pub(crate) fn run(
        &self,
        act: impl Fn(usize) -> Result<String, Failure> + Send + Sync + 'static,
    ) -> Script {
        let loads = self.clone();
        vec![Act::Run(Box::new(move || act(loads.begin())))]
    }
}

/// A value of the origin that a test changes.
#[derive(Clone, Debug)]
pub(crate) struct Row(Arc<Mutex<String>>);

impl Row {
    pub(crate) fn new(text: &str) -> Self {
        Self(Arc::new(Mutex::new(text.to_owned())))
    }

    pub(crate) fn get(&self) -> String {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn set(&self, text: &str) {
        text.clone_into(&mut self.0.lock().unwrap());
    }
}

const NAMES: [&str; 2] = ["outer", "inner"];

impl<const NAME: u8, const VERSION: u32> BlockingRegion for Answers<NAME, VERSION> {
    const NAME: &'static str = NAMES[NAME as usize];
    const VERSION: u32 = VERSION;
    type Key = Key;
    type Value = String;
    type Origin = Script;
    type Error = Failure;

    fn scope(&self, key: &Key) -> Scope {
        (self.0.scope)(key)
    }

    fn policy(&self) -> Policy {
        self.0.policy.clone()
    }

    fn depends_on(&self, key: &Key, tags: &mut Tags) {
        (self.0.depends)(key, tags);
    }

    fn load(
        &self,
        _key: &Key,
        script: &Script,
        loading: &BlockingLoading<'_>,
    ) -> Result<String, Failure> {
        let mut parts = Vec::new();
        for act in script {
            match act {
                Act::Depends(tags) => loading.depends(tags.iter().cloned()),
                Act::Forbid => loading.forbid_storing(),
                Act::Read(which, spec, key, script) => {
                    let spec = spec.clone();
                    let read = match which {
                        Which::Inner => loading.get_or_load(&Answers::<1, 1>(spec), key, script),
                        Which::Outer => loading.get_or_load(&Answers::<0, 1>(spec), key, script),
                        Which::OuterNewer => unreachable!("it has a door of its own"),
                    };
                    parts.push(read.map_err(|error| inner_failed(&error))?);
                }
                Act::Run(run) => parts.push(run()?),
            }
        }
        Ok(parts.join("+"))
    }
}

#[cfg(feature = "tokio")]
impl<const NAME: u8, const VERSION: u32> Region for Answers<NAME, VERSION> {
    const NAME: &'static str = NAMES[NAME as usize];
    const VERSION: u32 = VERSION;
    type Key = Key;
    type Value = String;
    type Origin = Script;
    type Error = Failure;

    fn scope(&self, key: &Key) -> Scope {
        (self.0.scope)(key)
    }

    fn policy(&self) -> Policy {
        self.0.policy.clone()
    }

    fn depends_on(&self, key: &Key, tags: &mut Tags) {
        (self.0.depends)(key, tags);
    }

    async fn load(
        &self,
        _key: &Key,
        script: &Script,
        loading: &Loading<'_>,
    ) -> Result<String, Failure> {
        perform(script, loading).await
    }
}

/// A step may read a region whose loader has steps: the type of this future must not contain its
/// own.
#[cfg(feature = "tokio")]
fn perform<'a>(
    script: &'a Script,
    loading: &'a Loading<'_>,
) -> std::pin::Pin<Box<dyn Future<Output = Result<String, Failure>> + Send + 'a>> {
    Box::pin(async move {
        let mut parts = Vec::new();
        for act in script {
            match act {
                Act::Depends(tags) => loading.depends(tags.iter().cloned()).await,
                Act::Forbid => loading.forbid_storing(),
                Act::Read(which, spec, key, script) => {
                    let spec = spec.clone();
                    let read = match which {
                        Which::Inner => {
                            loading.get_or_load(&Answers::<1, 1>(spec), key, script).await
                        }
                        Which::Outer => {
                            loading.get_or_load(&Answers::<0, 1>(spec), key, script).await
                        }
                        Which::OuterNewer => unreachable!("it has a door of its own"),
                    };
                    parts.push(read.map_err(|error| inner_failed(&error))?);
                }
                Act::Run(run) => parts.push(run()?),
            }
        }
        Ok(parts.join("+"))
    })
}

/// Of these texts, no two alike.
pub(crate) fn are_different(texts: &[String]) -> bool {
    texts.iter().collect::<BTreeSet<_>>().len() == texts.len()
}
