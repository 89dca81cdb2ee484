//! Many questions at once: one fetch, one load of what is missing, a flight for each key; what is
//! asked of the store on the way is asked for all at once.
//!
//! All leases that can be had are taken before anything is loaded, and nobody is waited for while
//! one is held: two callers that ask for the same keys in another order do not wait for each other.
//! So a loader that reads one of its own keys would wait for itself, and is refused.

use super::core::Core;
use super::reading::{Brought, Finish, Question};
use super::stepwise::{Next, Walk};
use super::waits::Waits;
use crate::base::Error;
use crate::base::sync::Arc;
use crate::entry::{Codec, Payload};
use crate::flow::loading::Load;
use crate::flow::many;
use crate::flow::step::Admission;
use crate::observe::Outcome;

/// How a read of many ended, in the order of the questions.
type Ends<A> = Result<Vec<(Outcome, Finish)>, Result<A, Error>>;

/// Does for many reads what the cache cannot.
pub trait ManyLoader {
    /// What the loader may end with beside values and errors.
    type Abort;

    /// Loads the keys of these indexes, each once; what it brought, in their order. What is told to
    /// the load, and read inside it, holds for all of them.
    ///
    /// # Errors
    /// The unwinding.
    fn load(&mut self, keys: &[usize], load: &Arc<Load>) -> Result<Vec<Brought>, Self::Abort>;

    /// Decodes the payload of an index and keeps the value; false where it cannot be decoded.
    fn decode(&mut self, index: usize, codec: Codec, payload: &Payload) -> bool;

    /// Blocks while `wait` runs.
    fn block<T: Send>(&mut self, wait: impl FnOnce() -> T + Send) -> T;
}

/// Reads many, and loads what is missing; the ends in the order of the questions.
///
/// # Errors
/// What the loader aborted with; `Err(Err(_))` is the cache's own.
pub fn get_or_load_many<L: ManyLoader>(
    core: &Core,
    questions: &[Arc<Question>],
    admission: Admission,
    outer: Option<&Arc<Load>>,
    loader: &mut L,
) -> Ends<L::Abort> {
    let begin = |question| Some(Walk::begin(core, question, admission, outer.cloned()));
    let mut walks: Vec<Option<Walk>> = questions.iter().map(begin).collect();
    {
        let mut ways: Vec<_> = walks.iter_mut().flatten().map(Walk::way).collect();
        loader.block(|| many::fetch(core.engine(), &mut ways));
    }
    let mut ends: Vec<Option<(Outcome, Finish)>> = questions.iter().map(|_| None).collect();
    let mut waits = Waits::new();
    while let Some(round) = advance(core, &mut walks, &mut ends, loader).map_err(Err)? {
        round.run(&mut walks, &mut waits, loader).map_err(Ok)?;
    }
    Ok(ends.into_iter().flatten().collect())
}

/// What is to be done before any of the walks can go on.
#[derive(Default)]
struct Round {
    loads: Vec<(usize, Arc<Load>)>,
    /// The walks that wait for another's flight, for word of one or for their store's pace.
    waits: Vec<(usize, Next)>,
}

/// Lets each walk go on as far as it can; `None` when all have ended. What they ask of the store is
/// asked together, step by step.
fn advance<L: ManyLoader>(
    core: &Core,
    walks: &mut [Option<Walk>],
    ends: &mut [Option<(Outcome, Finish)>],
    loader: &mut L,
) -> Result<Option<Round>, Error> {
    let mut round = Round::default();
    let mut going: Vec<_> = (0..walks.len()).collect();
    while !going.is_empty() {
        let mut asking = Vec::new();
        for index in going {
            let Some(slot) = walks.get_mut(index) else { continue };
            let Some(walk) = slot else { continue };
            match next(walk, index, loader)? {
                Next::Ask => asking.push(index),
                Next::Done => {
                    if let Some(walk) = slot.take() {
                        ends[index] = Some(walk.finish()?);
                    }
                }
                Next::Load(load) => round.loads.push((index, load)),
                next => round.waits.push((index, next)),
            }
        }
        let mut is_asking = asking.iter().copied().peekable();
        let ways = walks.iter_mut().enumerate().filter_map(|(index, walk)| {
            is_asking.next_if_eq(&index)?;
            walk.as_mut().map(Walk::way)
        });
        let ways: Vec<_> = ways.collect();
        if !ways.is_empty() {
            loader.block(|| many::ask(core.engine(), ways));
        }
        going = asking;
    }
    Ok(walks.iter().any(Option::is_some).then_some(round))
}

/// The next step of a walk, payloads that cannot be decoded passed over.
fn next<L: ManyLoader>(walk: &mut Walk, index: usize, loader: &mut L) -> Result<Next, Error> {
    loop {
        let next = walk.advance()?;
        let is_decoded = match (&next, walk.payload()) {
            (Next::Done, Some((codec, payload))) => loader.decode(index, codec, payload),
            _ => true,
        };
        if is_decoded {
            return Ok(next);
        }
        walk.undecodable();
    }
}

impl Round {
    /// Loads what can be loaded; waits only where there is nothing to load.
    fn run<L: ManyLoader>(
        self,
        walks: &mut [Option<Walk>],
        waits: &mut Waits,
        loader: &mut L,
    ) -> Result<(), L::Abort> {
        if self.loads.is_empty() {
            waits.run(walks, &self.waits, loader);
            return Ok(());
        }
        let (keys, loads): (Vec<_>, Vec<_>) = self.loads.into_iter().unzip();
        let awaited = self.waits.iter().filter_map(|(index, _)| walks.get(*index)?.as_ref());
        let load = Load::together(&loads, awaited.map(|walk| walk.entry().clone()));
        let mut brought = loader.load(&keys, &load)?.into_iter();
        for index in keys {
            if let Some(Some(walk)) = walks.get_mut(index) {
                walk.loads_in(&load);
                walk.loaded(brought.next().unwrap_or_else(too_few));
            }
        }
        Ok(())
    }
}

/// A loader that brought fewer results than it was asked for.
fn too_few() -> Brought {
    Err(Arc::new(Error::misuse("wanted a result for each key to load, found: fewer")))
}
