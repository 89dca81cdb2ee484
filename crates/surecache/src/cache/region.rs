//! What a Rust service declares.

use std::fmt;

use crate::base::Error;
use crate::base::sync::Arc;

#[cfg(feature = "tokio")]
use super::asynchronous::Loading;
#[cfg(feature = "tokio")]
use super::tags::Tags;
#[cfg(feature = "tokio")]
use crate::key::{CacheKey, Scope};
#[cfg(feature = "tokio")]
use crate::policy::Policy;

/// A declared kind of cached answer.
///
/// The loader sees the key and the origin only, by its type: what the answer depends on stands in
/// the declaration, and what the loader finds on the way is told through [`Loading::depends`].
///
/// Declared alike in Python (same name, version, key fields, scope and dependencies), it is the
/// same region: each side hits what the other has filled.
#[cfg(feature = "tokio")]
pub trait Region: Send + Sync + 'static {
    /// The name: unique in the namespace.
    const NAME: &'static str;
    /// The version of the loader's meaning; raise it when the same key gives another answer.
    const VERSION: u32 = 1;
    /// The key.
    type Key: CacheKey + Send + Sync;
    /// The answer.
    type Value: serde::Serialize + serde::de::DeserializeOwned + Send;
    /// Where answers come from: a pool, a client.
    type Origin: ?Sized + Sync;
    /// The loader's error.
    type Error: Send + Sync + 'static;

    /// Who may be given the answer.
    fn scope(&self, key: &Self::Key) -> Scope;

    /// How long answers live.
    fn policy(&self) -> Policy;

    /// What the answer depends on.
    fn depends_on(&self, key: &Self::Key, tags: &mut Tags);

    /// Loads the answer. Implementors write `async fn load`.
    fn load(
        &self,
        key: &Self::Key,
        origin: &Self::Origin,
        loading: &Loading<'_>,
    ) -> impl Future<Output = Result<Self::Value, Self::Error>> + Send;
}

/// Why there is no answer.
pub enum LoadError<E> {
    /// The cache could not give one: nobody's load ended in time, or the declaration is wrong.
    Cache(Error),
    /// The loader's own error, shared with all who waited for that load.
    Loader(Arc<E>),
}

impl<E: fmt::Debug> fmt::Debug for LoadError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cache(error) => f.debug_tuple("Cache").field(error).finish(),
            Self::Loader(error) => f.debug_tuple("Loader").field(error).finish(),
        }
    }
}

impl<E: fmt::Display> fmt::Display for LoadError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cache(error) => error.fmt(f),
            Self::Loader(error) => error.fmt(f),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for LoadError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Cache(error) => std::error::Error::source(error),
            Self::Loader(error) => std::error::Error::source(error.as_ref()),
        }
    }
}

impl<E> From<Error> for LoadError<E> {
    fn from(error: Error) -> Self {
        Self::Cache(error)
    }
}
