//! The store that all processes of one machine or container share: memory-mapped files, no server.
//!
//! Entries lie in four LMDB environments, each with its own writer, and the leases on them beside
//! them; generations, reports and locks in a fifth. What must not be done with LMDB, and what
//! breaks otherwise, stands at the head of each file; what the files look like, in
//! `docs/reference/embedded.md`. A reader begins at `registry`, then `entries`.

mod bells;
mod control;
mod counts;
mod entries;
mod environment;
mod evict;
mod folder;
mod gate;
mod generations;
mod home;
mod leases;
mod locks;
mod machine;
mod opened;
mod options;
mod record;
mod registry;
mod reports;
mod revisions;
mod runs;
mod scan;
mod strain;
mod threads;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use counts::EmbeddedCounts;
use entries::{Call, Value};
use leases::Wanted;
use locks::Claim;
pub use options::EmbeddedOptions;
use record::Names;
use registry::{Look, Shared};
use scan::{Cursor, Walk};

use super::{Fetched, Reply, Request, Revision, Store, Watch, keeps_no_collections};
use crate::base::sync::Arc;
use crate::base::{Clock, Error, ErrorKind, Moment, random};
use crate::key::{EntryKey, LockName};

/// Keeps everything in files that all processes of the machine map.
///
/// - **Processes.** All that name the same folder share the store, and each opens it once, however
///   many handles it makes. Namespaces in a folder are apart, but share its room.
/// - **Forks.** A handle works in a forked child, which opens the files anew at its first call.
/// - **Durability.** The contents survive processes, not a restart of the machine.
/// - **Full.** Beyond four fifths of its room it evicts; on a full disk it keeps to the room that
///   it has. Deletes and invalidations hold in any case.
/// - **Damage.** Files found damaged are set aside for fresh ones, and all processes change over.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use surecache::SystemClock;
/// use surecache::stores::{Embedded, EmbeddedOptions, Reply, Request, Store};
///
/// # let folder = std::env::temp_dir().join(format!("surecache-doc-{}", std::process::id()));
/// let clock = Arc::new(SystemClock);
/// let store = Embedded::open(&folder, "prod", &EmbeddedOptions::new(), clock)?;
/// assert!(matches!(store.call(Request::Clear)?, Reply::Done));
/// # drop(store);
/// # std::fs::remove_dir_all(folder).unwrap();
/// # Ok::<(), surecache::Error>(())
/// ```
#[derive(Debug)]
pub struct Embedded {
    shared: Shared,
    namespace: Names,
    clock: Arc<dyn Clock>,
}

impl Embedded {
    /// Opens the store in a folder, which is made where it is missing.
    ///
    /// # Errors
    /// Misuse where the options make no sense or are not those that others have the folder open
    /// with; where the folder is another user's, open to others, or on a network file system; and
    /// where processes of another PID namespace (another container) have it open. Unavailable
    /// where the files cannot be made or mapped. Never another folder instead.
    pub fn open(
        folder: &Path,
        namespace: &str,
        options: &EmbeddedOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let shared = Shared::open(folder, options)?;
        Ok(Self { shared, namespace: Names::new(namespace), clock })
    }

    /// Where the store of a namespace lies when nobody says where: below the home of the effective
    /// user, as the user database has it, so that all processes of the user agree.
    ///
    /// # Errors
    /// Misuse where the user has no home or cannot write to it.
    pub fn default_folder(namespace: &str) -> Result<PathBuf, Error> {
        home::default_folder(namespace)
    }

    /// What happened to the folder's store since this process opened it.
    pub fn counts(&self) -> EmbeddedCounts {
        self.shared.folder().counts.snapshot()
    }

    /// Does something with the open store; once more where it turned out to be damaged.
    fn with<T>(
        &self,
        what: &str,
        look: Look,
        act: impl Fn(&Call<'_>) -> heed::Result<T>,
    ) -> Result<T, Error> {
        let folder = self.shared.folder();
        let mut tries = DAMAGE_TRIES;
        loop {
            let now = self.clock.now();
            let opened = folder.pin(look, now.uptime)?;
            let (counts, namespace) = (&folder.counts, &self.namespace);
            let salt = opened.control.salt();
            match act(&Call { opened: &opened, counts, namespace, now, salt }) {
                Ok(done) => return Ok(done),
                Err(error) if environment::is_damage(&error) => {
                    opened.retire(counts);
                    tries -= 1;
                    if tries == 0 {
                        return Err(self.failed(ErrorKind::Corrupt, what, error));
                    }
                }
                Err(error) => return Err(self.failed(ErrorKind::Unavailable, what, error)),
            }
        }
    }

    fn failed(&self, kind: ErrorKind, what: &str, error: heed::Error) -> Error {
        let is_crowded = matches!(error, heed::Error::Mdb(heed::MdbError::ReadersFull));
        let path = self.shared.folder().path().display();
        let message = format!("the embedded store could not {what}, {path}");
        let error = Error::new(kind, message).with_source(error);
        match is_crowded {
            true => {
                error.with_hint("open it for more reading threads: EmbeddedOptions::max_readers")
            }
            false => error,
        }
    }
}

impl Store for Embedded {
    fn call(&self, request: Request<'_>) -> Result<Reply, Error> {
        use Look::{Closely, Quickly};
        match request {
            Request::Acquire { entry, token, digest, period, replace } => {
                let wanted = Wanted { token, digest, period, replace };
                let acquire = |call: &Call<'_>| call.acquire(entry, wanted);
                self.with("take a lease", Quickly, acquire).map(Reply::Acquired)
            }
            Request::Clear => {
                let epoch = random::bytes()?;
                self.with("clear its entries", Closely, |call| call.clear(epoch))
                    .map(|()| Reply::Done)
            }
            Request::Collect { .. }
            | Request::CollectionExpire { .. }
            | Request::CollectionExpiry { .. } => Err(keeps_no_collections()),
            Request::Delete { entries } => {
                let delete = |call: &Call<'_>| call.delete(entries);
                self.with("delete entries", Closely, delete).map(Reply::Deleted)
            }
            Request::Establish { tags, life } => {
                let establish = |call: &Call<'_>| call.establish(tags, life);
                self.with("make generations", Quickly, establish).map(Reply::Generations)
            }
            Request::Eviction => Ok(Reply::Eviction(None)),
            Request::Fetch { entry, tags } => {
                let fetch = |call: &Call<'_>| {
                    let (entry, generations) = (call.fetch(entry)?, call.generations(tags)?);
                    Ok(Fetched { entry, generations })
                };
                self.with("read an entry", Quickly, fetch).map(Reply::Fetched)
            }
            Request::FetchMany { entries, tags } => {
                let fetch = |call: &Call<'_>| {
                    let entries = call.fetch_many(entries)?;
                    Ok(Reply::FetchedMany { entries, generations: call.generations(tags)? })
                };
                self.with("read entries", Quickly, fetch)
            }
            Request::Holders { lock, places } => {
                let holders = |call: &Call<'_>| call.holders(lock, places);
                self.with("read who holds a lock", Quickly, holders).map(Reply::Holders)
            }
            Request::Invalidate { tags } => {
                let invalidate = |call: &Call<'_>| call.invalidate(tags);
                self.with("delete generations", Closely, invalidate).map(|()| Reply::Done)
            }
            Request::Lock { lock, token, places, period } => {
                let claim = Claim { lock, token, places };
                let take = |call: &Call<'_>| call.lock(claim, period);
                self.with("give a lock", Closely, take).map(Reply::Locked)
            }
            Request::Prolong { lock, token, places, by } => {
                let claim = Claim { lock, token, places };
                let prolong = |call: &Call<'_>| call.prolong(claim, by);
                self.with("prolong a lock", Closely, prolong).map(Reply::Prolonged)
            }
            Request::Native { .. } => Err(Request::not_native()),
            Request::Put { entry, bytes, expires_unix_ms, condition } => {
                let value = Value { bytes, expires_unix_ms };
                let put = |call: &Call<'_>| call.put(entry, value, condition);
                self.with("put an entry", Quickly, put).map(Reply::Put)
            }
            Request::Release { entry, token } => {
                let release = |call: &Call<'_>| call.release(entry, token);
                self.with("give back a lease", Quickly, release).map(|()| Reply::Done)
            }
            Request::Renew { entry, token, period } => {
                let renew = |call: &Call<'_>| call.renew(entry, token, period);
                self.with("renew a lease", Quickly, renew).map(Reply::Renewed)
            }
            Request::Report { writer, record } => {
                let report = |call: &Call<'_>| call.report(writer, record);
                self.with("keep a report", Quickly, report).map(|()| Reply::Done)
            }
            Request::Reports => {
                self.with("read reports", Quickly, |call| call.reports()).map(Reply::Reports)
            }
            Request::Scan { glob, cursor, count, listed } => {
                let (wanted, cursor) = (Walk { glob, count, listed }, Cursor::from_bytes(cursor)?);
                let scan = |call: &Call<'_>| call.scan(wanted, cursor);
                self.with("list keys", Closely, scan).map(Reply::Scanned)
            }
            Request::Unlock { lock, token, places } => {
                let claim = Claim { lock, token, places };
                let unlock = |call: &Call<'_>| call.unlock(claim);
                self.with("take a lock back", Quickly, unlock).map(Reply::Unlocked)
            }
        }
    }

    fn revision(&self, entry: &EntryKey, now: Moment) -> Option<Revision> {
        let opened = self.shared.folder().pin(Look::Quickly, now.uptime).ok()?;
        let name = self.namespace.name(entry);
        let revisions = opened.shards[name.shard()].revisions();
        let (epoch, entry) = (revisions.of(self.namespace.epoch())?, revisions.of(name.entry())?);
        let state = [opened.number, opened.control.salt(), epoch, entry];
        Some(Revision { place: name.place(), state })
    }

    fn watch_lock(&self, lock: &LockName) -> Option<Watch> {
        let opened = self.shared.folder().pin(Look::Quickly, self.clock.now().uptime).ok()?;
        opened.control.bells().watch(&self.namespace.place(lock, 0))
    }

    fn pace(&self) -> Duration {
        PACE
    }

    fn is_local(&self) -> bool {
        true
    }
}

/// Between two looks at a lease of another process; a look costs a microsecond.
const PACE: Duration = Duration::from_millis(2);
/// The second finds fresh files.
const DAMAGE_TRIES: u32 = 3;
