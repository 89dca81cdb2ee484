//! The steps of many reads that the store answers, in as few requests as can be.

use std::collections::HashMap;
use std::time::Duration;

use super::engine::Engine;
use super::step::{Answer, Step};
use super::way::Way;
use crate::base::Error;
use crate::invalidate::stamps;
use crate::key::{EntryKey, TagId};
use crate::store::{Reading, Reply, Request};

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
    if begun.is_empty() {
        return;
    }
    let entries: Vec<EntryKey> = begun.iter().map(|way| way.plan.subject().entry.clone()).collect();
    let tags = Together::of(begun.iter().map(|way| &way.plan.subject().tag_ids[..]));
    let reply = engine.call(Request::FetchMany { entries: &entries, tags: &tags.all });
    let Some(Reply::FetchedMany { entries, generations }) = told(engine, reply) else {
        begun.iter_mut().for_each(|way| way.answer(Answer::Unavailable));
        return;
    };
    for ((way, bytes), places) in begun.iter_mut().zip(entries).zip(&tags.places) {
        let readings = those(&generations, places);
        let seen = engine.see(way.plan.subject(), bytes);
        way.answer(Answer::Fetched { seen, readings });
    }
}

/// Lets the store be asked what each of the ways asks, all at once. What several ways want to
/// establish is established once.
pub(crate) fn ask(engine: &Engine, ways: Vec<&mut Way>) {
    let (mut establishing, others): (Vec<_>, Vec<_>) =
        ways.into_iter().partition(|way| matches!(way.plan.step(), Step::Establish));
    if !establishing.is_empty() {
        establish(engine, &mut establishing);
    }
    ask_each(engine, others);
}

fn establish(engine: &Engine, ways: &mut [&mut Way]) {
    let tags = Together::of(ways.iter().map(|way| &way.plan.subject().tag_ids[..]));
    let lives = ways.iter().map(|way| way.plan.subject().terms.life);
    let life = lives.max().unwrap_or(Duration::ZERO);
    let reply = engine.call(Request::Establish { tags: &tags.all, life });
    let Some(Reply::Generations(generations)) = told(engine, reply) else {
        ways.iter_mut().for_each(|way| way.answer(Answer::Unavailable));
        return;
    };
    for (way, places) in ways.iter_mut().zip(&tags.places) {
        way.answer(Answer::Stamps(stamps(&those(&generations, places))));
    }
}

/// Some at a time: what is to be stored is sealed when its turn comes, and kept no longer. Where
/// the store does none of what some ask, the others are told the same.
fn ask_each(engine: &Engine, mut ways: Vec<&mut Way>) {
    let mut failed = None;
    for some in ways.chunks_mut(MOST_AT_ONCE) {
        match &failed {
            None => failed = ask_some(engine, some),
            Some(text) => {
                some.iter_mut().for_each(|way| way.hear(Err(Error::unavailable(text.clone()))));
            }
        }
    }
}

/// Asks for some; why the store could not be asked, where it could not for any of them.
fn ask_some(engine: &Engine, ways: &mut [&mut Way]) -> Option<String> {
    let mut sealed: Vec<_> = ways.iter().map(|_| Vec::new()).collect();
    let questions = ways.iter_mut().zip(&mut sealed);
    let questions: Vec<_> = questions.map(|(way, sealed)| way.question(sealed)).collect();
    let (mut requests, mut errors) = (Vec::with_capacity(questions.len()), Vec::new());
    for question in questions {
        match question {
            Ok(request) => {
                requests.push(request);
                errors.push(None);
            }
            Err(error) => errors.push(Some(error)),
        }
    }
    let replies = engine.call_many(&requests);
    let is_away = |reply: &Result<_, Error>| reply.as_ref().is_err_and(Error::is_unavailable);
    let failed = match replies.first() {
        Some(Err(error)) if replies.iter().all(is_away) => Some(error.to_string()),
        _ => None,
    };
    let mut replies = replies.into_iter();
    for (way, error) in ways.iter_mut().zip(errors) {
        let reply = match error {
            None => replies.next().unwrap_or_else(too_few),
            Some(error) => Err(error),
        };
        way.hear(reply);
    }
    failed
}

/// The reply, where there is one; the observer is told of an error once for all who asked.
fn told(engine: &Engine, reply: Result<Reply, Error>) -> Option<Reply> {
    if let (Err(error), Some(observer)) = (&reply, engine.observer.get()) {
        observer.trouble(error);
    }
    reply.ok()
}

fn too_few() -> Result<Reply, Error> {
    Err(Error::corrupt("wanted a reply to each request, found: fewer"))
}

/// The tags of many reads, each once.
struct Together {
    all: Vec<TagId>,
    /// For each read, where its tags are.
    places: Vec<Vec<usize>>,
}

impl Together {
    fn of<'a>(each: impl Iterator<Item = &'a [TagId]>) -> Self {
        let (mut all, mut known) = (Vec::new(), HashMap::new());
        let mut place = |tag: &TagId| {
            *known.entry(*tag).or_insert_with(|| {
                all.push(*tag);
                all.len() - 1
            })
        };
        let places = each.map(|tags| tags.iter().map(&mut place).collect()).collect();
        Self { all, places }
    }
}

fn those(generations: &[Option<Reading>], places: &[usize]) -> Vec<Option<Reading>> {
    places.iter().map(|place| generations.get(*place).copied().flatten()).collect()
}

/// So many ways ask at once: what is sealed at the same time, and no more than a server is asked at
/// once.
const MOST_AT_ONCE: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_many_have_are_asked_for_once() {
        let [one, two, three] = [1, 2, 3].map(|number| TagId([number; 16]));
        let together = Together::of([&[one, two][..], &[], &[three, two]].into_iter());
        assert_eq!(together.all, [one, two, three]);
        assert_eq!(together.places, [vec![0, 1], vec![], vec![2, 1]]);
    }
}
