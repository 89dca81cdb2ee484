//! What stands in the store for a question, and what a reader would make of it.

use super::core::Core;
use super::reading::Question;
use crate::base::Error;
use crate::entry::{Codec, Entry, NEVER, Refusal};
use crate::flow::change::is_past;
use crate::flow::engine::unexpected;
use crate::flow::step::Seen;
use crate::invalidate::stamps;
use crate::key::Tag;
use crate::store::{Reply, Request};

/// An explanation of one answer. Changes nothing in the store.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Explanation {
    /// True where bytes were found.
    pub is_found: bool,
    /// Why they would not be used; `None` where a reader would hit.
    pub refusal: Option<Refusal>,
    /// The size of the entry, in bytes.
    pub bytes: usize,
    /// When its load began; milliseconds since 1970-01-01 UTC.
    pub created_unix_ms: Option<u64>,
    /// When every reader wants a refresh; `None` for never.
    pub soft_unix_ms: Option<u64>,
    /// When it is not fresh any more; `None` for never.
    pub hard_unix_ms: Option<u64>,
    /// What its load took, in microseconds.
    pub cost_us: Option<u32>,
    /// Each tag, declared ones first, and how its generation compares.
    pub tags: Vec<(Tag, TagState)>,
}

/// How a tag's generation compares with the entry's stamp.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TagState {
    /// There is no generation: nothing is believed until a load creates one.
    Absent,
    /// The entry's stamp is the generation now.
    Current,
    /// Invalidated since the entry's load began.
    Invalidated,
    /// There is a generation, and no entry to compare it with.
    Present,
}

impl TagState {
    /// The name in explanations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Current => "current",
            Self::Invalidated => "invalidated",
            Self::Present => "present",
        }
    }
}

impl Question {
    /// Looks without loading, counting or changing.
    ///
    /// # Errors
    /// `Unavailable` where the store cannot be asked.
    pub fn explain(&self, core: &Core) -> Result<Explanation, Error> {
        let engine = core.engine();
        let subject = &self.subject;
        let request = Request::Fetch { entry: &subject.entry, tags: &subject.tag_ids };
        let reply = engine.call(request)?;
        let fetched = match reply {
            Reply::Fetched(fetched) => fetched,
            // A collection that the server keeps has no header to tell of.
            Reply::Held(_) => {
                let refusal = Some(Refusal::Undecodable);
                return Ok(Explanation { is_found: true, refusal, ..Explanation::default() });
            }
            other => return Err(unexpected(&other)),
        };
        let bytes = fetched.entry.as_ref().map_or(0, |bytes| bytes.len());
        let seen = engine.see(subject, fetched.entry);
        let mut explanation = Explanation { is_found: bytes > 0, bytes, ..Explanation::default() };
        let mut tags = subject.tags.to_vec();
        let mut now = stamps(&fetched.generations);
        match &seen {
            Seen::Absent => {}
            Seen::Refused(refusal) => explanation.refusal = Some(*refusal),
            Seen::Entry(entry) => {
                let ids: Vec<_> =
                    entry.header.added.iter().map(|tag| engine.namespace.tag_id(tag)).collect();
                let request = Request::FetchMany { entries: &[], tags: &ids };
                if let Reply::FetchedMany { generations, .. } = engine.call(request)? {
                    now.extend(stamps(&generations));
                }
                tags.extend(entry.header.added.iter().cloned());
                explanation.describe(entry, engine.clock.unix_ms());
            }
        }
        let stamped = match &seen {
            Seen::Entry(entry) => entry.header.stamps.clone(),
            _ => Vec::new(),
        };
        explanation.tags = tags
            .into_iter()
            .zip(now)
            .enumerate()
            .map(|(index, (tag, now))| {
                let state = match (now, stamped.get(index)) {
                    (None, _) => TagState::Absent,
                    (Some(_), None) => TagState::Present,
                    (Some(now), Some(stamp)) if now == *stamp => TagState::Current,
                    (Some(_), Some(_)) => TagState::Invalidated,
                };
                (tag, state)
            })
            .collect();
        let is_void = !stamped.is_empty()
            && explanation.tags.iter().any(|(_, state)| *state != TagState::Current);
        if is_void {
            explanation.refusal = Some(Refusal::Invalidated);
        }
        Ok(explanation)
    }
}

impl Explanation {
    fn describe(&mut self, entry: &Entry, now_unix_ms: u64) {
        let header = &entry.header;
        let time = |unix_ms: u64| (unix_ms != NEVER).then_some(unix_ms);
        // A foreign value says nothing of itself.
        let is_told = header.codec != Codec::Foreign;
        self.created_unix_ms = is_told.then_some(header.created_unix_ms);
        self.soft_unix_ms = time(header.soft_unix_ms);
        self.hard_unix_ms = time(header.hard_unix_ms);
        self.cost_us = is_told.then_some(header.cost_us);
        self.cost_us = Some(header.cost_us);
        if header.codec == Codec::Collection {
            self.refusal = Some(Refusal::Undecodable);
        }
        if is_past(header.hard_unix_ms, now_unix_ms) {
            self.refusal = Some(Refusal::Expired);
        }
    }
}
