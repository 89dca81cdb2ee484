//! What a running load has found out about itself: tags it depends on, and whether its result may
//! be stored.

use std::time::Duration;

use super::engine::Engine;
use super::plan::dependencies;
use super::step::{Added, End, Subject};
use crate::base::Error;
use crate::base::sync::{Arc, Mutex, lock};
use crate::entry::Stamp;
use crate::key::{EntryKey, Scope, Tag, TagId};

/// A load on its way, of one answer or of many at once: what its loader finds out holds for all of
/// them. Loads nest: a region that is read inside a loader hands its tags over.
#[derive(Debug)]
pub struct Load {
    answers: Vec<(Arc<Subject>, Scope)>,
    /// What only the thread of this load looks after while it runs, sorted: whoever reads it there
    /// would wait for himself.
    own: Vec<EntryKey>,
    outer: Option<Arc<Load>>,
    found: Mutex<Found>,
}

#[derive(Debug)]
struct Found {
    added: Vec<Added>,
    is_storable: bool,
}

impl Load {
    /// A load of `subject`, inside `outer` where there is one.
    ///
    /// # Errors
    /// Misuse where the outer scope does not cover the inner one, or where a loader asks for a key
    /// that is being loaded around it.
    pub(crate) fn begin(
        subject: &Arc<Subject>,
        scope: &Scope,
        outer: Option<Arc<Load>>,
    ) -> Result<Arc<Self>, Error> {
        check_nesting(&subject.entry, scope, outer.as_ref())?;
        let answers = vec![(Arc::clone(subject), scope.clone())];
        let own = vec![subject.entry.clone()];
        Ok(Arc::new(Self { answers, own, outer, found: Mutex::default() }))
    }

    /// The load of all answers of these loads, which one loader brings. Its thread also looks after
    /// the entries that are `awaited`.
    pub(crate) fn together(
        loads: &[Arc<Self>],
        awaited: impl IntoIterator<Item = EntryKey>,
    ) -> Arc<Self> {
        let answers: Vec<_> = loads.iter().flat_map(|load| load.answers.iter().cloned()).collect();
        let entries = answers.iter().map(|(subject, _)| subject.entry.clone());
        let mut own: Vec<_> = entries.chain(awaited).collect();
        own.sort_unstable();
        let outer = loads.first().and_then(|load| load.outer.clone());
        Arc::new(Self { answers, own, outer, found: Mutex::default() })
    }

    /// Adds tags. Must be called before the data they cover is read: their generations are read
    /// here, and an invalidation that comes later ends the answer.
    pub(crate) fn depends(&self, engine: &Engine, tags: &[Tag]) {
        let ids = ids_of(engine, tags);
        let stamps = engine.establish(&ids, self.life());
        self.add(tags, ids, stamps);
    }

    /// As [`Load::depends`], in a task.
    #[cfg(feature = "tokio")]
    pub(crate) async fn depends_in_task(&self, engine: &Engine, tags: &[Tag]) {
        let ids = ids_of(engine, tags);
        let stamps = engine.establish_in_task(&ids, self.life()).await;
        self.add(tags, ids, stamps);
    }

    fn add(&self, tags: &[Tag], ids: Vec<TagId>, stamps: Vec<Option<Stamp>>) {
        let mut found = lock(&self.found);
        for ((tag, id), stamp) in tags.iter().zip(ids).zip(stamps) {
            match stamp {
                Some(stamp) => found.add(Added { tag: tag.clone(), id, stamp }),
                None => found.is_storable = false,
            }
        }
    }

    /// Takes over what an answer read by this loader rests on.
    pub(crate) fn rests_on(&self, subject: &Subject, end: &End) {
        let mut found = lock(&self.found);
        match dependencies(subject, &end.gain) {
            // A tag that is declared here too is stamped with the generation read before the load:
            // had it changed since, that stamp ends the answer.
            Some(dependencies) => dependencies
                .into_iter()
                .filter(|added| !self.answers.iter().all(|(subject, _)| declares(subject, added)))
                .for_each(|added| found.add(added)),
            None => found.is_storable = false,
        }
    }

    /// The result is given to the caller and to nobody else.
    pub fn forbid_storing(&self) {
        lock(&self.found).is_storable = false;
    }

    /// The tags found for one of the answers, beside those it declares, and whether it may be
    /// stored.
    pub(crate) fn found(&self, subject: &Subject) -> (Vec<Added>, bool) {
        let found = lock(&self.found);
        let added = found.added.iter().filter(|added| !declares(subject, added));
        (added.cloned().collect(), found.is_storable)
    }

    fn life(&self) -> Duration {
        let lives = self.answers.iter().map(|(subject, _)| subject.terms.life);
        lives.max().unwrap_or(Duration::ZERO)
    }
}

impl Default for Found {
    fn default() -> Self {
        Self { added: Vec::new(), is_storable: true }
    }
}

impl Found {
    /// The first stamp of a tag stays: it was read before any of the data that it covers.
    fn add(&mut self, added: Added) {
        match self.added.iter().find(|known| known.id == added.id) {
            Some(known) if known.stamp != added.stamp => self.is_storable = false,
            Some(_) => {}
            None => self.added.push(added),
        }
    }
}

fn declares(subject: &Subject, added: &Added) -> bool {
    subject.tag_ids.contains(&added.id)
}

fn ids_of(engine: &Engine, tags: &[Tag]) -> Vec<TagId> {
    tags.iter().map(|tag| engine.namespace.tag_id(tag)).collect()
}

/// Refuses a read inside a load that could leak or never end.
pub(crate) fn check_nesting(
    entry: &EntryKey,
    scope: &Scope,
    outer: Option<&Arc<Load>>,
) -> Result<(), Error> {
    let Some(load) = outer else { return Ok(()) };
    if let Some((_, outer)) = load.answers.iter().find(|(_, outer)| !outer.covers(scope)) {
        return Err(Error::misuse(format!(
            "wanted an outer scope that covers the inner one ({}), found: {}",
            shape(scope),
            shape(outer)
        ))
        .with_hint("declare the outer region for the same principals"));
    }
    let mut around = Some(load);
    while let Some(load) = around {
        if load.own.binary_search(entry).is_ok() {
            let its_own = if load.own.len() == 1 { "the answer" } else { "an answer of those" };
            return Err(Error::misuse(format!(
                "wanted a loader that does not ask for {its_own} it is loading, found a read of \
                 the key with the digest: {:016x}",
                u64::from_be_bytes(entry.digest())
            )));
        }
        around = load.outer.as_ref();
    }
    Ok(())
}

fn shape(scope: &Scope) -> String {
    let kinds: Vec<_> = scope.principals().iter().map(|principal| principal.kind.name()).collect();
    if kinds.is_empty() { "public".to_owned() } else { kinds.join(" & ") }
}
