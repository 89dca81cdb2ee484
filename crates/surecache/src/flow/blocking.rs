//! The driver that does the steps in the calling thread.

use std::time::Duration;

use super::engine::Engine;
use super::plan::Read;
use super::step::{Answer, End};
use super::way::{Pausing, Pending, Way};
use crate::base::sync::Arc;

/// What the driver asks of its caller.
pub(crate) trait Caller {
    /// What the loader may end with beside a value and an error: an unwinding that is passed on.
    type Abort;

    /// Runs the loader; `Loaded` or `Failed`.
    fn load(&mut self, plan: &Read) -> Result<Answer, Self::Abort>;

    /// Takes the end; false where its payload could not be decoded.
    fn accept(&mut self, plan: &Read, end: &End) -> bool;

    /// Blocks the thread while `wait` runs.
    fn block<T: Send>(&mut self, wait: impl FnOnce() -> T + Send) -> T;
}

/// Reads. Blocks for the store's time-outs, for the loader, and for loads of others (at most twice
/// the policy's wait).
pub(crate) fn read<C: Caller>(
    engine: &Arc<Engine>,
    plan: Read,
    caller: &mut C,
) -> Result<(), C::Abort> {
    let mut way = Way::new(engine, plan);
    loop {
        let answer = match way.go() {
            Pending::Ask => {
                caller.block(|| way.ask());
                continue;
            }
            Pending::Await { at_most } => wait(&way, at_most, caller),
            Pending::Done => match way.end() {
                Some(end) if !caller.accept(&way.plan, end) => Answer::Undecodable,
                _ => return Ok(()),
            },
            Pending::Load => caller.load(&way.plan)?,
            Pending::Pause(pausing) => {
                caller.block(|| pause(&mut way, pausing));
                Answer::Done
            }
        };
        way.answer(answer);
    }
}

/// Blocks for a pause.
pub(crate) fn pause(way: &mut Way, pausing: Pausing) {
    match (pausing, way.watch()) {
        (Pausing::Watch(at_most), Some(watch)) => drop(watch.wait(at_most)),
        (Pausing::Sleep(span) | Pausing::Watch(span), _) => std::thread::sleep(span),
    }
}

fn wait<C: Caller>(way: &Way, at_most: Duration, caller: &mut C) -> Answer {
    let Some(flight) = way.flight().cloned() else { return Answer::WaitedOut };
    match caller.block(|| flight.wait(at_most)) {
        Some(landing) => Answer::Landed(landing),
        None => Answer::WaitedOut,
    }
}
