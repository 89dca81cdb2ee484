//! The first step of many reads in one request.

use super::engine::Engine;
use super::step::{Answer, Step};
use super::way::Way;
use crate::invalidate::stamps;
use crate::key::{EntryKey, TagId};
use crate::store::{Reply, Request};

/// Fetches for all the ways that begin with a fetch, and tells each what was found for it.
pub(crate) fn fetch(engine: &Engine, ways: &mut [&mut Way]) {
    let mut begun: Vec<_> =
        ways.iter_mut().filter(|way| matches!(way.plan.step(), Step::Fetch)).collect();
    begun.retain_mut(|way| {
        let waits = engine.waits_for_delivery(&way.plan);
        if waits {
            way.answer(Answer::Undelivered);
        }
        !waits
    });
    let entries: Vec<EntryKey> = begun.iter().map(|way| way.plan.subject().entry.clone()).collect();
    let tags: Vec<TagId> =
        begun.iter().flat_map(|way| way.plan.subject().tag_ids.iter().copied()).collect();
    let reply = engine.call(Request::FetchMany { entries: &entries, tags: &tags });
    if let (Err(error), Some(observer)) = (&reply, engine.observer.get()) {
        observer.trouble(error);
    }
    let Ok(Reply::FetchedMany { entries, generations }) = reply else {
        begun.iter_mut().for_each(|way| way.answer(Answer::Unavailable));
        return;
    };
    let mut stamps = stamps(&generations).into_iter();
    for (way, bytes) in begun.iter_mut().zip(entries) {
        let subject = way.plan.subject();
        let stamps = stamps.by_ref().take(subject.tag_ids.len()).collect();
        let seen = engine.see(subject, bytes);
        way.answer(Answer::Fetched { seen, stamps });
    }
}
