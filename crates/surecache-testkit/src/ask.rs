//! Asking a store in one line: a call, and the one reply that fits it.

use std::time::Duration;

use surecache::stores::{
    Acquired, Condition, Digest, EntryKey, Fetched, LockName, Locked, Prolongation, Put, Reading,
    Reply, Request, Store, Token,
};
use surecache::{Error, TagId};

/// A method for each request of a store.
///
/// # Panics
/// Each method panics where the store gives an error or a reply that does not fit the request.
pub trait Ask: Store {
    /// Asks for a lease; the token is its own digest.
    fn acquire(&self, entry: &EntryKey, token: Token, period: Duration) -> Acquired {
        self.acquire_instead(entry, token, period, None)
    }

    /// Asks for a lease, and may put another aside.
    fn acquire_instead(
        &self,
        entry: &EntryKey,
        token: Token,
        period: Duration,
        replace: Option<Token>,
    ) -> Acquired {
        let digest = Digest(token.0);
        match must(self.call(Request::Acquire { entry, token, digest, period, replace })) {
            Reply::Acquired(acquired) => acquired,
            other => misfit("Acquire", &other),
        }
    }

    /// Prolongs a lease.
    fn renew(&self, entry: &EntryKey, token: Token, period: Duration) -> bool {
        match must(self.call(Request::Renew { entry, token, period })) {
            Reply::Renewed(renewed) => renewed,
            other => misfit("Renew", &other),
        }
    }

    /// Gives a lease back.
    fn release(&self, entry: &EntryKey, token: Token) {
        done("Release", &must(self.call(Request::Release { entry, token })));
    }

    /// Stores for ever.
    fn put(&self, entry: &EntryKey, bytes: &[u8], condition: Condition) -> Put {
        self.put_until(entry, bytes, u64::MAX, condition)
    }

    /// Stores until a time.
    fn put_until(
        &self,
        entry: &EntryKey,
        bytes: &[u8],
        expires_unix_ms: u64,
        condition: Condition,
    ) -> Put {
        match must(self.call(Request::Put { entry, bytes, expires_unix_ms, condition })) {
            Reply::Put(put) => put,
            Reply::Fetched(_) if matches!(condition, Condition::Unchanged(_)) => Put::Changed,
            other => misfit("Put", &other),
        }
    }

    /// Reads an entry alone.
    fn entry(&self, entry: &EntryKey) -> Option<Vec<u8>> {
        self.fetch(entry, &[]).entry.map(Vec::from)
    }

    /// Reads an entry and generations.
    fn fetch(&self, entry: &EntryKey, tags: &[TagId]) -> Fetched {
        match must(self.call(Request::Fetch { entry, tags })) {
            Reply::Fetched(fetched) => fetched,
            other => misfit("Fetch", &other),
        }
    }

    /// Reads entries and generations.
    fn fetch_many(
        &self,
        entries: &[EntryKey],
        tags: &[TagId],
    ) -> (Vec<Option<Vec<u8>>>, Vec<Option<Reading>>) {
        match must(self.call(Request::FetchMany { entries, tags })) {
            Reply::FetchedMany { entries, generations } => {
                (entries.into_iter().map(|entry| entry.map(Vec::from)).collect(), generations)
            }
            other => misfit("FetchMany", &other),
        }
    }

    /// Reads generations alone.
    fn generations(&self, tags: &[TagId]) -> Vec<Option<Reading>> {
        self.fetch_many(&[], tags).1
    }

    /// Creates the generations that are absent; all must be there afterwards.
    fn establish(&self, tags: &[TagId], life: Duration) -> Vec<Reading> {
        match must(self.call(Request::Establish { tags, life })) {
            Reply::Generations(readings) => {
                let present: Vec<_> = readings.iter().copied().flatten().collect();
                assert_eq!(present.len(), tags.len(), "a generation was not created: {readings:?}");
                present
            }
            other => misfit("Establish", &other),
        }
    }

    /// Deletes generations.
    fn invalidate(&self, tags: &[TagId]) {
        done("Invalidate", &must(self.call(Request::Invalidate { tags })));
    }

    /// Takes a place of a lock or semaphore.
    fn lock(&self, lock: &LockName, token: Token, places: u32, period: Duration) -> Locked {
        match must(self.call(Request::Lock { lock, token, places, period })) {
            Reply::Locked(locked) => locked,
            other => misfit("Lock", &other),
        }
    }

    /// Gives a place back; true where it was held.
    fn unlock(&self, lock: &LockName, token: Token, places: u32) -> bool {
        match must(self.call(Request::Unlock { lock, token, places })) {
            Reply::Unlocked(was_held) => was_held,
            other => misfit("Unlock", &other),
        }
    }

    /// Changes how long a place is held.
    fn prolong(
        &self,
        lock: &LockName,
        token: Token,
        places: u32,
        by: Prolongation,
    ) -> Option<Duration> {
        match must(self.call(Request::Prolong { lock, token, places, by })) {
            Reply::Prolonged(left) => left,
            other => misfit("Prolong", &other),
        }
    }

    /// Who holds places.
    fn holders(&self, lock: &LockName, places: u32) -> Vec<Token> {
        match must(self.call(Request::Holders { lock, places })) {
            Reply::Holders(holders) => holders,
            other => misfit("Holders", &other),
        }
    }

    /// Deletes entries and their leases.
    fn delete(&self, entries: &[EntryKey]) -> usize {
        match must(self.call(Request::Delete { entries })) {
            Reply::Deleted(count) => count,
            other => misfit("Delete", &other),
        }
    }

    /// Makes all entries absent.
    fn clear(&self) {
        done("Clear", &must(self.call(Request::Clear)));
    }

    /// Leaves a record.
    fn report(&self, writer: [u8; 16], record: &[u8]) {
        done("Report", &must(self.call(Request::Report { writer, record })));
    }

    /// Reads all records, in the order of their bytes.
    fn reports(&self) -> Vec<Vec<u8>> {
        match must(self.call(Request::Reports)) {
            Reply::Reports(mut records) => {
                records.sort();
                records
            }
            other => misfit("Reports", &other),
        }
    }
}

impl<S: Store + ?Sized> Ask for S {}

#[track_caller]
fn must(answer: Result<Reply, Error>) -> Reply {
    match answer {
        Ok(reply) => reply,
        Err(error) => panic!("the store failed: {error}"),
    }
}

#[track_caller]
fn done(request: &str, reply: &Reply) {
    if !matches!(reply, Reply::Done) {
        misfit(request, reply)
    }
}

#[track_caller]
fn misfit(request: &str, reply: &Reply) -> ! {
    panic!("no answer to {request}: {reply:?}")
}
