//! The driver that does the steps in the calling task, on tokio's timers.
//!
//! Stores whose calls take microseconds are called in the task; others are awaited. A dropped
//! future gives its lease back and sends its waiters to read again.

use std::future::poll_fn;
use std::time::Duration;

use super::engine::Engine;
use super::plan::Read;
use super::step::{Answer, End};
use super::way::{Pausing, Pending, Way};
use crate::base::sync::Arc;

/// What the driver asks of its caller.
pub(crate) trait Caller: Send {
    /// Runs the loader; `Loaded` or `Failed`.
    fn load(&mut self, plan: &Read) -> impl Future<Output = Answer> + Send;

    /// Takes the end; false where its payload could not be decoded.
    fn accept(&mut self, plan: &Read, end: &End) -> bool;
}

/// Reads. Waits as the blocking driver does, without holding a thread.
pub(crate) async fn read<C: Caller>(engine: &Arc<Engine>, plan: Read, caller: &mut C) {
    let mut way = Way::new(engine, plan);
    loop {
        let answer = match way.go() {
            Pending::Ask => {
                way.ask_in_task().await;
                continue;
            }
            Pending::Await { at_most } => wait(&way, at_most).await,
            Pending::Done => match way.end() {
                Some(end) if !caller.accept(&way.plan, end) => Answer::Undecodable,
                _ => return,
            },
            Pending::Load => caller.load(&way.plan).await,
            Pending::Pause(pausing) => {
                pause(&mut way, pausing).await;
                Answer::Done
            }
        };
        way.answer(answer);
    }
}

async fn pause(way: &mut Way, pausing: Pausing) {
    match (pausing, way.watch()) {
        (Pausing::Watch(at_most), Some(watch)) => {
            let told = poll_fn(|context| watch.poll(context));
            drop(tokio::time::timeout(at_most, told).await);
        }
        (Pausing::Sleep(span) | Pausing::Watch(span), _) => tokio::time::sleep(span).await,
    }
}

async fn wait(way: &Way, at_most: Duration) -> Answer {
    let Some(flight) = way.flight().cloned() else { return Answer::WaitedOut };
    match tokio::time::timeout(at_most, flight.landing()).await {
        Ok(landing) => Answer::Landed(landing),
        Err(_) => Answer::WaitedOut,
    }
}
