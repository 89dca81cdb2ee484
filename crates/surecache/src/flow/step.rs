//! The words between the plan and its drivers.

use std::any::Any;
use std::time::Duration;

use crate::base::sync::Arc;
use crate::entry::{Codec, Entry, Fingerprint, Form, Payload, Refusal, Stamp};
use crate::flight::{Blind, Landing};
use crate::key::{EntryKey, Namespace, Tag, TagId, TagList};
use crate::observe::{Counters, Outcome};
use crate::policy::Policy;
use crate::store::{Digest, Put, Reading, Token};

/// What is read: everything about it that does not change on the way.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) entry: EntryKey,
    pub(crate) form: Form,
    pub(crate) fingerprint: Fingerprint,
    /// The declared tags, in their order, and their ids.
    pub(crate) tags: TagList,
    pub(crate) tag_ids: Vec<TagId>,
    pub(crate) terms: Arc<Terms>,
}

/// What is the same for all reads of a region.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) namespace: Arc<Namespace>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) policy: Policy,
    /// How long generations must live when a load begins.
    pub(crate) life: Duration,
}

/// What the caller's context allows.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Admission {
    /// Neither to read the cache nor to store: a transaction that has written, an answer that is
    /// declared uncacheable.
    Bypass,
    /// Everything.
    Full,
    /// To read the cache, not to store: a load here sees a fixed snapshot, which may be older than
    /// any generation read now.
    ReadOnly,
}

/// What the reader wants where nothing usable is found.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Want {
    Load,
    Nothing,
}

/// What a driver does next.
#[derive(Debug)]
pub(crate) enum Step<'a> {
    /// Asks for the lease on the entry.
    Acquire { digest: Digest, replace: Option<Token> },
    /// Puts the plan's flight on the board.
    Announce,
    /// Waits for a flight that was joined.
    Await { at_most: Duration },
    /// Gives the result to the caller.
    Done(&'a End),
    /// Joins the queue of those who load without the store.
    EnterBlind { past: Option<Token> },
    /// Creates and reads the generations of the declared tags.
    Establish,
    /// Reads the entry and the generations of the declared tags.
    Fetch,
    /// Reads the generations of these tags.
    FetchTags(&'a [TagId]),
    /// Joins the flight under a token, or begins to watch it; stops watching another.
    Join { token: Token },
    /// Lands the plan's flight.
    Land(&'a Landing<Share, Fault>),
    /// Runs the loader.
    Load,
    /// Waits until the store tells that a lease may have ended, or for the store's pace.
    Pause { at_most: Duration },
    /// Seals and stores what was loaded.
    Put { stamps: &'a [Stamp], loaded: &'a Loaded },
    /// Gives the lease back.
    Release,
    /// Stops watching a flight of another process; its waiters read again.
    Unwatch,
}

/// What came of a step.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// To `Acquire`: somebody else loads.
    Held { token: Token, digest: Digest },
    /// To `Acquire`: the lease is ours; this is the entry now.
    Taken { seen: Seen },
    /// To `Announce`: under this token, never used before.
    Announced { token: Token },
    /// To `EnterBlind`.
    Blind(Blind),
    /// To steps with nothing to tell.
    Done,
    /// To `Load`: the loader returned an error that can be shared.
    Failed(Fault),
    /// To `Fetch`.
    Fetched { seen: Seen, readings: Vec<Option<Reading>> },
    /// To `Join`: whether the flight is one of this process.
    Joined { is_here: bool },
    /// To `Await`.
    Landed(Landing<Share, Fault>),
    /// To `Load`.
    Loaded(Loaded),
    /// To `Put`.
    Put(Put),
    /// To `Establish` and `FetchTags`.
    Stamps(Vec<Option<Stamp>>),
    /// To any request: the store could not do it.
    Unavailable,
    /// To `Done`: the payload could not be decoded.
    Undecodable,
    /// To `Fetch` and `FetchTags`: not asked, as what ends the answer could not be delivered yet.
    Undelivered,
    /// To `Await`: not landed in time.
    WaitedOut,
}

/// An entry as it was found.
#[derive(Clone, Debug)]
pub(crate) enum Seen {
    Absent,
    Entry(Arc<Entry>),
    Refused(Refusal),
}

/// What a loader brought.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) codec: Codec,
    pub(crate) payload: Payload,
    /// Tags found while loading, each with the stamp it had before its data was read.
    pub(crate) added: Vec<Added>,
    /// False where the load may not be stored, and so not shared.
    pub(crate) is_storable: bool,
    /// How long it took, in microseconds.
    pub(crate) cost_us: u32,
    /// When it began; milliseconds since 1970-01-01 UTC.
    pub(crate) began_unix_ms: u64,
}

/// A tag found while loading.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Added {
    pub(crate) tag: Tag,
    pub(crate) id: TagId,
    pub(crate) stamp: Stamp,
}

/// A value that a flight shares with its waiters.
pub(crate) type Share = Arc<Shared>;

/// What a flight landed with.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) codec: Codec,
    pub(crate) payload: Payload,
    /// The stamps of the declared tags.
    pub(crate) stamps: Vec<Stamp>,
    pub(crate) added: Vec<Added>,
}

/// A loader's error, shared by those who waited for it.
pub type Fault = Arc<dyn Any + Send + Sync>;

/// How the way ended.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) outcome: Outcome,
    pub(crate) gain: Gain,
}

/// What the caller gets.
#[derive(Clone, Debug)]
pub(crate) enum Gain {
    /// What stood in the store.
    Entry(Arc<Entry>),
    /// The error of a load, its own or the one that was joined.
    Failed(Fault),
    /// Nothing.
    Nothing,
    /// What its own loader returned, and what was stored of it, if anything could be.
    Own(Option<Share>),
    /// What another reader's load brought.
    Shared(Share),
}
