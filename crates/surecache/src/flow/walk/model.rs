//! A world of readers, a writer, an eviction, a store and a database.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use crate::base::Moment;
use crate::base::mutant::{self, Mutant};
use crate::base::sync::Arc;
use crate::entry::{Codec, Entry, Fingerprint, Form, Header, NEVER, Stamp};
use crate::flight::{Blind, Board, Found, Landing};
use crate::flow::plan::Read;
use crate::flow::step::{
    Admission, Answer, End, Fault, Gain, Loaded, Seen, Share, Step, Subject, Terms, Want,
};
use crate::invalidate::stamps;
use crate::key::{EntryKey, Namespace, Tag, TagId, TagList};
use crate::observe::Counters;
use crate::policy::Policy;
use crate::store::{Digest, Generation, Incarnation, Put, Reading, Token};

/// One that can act next.
#[derive(Clone, Copy, Debug)]
pub(super) enum Actor {
    EvictEntry,
    EvictGeneration,
    Reader(usize),
    /// The reader's wait is over before its flight has landed.
    TimeOut(usize),
    /// The store fails this reader's request, after carrying it out or before.
    Outage {
        reader: usize,
        is_done: bool,
    },
    Writer,
}

/// How the writer reports its write.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Report {
    /// Deletes entry and lease.
    Delete,
    /// Deletes the tag's generation.
    Tag,
    /// Deletes the generation of the tag that loaders add.
    AddedTag,
}

/// What happens in a world, beside its readers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plot {
    pub(super) report: Report,
    pub(super) evictions: u8,
    pub(super) time_outs: u8,
    pub(super) outages: u8,
    /// True where loaders add a tag before they read the row.
    pub(super) adds_tag: bool,
}

#[derive(Clone, Debug)]
pub(super) struct World {
    plot: Plot,
    readers: Vec<Reader>,
    boards: Vec<Board>,
    landings: BTreeMap<Token, Landed>,
    store: Model,
    row: u8,
    writer: Writer,
}

#[derive(Clone, Debug)]
struct Landed(Landing<Share, Fault>);

#[derive(Clone, Debug)]
pub(super) struct Reader {
    process: usize,
    own_token: Token,
    plan: Read,
    has_begun: bool,
    /// What the writer had reported when the read began: nothing older may be given.
    at_least: u8,
    /// The version that its loader has read, while it runs.
    loading: Option<Running>,
    flight: Option<Token>,
    watching: Option<Token>,
    /// What its loads see, if not the row: a version that nobody else may get.
    private: Option<u8>,
    ended: Option<End>,
    own: Option<u8>,
}

#[derive(Clone, Debug)]
struct Running {
    added: Vec<crate::flow::step::Added>,
    version: Option<u8>,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Writer {
    Idle,
    Committed,
    Reported,
}

#[derive(Clone, Debug, Default)]
struct Model {
    entry: Option<Arc<Entry>>,
    generations: BTreeMap<TagId, u8>,
    created: u8,
    lease: Option<(Token, Digest)>,
}

/// The version that a private load sees.
pub(super) const PRIVATE: u8 = 99;

impl World {
    /// A world of one reader for each of the processes named.
    pub(super) fn new(plot: Plot, processes: &[usize]) -> Self {
        let subject = subject();
        let readers = processes.iter().enumerate();
        let readers = readers.map(|(index, process)| Reader::new(&subject, index, *process));
        Self {
            plot,
            readers: readers.collect(),
            boards: vec![Board::default(); processes.iter().max().map_or(0, |last| last + 1)],
            landings: BTreeMap::new(),
            store: Model::default(),
            row: 1,
            writer: Writer::Idle,
        }
    }

    /// Lets a reader load in a transaction whose data nobody else may get.
    pub(super) fn with_private_reader(mut self, reader: usize) -> Self {
        self.readers[reader].private = Some(PRIVATE);
        self
    }

    pub(super) fn actors(&self) -> Vec<Actor> {
        let mut actors = vec![Actor::Writer];
        for reader in 0..self.readers.len() {
            actors.push(Actor::Reader(reader));
            if self.plot.time_outs > 0 {
                actors.push(Actor::TimeOut(reader));
            }
            if self.plot.outages > 0 {
                actors.push(Actor::Outage { reader, is_done: false });
                actors.push(Actor::Outage { reader, is_done: true });
            }
        }
        if self.plot.evictions > 0 {
            actors.extend([Actor::EvictEntry, Actor::EvictGeneration]);
        }
        actors
    }

    /// Lets an actor do its next step; false where it has none.
    pub(super) fn act(&mut self, actor: Actor) -> bool {
        match actor {
            Actor::Reader(reader) => self.read(reader),
            Actor::Writer => self.write(),
            Actor::EvictEntry => {
                self.plot.evictions -= 1;
                self.store.entry.take().is_some()
            }
            Actor::EvictGeneration => {
                self.plot.evictions -= 1;
                self.store.generations.remove(&tag_id(&row_tag())).is_some()
            }
            Actor::TimeOut(reader) => {
                let is_waiting = matches!(self.readers[reader].plan.step(), Step::Await { .. });
                if !is_waiting || self.readers[reader].ended.is_some() {
                    return false;
                }
                self.plot.time_outs -= 1;
                self.answer(reader, Answer::WaitedOut);
                true
            }
            Actor::Outage { reader, is_done } => {
                let before = self.store.clone();
                if self.readers[reader].ended.is_some() || self.ask(reader).is_none() {
                    return false;
                }
                if !is_done {
                    self.store = before;
                }
                self.plot.outages -= 1;
                self.begin(reader);
                self.answer(reader, Answer::Unavailable);
                true
            }
        }
    }

    /// P1, and nothing private for others.
    pub(super) fn check(&self) -> Result<(), String> {
        for (index, reader) in self.readers.iter().enumerate() {
            let Some(version) = reader.value() else { continue };
            if version == PRIVATE && reader.private.is_none() {
                return Err(format!("reader {index} was given a private value: {self:#?}"));
            }
            if version < reader.at_least {
                return Err(format!("reader {index} was given an old value: {self:#?}"));
            }
        }
        Ok(())
    }

    pub(super) fn is_over(&self) -> bool {
        self.readers.iter().all(|reader| reader.ended.is_some())
    }

    /// Tells two states apart.
    pub(super) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        format!("{self:?}").hash(&mut hasher);
        hasher.finish()
    }

    fn write(&mut self) -> bool {
        match self.writer {
            Writer::Idle => {
                self.row += 1;
                self.writer = Writer::Committed;
            }
            Writer::Committed => {
                match self.plot.report {
                    Report::Delete => {
                        self.store.entry = None;
                        self.store.lease = None;
                    }
                    Report::Tag => {
                        self.store.generations.remove(&tag_id(&row_tag()));
                    }
                    Report::AddedTag => {
                        self.store.generations.remove(&tag_id(&added_tag()));
                    }
                }
                self.writer = Writer::Reported;
            }
            Writer::Reported => return false,
        }
        true
    }

    fn begin(&mut self, reader: usize) {
        let reported = if self.writer == Writer::Reported { self.row } else { 0 };
        let reader = &mut self.readers[reader];
        if !reader.has_begun {
            reader.has_begun = true;
            reader.at_least = reported;
        }
    }

    fn read(&mut self, reader: usize) -> bool {
        if self.readers[reader].ended.is_some() {
            return false;
        }
        self.begin(reader);
        let answer = match self.ask(reader) {
            Some(answer) => answer,
            None => match self.local(reader) {
                Some(answer) => answer,
                None => return self.readers[reader].ended.is_some(),
            },
        };
        // `Done` to a load: it has moved on and goes on.
        let is_loading = matches!(self.readers[reader].plan.step(), Step::Load);
        if !(is_loading && matches!(answer, Answer::Done)) {
            self.answer(reader, answer);
        }
        true
    }

    fn answer(&mut self, reader: usize, answer: Answer) {
        self.readers[reader].plan.answer(answer, Moment::default());
    }

    /// What the store answers to the reader's step, if it is one for the store.
    fn ask(&mut self, reader: usize) -> Option<Answer> {
        let plan = &self.readers[reader].plan;
        let token = plan.token();
        let tags = plan.subject().tag_ids.clone();
        Some(match plan.step() {
            Step::Acquire { digest, replace } => {
                #[cfg(surecache_mutants)]
                if let Some(answer) = self.join_without_lease(reader, digest) {
                    return Some(answer);
                }
                self.store.acquire(token, digest, replace)
            }
            Step::Establish if mutant::is(Mutant::AbsentIsAValue) => {
                Answer::Stamps(self.store.stamps(&tags))
            }
            Step::Establish => {
                self.store.establish(&tags);
                Answer::Stamps(self.store.stamps(&tags))
            }
            Step::Fetch => {
                Answer::Fetched { seen: self.store.seen(), readings: self.store.readings(&tags) }
            }
            Step::FetchTags(tags) => Answer::Stamps(self.store.stamps(tags)),
            Step::Put { stamps, loaded } => {
                let entry = Arc::new(entry(stamps, loaded));
                Answer::Put(self.store.put(token, entry))
            }
            Step::Release => {
                if self.store.lease.is_some_and(|(holder, _)| holder == token) {
                    self.store.lease = None;
                }
                Answer::Done
            }
            _ => return None,
        })
    }

    #[cfg(surecache_mutants)]
    fn join_without_lease(&self, reader: usize, digest: Digest) -> Option<Answer> {
        let reader = &self.readers[reader];
        let token = self.boards[reader.process].led(&reader.plan.subject().entry, digest)?;
        mutant::is(Mutant::JoinWithoutLease).then_some(Answer::Held { token, digest })
    }

    /// What this process does for the reader's step; `None` while it cannot go on, and at the end.
    fn local(&mut self, index: usize) -> Option<Answer> {
        let reader = &mut self.readers[index];
        let board = &mut self.boards[reader.process];
        let token = reader.plan.token();
        Some(match reader.plan.step() {
            Step::Announce => {
                board.announce(reader.own_token);
                Answer::Announced { token: reader.own_token }
            }
            Step::Await { .. } => {
                let landed = self.landings.get(&reader.flight?)?;
                Answer::Landed(landed.0.clone())
            }
            Step::Done(end) => {
                reader.ended = Some(end.clone());
                return None;
            }
            Step::EnterBlind { past } => {
                let blind = board.enter_blind(&reader.plan.subject().entry, token, past);
                if let Blind::Follow { flight: other, .. } | Blind::Next(other) = blind {
                    reader.flight = Some(other);
                }
                Answer::Blind(blind)
            }
            Step::Join { token } => {
                let watched = reader.watching.take();
                let found = match watched == Some(token) {
                    true => Found::Flight,
                    false => board.join(token, reader.own_token),
                };
                let is_here = found == Found::Flight;
                reader.flight = (found != Found::Waiter).then_some(token);
                reader.watching = (found == Found::Nobody).then_some(token);
                if let Some(watched) = watched.filter(|watched| *watched != token) {
                    self.land(index, watched, Landing::Over);
                }
                Answer::Joined { is_here }
            }
            Step::Land(landing) => {
                let landing = landing.clone();
                self.land(index, token, landing);
                Answer::Done
            }
            Step::Load => return self.load(index),
            Step::Pause { .. } => Answer::Done,
            Step::Unwatch => {
                if let Some(watched) = reader.watching.take() {
                    self.land(index, watched, Landing::Over);
                }
                Answer::Done
            }
            _ => return None,
        })
    }

    fn land(&mut self, reader: usize, token: Token, landing: Landing<Share, Fault>) {
        self.boards[self.readers[reader].process].land(token);
        self.landings.insert(token, Landed(landing));
    }

    /// A load in two or three moves: add a tag, read the row, return.
    fn load(&mut self, index: usize) -> Option<Answer> {
        #[cfg(surecache_mutants)]
        self.mark_led(index);
        let adds_tag = self.plot.adds_tag;
        let reader = &mut self.readers[index];
        let Some(running) = &mut reader.loading else {
            let mut added = Vec::new();
            if adds_tag {
                let id = tag_id(&added_tag());
                self.store.establish(&[id]);
                if let Some(stamp) = self.store.stamps(&[id])[0] {
                    added.push(crate::flow::step::Added { tag: added_tag(), id, stamp });
                }
            }
            reader.loading = Some(Running { added, version: None });
            return Some(Answer::Done);
        };
        let Some(version) = running.version else {
            running.version = Some(reader.private.unwrap_or(self.row));
            return Some(Answer::Done);
        };
        let loaded = Loaded {
            codec: Codec::Raw,
            payload: vec![version].into(),
            added: running.added.clone(),
            is_storable: reader.private.is_none(),
            cost_us: 0,
            began_unix_ms: 0,
        };
        reader.own = Some(version);
        reader.loading = None;
        Some(Answer::Loaded(loaded))
    }

    #[cfg(surecache_mutants)]
    fn mark_led(&mut self, index: usize) {
        let reader = &self.readers[index];
        if let Some((token, digest)) = self.store.lease
            && token == reader.plan.token()
        {
            self.boards[reader.process].lead(&reader.plan.subject().entry, digest, token);
        }
    }
}

impl Reader {
    fn new(subject: &Arc<Subject>, index: usize, process: usize) -> Self {
        let mut token = [0; 16];
        token[0] = u8::try_from(index + 1).unwrap_or(u8::MAX);
        let subject = Arc::clone(subject);
        let now = Moment::default();
        let plan = Read::new(subject, Want::Load, Admission::Full, 0.5, now);
        Self {
            process,
            own_token: Token(token),
            plan,
            has_begun: false,
            at_least: 0,
            loading: None,
            flight: None,
            watching: None,
            private: None,
            ended: None,
            own: None,
        }
    }

    /// The version it was given.
    fn value(&self) -> Option<u8> {
        match &self.ended.as_ref()?.gain {
            Gain::Entry(entry) => entry.payload.first().copied(),
            Gain::Shared(share) => share.payload.first().copied(),
            Gain::Own(_) => self.own,
            Gain::Failed(_) | Gain::Nothing => None,
        }
    }
}

impl Model {
    fn seen(&self) -> Seen {
        self.entry.clone().map_or(Seen::Absent, Seen::Entry)
    }

    fn stamps(&self, tags: &[TagId]) -> Vec<Option<Stamp>> {
        stamps(&self.readings(tags))
    }

    fn readings(&self, tags: &[TagId]) -> Vec<Option<Reading>> {
        tags.iter().map(|tag| self.reading(tag)).collect()
    }

    fn reading(&self, tag: &TagId) -> Option<Reading> {
        let generation = Generation([*self.generations.get(tag)?; 16]);
        Some(Reading { generation, incarnation: Incarnation([0; 16]) })
    }

    fn establish(&mut self, tags: &[TagId]) {
        for tag in tags {
            if !self.generations.contains_key(tag) {
                self.created += 1;
                let counted = mutant::is(Mutant::GenerationsCount);
                self.generations.insert(*tag, if counted { 1 } else { self.created });
            }
        }
    }

    fn acquire(&mut self, token: Token, digest: Digest, replace: Option<Token>) -> Answer {
        match self.lease {
            Some((holder, held)) if holder != token && Some(holder) != replace => {
                Answer::Held { token: holder, digest: held }
            }
            _ => {
                self.lease = Some((token, digest));
                Answer::Taken { seen: self.seen() }
            }
        }
    }

    fn put(&mut self, token: Token, entry: Arc<Entry>) -> Put {
        let holds = self.lease.is_some_and(|(holder, _)| holder == token);
        if !holds && !mutant::is(Mutant::TokenUnchecked) {
            return Put::Fenced;
        }
        self.lease = None;
        self.entry = Some(entry);
        Put::Stored
    }
}

fn entry(stamps: &[Stamp], loaded: &Loaded) -> Entry {
    let added = loaded.added.iter();
    let header = Header {
        codec: Codec::Raw,
        fingerprint: Fingerprint::default(),
        created_unix_ms: 0,
        soft_unix_ms: NEVER,
        hard_unix_ms: NEVER,
        cost_us: 0,
        stamps: stamps.iter().copied().chain(added.clone().map(|added| added.stamp)).collect(),
        added: added.map(|added| added.tag.clone()).collect(),
    };
    Entry { header, payload: loaded.payload.clone() }
}

fn subject() -> Arc<Subject> {
    let terms = Terms {
        namespace: Arc::new(Namespace::new("walk")),
        counters: Arc::new(Counters::new("walk")),
        policy: Policy::without_expiry(),
        life: std::time::Duration::ZERO,
    };
    Arc::new(Subject {
        entry: EntryKey::region(b"subject"),
        form: Form::Sealed,
        fingerprint: Fingerprint::default(),
        tags: TagList::Listed(vec![row_tag()]),
        tag_ids: vec![tag_id(&row_tag())],
        terms: Arc::new(terms),
    })
}

fn row_tag() -> Tag {
    Tag::row("auth_user", "id", 42)
}

fn added_tag() -> Tag {
    Tag::named("added")
}

fn tag_id(tag: &Tag) -> TagId {
    Namespace::new("walk").tag_id(tag)
}
