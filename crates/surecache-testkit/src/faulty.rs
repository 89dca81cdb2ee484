//! A store that fails when it is told to.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::BytesMut;
use surecache::stores::{Acquired, EntryKey, Fetched, Reply, Request, Revision, Store};
use surecache::{Error, Moment};

/// Wraps a store; a rule says for each request what goes wrong with it.
///
/// Without a rule it is the wrapped store. A pause, where one is given, is called before and after
/// each request is carried out, in the thread that asks: a test holds a request there, at a
/// barrier or a channel, for as long as its race needs.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use surecache::SystemClock;
/// use surecache::stores::{Memory, Request, Store};
/// use surecache_testkit::{Fault, FaultyStore};
///
/// let memory = Memory::named("doc-faulty", "test", Arc::new(SystemClock));
/// let store = FaultyStore::new(memory).with_rule(|request| match request {
///     Request::Invalidate { .. } => Fault::FailBefore,
///     _ => Fault::None,
/// });
/// assert!(store.call(Request::Clear).is_ok());
/// assert!(store.call(Request::Invalidate { tags: &[] }).is_err());
/// ```
pub struct FaultyStore<S> {
    inner: S,
    rule: Mutex<Box<Rule>>,
    pause: Option<Box<Pause>>,
}

type Rule = dyn FnMut(&Request<'_>) -> Fault + Send;
type Pause = dyn Fn(&Request<'_>, Side) + Send + Sync;

/// What goes wrong with a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fault {
    /// It is carried out, and the asker gets an error.
    FailAfter,
    /// It is not carried out, and the asker gets an error.
    FailBefore,
    /// One bit of each entry in the reply is another; counted from the first, round and round.
    Flip {
        /// Which.
        bit: usize,
    },
    /// Each entry in the reply is replaced by these bytes.
    Foreign(Vec<u8>),
    /// Nothing.
    None,
    /// Each entry in the reply ends after so many bytes.
    Truncate {
        /// How many.
        bytes: usize,
    },
}

/// On which side of a request a pause is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
    /// It was carried out; the asker has no answer yet.
    After,
    /// It was not carried out yet.
    Before,
}

impl<S: Store> FaultyStore<S> {
    /// A store that does as the wrapped one, until it is told otherwise.
    pub fn new(inner: S) -> Self {
        Self { inner, rule: Mutex::new(Box::new(|_| Fault::None)), pause: None }
    }

    /// The same store under a rule, asked once for each request. It is asked by one thread at a
    /// time, and must not ask the store.
    #[must_use]
    pub fn with_rule(mut self, rule: impl FnMut(&Request<'_>) -> Fault + Send + 'static) -> Self {
        self.rule = Mutex::new(Box::new(rule));
        self
    }

    /// The same store with a pause.
    #[must_use]
    pub fn with_pause(
        mut self,
        pause: impl Fn(&Request<'_>, Side) + Send + Sync + 'static,
    ) -> Self {
        self.pause = Some(Box::new(pause));
        self
    }

    fn pause(&self, request: &Request<'_>, side: Side) {
        if let Some(pause) = &self.pause {
            pause(request, side);
        }
    }

    fn fault(&self, request: &Request<'_>) -> Fault {
        (self.rule.lock().unwrap_or_else(PoisonError::into_inner))(request)
    }
}

impl<S: Store> Store for FaultyStore<S> {
    fn call(&self, request: Request<'_>) -> Result<Reply, Error> {
        let fault = self.fault(&request);
        self.pause(&request, Side::Before);
        if fault == Fault::FailBefore {
            return Err(Error::unavailable("told to fail before the request was carried out"));
        }
        let reply = self.inner.call(request.clone());
        self.pause(&request, Side::After);
        if fault == Fault::FailAfter {
            return Err(Error::unavailable("told to fail after the request was carried out"));
        }
        reply.map(|reply| fault.apply_to(reply))
    }

    fn revision(&self, entry: &EntryKey, now: Moment) -> Option<Revision> {
        self.inner.revision(entry, now)
    }

    fn pace(&self) -> Duration {
        self.inner.pace()
    }

    fn keeps_collections(&self) -> bool {
        self.inner.keeps_collections()
    }

    fn is_local(&self) -> bool {
        self.inner.is_local()
    }
}

impl<S: fmt::Debug> fmt::Debug for FaultyStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyStore").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl Fault {
    fn apply_to(&self, mut reply: Reply) -> Reply {
        match &mut reply {
            Reply::Acquired(Acquired::Taken { entry }) | Reply::Fetched(Fetched { entry, .. }) => {
                self.damage(entry)
            }
            Reply::FetchedMany { entries, .. } => {
                entries.iter_mut().for_each(|entry| self.damage(entry));
            }
            _ => {}
        }
        reply
    }

    fn damage(&self, entry: &mut Option<BytesMut>) {
        let Some(bytes) = entry else { return };
        match self {
            Self::Flip { bit } if !bytes.is_empty() => {
                let length = bytes.len();
                bytes[bit / 8 % length] ^= 1 << (bit % 8);
            }
            Self::Foreign(other) => *bytes = other[..].into(),
            Self::Truncate { bytes: length } => bytes.truncate(*length),
            Self::FailAfter | Self::FailBefore | Self::Flip { .. } | Self::None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc;

    use surecache::SystemClock;
    use surecache::stores::{Condition, Memory, Put};

    use super::*;
    use crate::{Ask, unique_name};

    fn memory(name: &str) -> Memory {
        Memory::named(name, "test", Arc::new(SystemClock))
    }

    #[test]
    fn a_failure_before_leaves_everything_and_one_after_does_not() {
        let (key, name) = (EntryKey::plain(b"k"), unique_name());
        for (fault, stored) in [(Fault::FailBefore, false), (Fault::FailAfter, true)] {
            let inner = memory(&name);
            let store = FaultyStore::new(inner.clone()).with_rule(move |_| fault.clone());
            let request = Request::Put {
                entry: &key,
                bytes: b"value",
                expires_unix_ms: u64::MAX,
                condition: Condition::Always,
            };
            assert!(store.call(request).unwrap_err().is_unavailable());
            assert_eq!(inner.entry(&key).is_some(), stored);
        }
    }

    #[test]
    fn damage_reaches_every_entry_in_a_reply() {
        let (key, inner) = (EntryKey::plain(b"k"), memory(&unique_name()));
        assert_eq!(inner.put(&key, &[0, 0, 0], Condition::Always), Put::Stored);
        let damages = [
            (Fault::Flip { bit: 9 }, vec![0, 2, 0]),
            (Fault::Flip { bit: 24 }, vec![1, 0, 0]),
            (Fault::Foreign(vec![7]), vec![7]),
            (Fault::Truncate { bytes: 2 }, vec![0, 0]),
            (Fault::None, vec![0, 0, 0]),
        ];
        for (fault, wanted) in damages {
            let store = FaultyStore::new(inner.clone()).with_rule(move |_| fault.clone());
            assert_eq!(store.entry(&key).as_ref(), Some(&wanted));
            let (many, _) = store.fetch_many(&[key.clone(), key.clone()], &[]);
            assert_eq!(many, [Some(wanted.clone()), Some(wanted)]);
        }
        assert_eq!(inner.entry(&key), Some(vec![0, 0, 0]));
    }

    #[test]
    fn a_pause_holds_a_request_on_either_side() {
        let (key, inner) = (EntryKey::plain(b"k"), memory(&unique_name()));
        let (arrived, arrivals) = mpsc::channel();
        let (resume, resumed) = mpsc::channel();
        let resumed = Mutex::new(resumed);
        let store = FaultyStore::new(inner.clone()).with_pause(move |_, side| {
            arrived.send(side).unwrap();
            resumed.lock().unwrap().recv().unwrap();
        });
        std::thread::scope(|scope| {
            scope.spawn(|| store.put(&key, b"value", Condition::Always));
            assert_eq!(arrivals.recv().unwrap(), Side::Before);
            assert_eq!(inner.entry(&key), None);
            resume.send(()).unwrap();
            assert_eq!(arrivals.recv().unwrap(), Side::After);
            assert_eq!(inner.entry(&key).as_deref(), Some(&b"value"[..]));
            resume.send(()).unwrap();
        });
    }
}
