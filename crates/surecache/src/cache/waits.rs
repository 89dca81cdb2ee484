//! Waiting for many things at once: the first that comes ends it.
//!
//! A walk may wait for what another one of the same caller has to look after: word of a load of
//! another process, for all who wait for it here. So none is waited for alone.

use std::collections::BTreeMap;
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use super::many::ManyLoader;
use super::stepwise::{Next, Walk};
use crate::base::sync::{Arc, Condvar, Mutex, PoisonError, lock};
use crate::base::{Clock as _, SystemClock};

/// What some walks wait for.
#[derive(Debug)]
pub(super) struct Waits {
    /// Until when each waits, by its index; in uptime.
    until: BTreeMap<usize, Duration>,
    bell: Arc<Bell>,
    /// Rings it. One for all rounds: what is waited for keeps each that it does not know.
    waker: Waker,
}

impl Waits {
    pub(super) fn new() -> Self {
        let bell = Arc::new(Bell::default());
        let waker = Waker::from(Arc::clone(&bell));
        Self { until: BTreeMap::new(), bell, waker }
    }

    /// Blocks until one of the waits is over, and tells the walks whose are.
    pub(super) fn run<L: ManyLoader>(
        &mut self,
        walks: &mut [Option<Walk>],
        waits: &[(usize, Next)],
        loader: &mut L,
    ) {
        let now = SystemClock.uptime();
        for (index, next) in waits {
            let (Next::Await { at_most: span } | Next::Pause(span)) = next else { continue };
            self.until.entry(*index).or_insert_with(|| now.saturating_add(*span));
        }
        for (index, next) in loader.block(|| self.over(walks, waits)) {
            self.until.remove(index);
            match (next, walks.get_mut(*index)) {
                (Next::Pause(_), Some(Some(walk))) => walk.paused(),
                (_, Some(Some(walk))) => walk.waited(),
                _ => {}
            }
        }
    }

    /// The waits that are over, once there are some.
    fn over<'a>(
        &self,
        walks: &mut [Option<Walk>],
        waits: &'a [(usize, Next)],
    ) -> Vec<&'a (usize, Next)> {
        let mut context = Context::from_waker(&self.waker);
        loop {
            let now = SystemClock.uptime();
            let is_over = |(index, next): &&(usize, Next)| {
                let is_due = self.until.get(index).is_none_or(|until| *until <= now);
                is_due
                    || match (next, walks.get_mut(*index)) {
                        (Next::Await { .. }, Some(Some(walk))) => {
                            walk.poll_landed(&mut context).is_ready()
                        }
                        _ => false,
                    }
            };
            let over: Vec<_> = waits.iter().filter(is_over).collect();
            let next = waits.iter().filter_map(|(index, _)| self.until.get(index)).min();
            match next {
                Some(until) if over.is_empty() => self.bell.wait(until.saturating_sub(now)),
                _ => return over,
            }
        }
    }
}

/// Wakes the thread that waits, whichever that is.
#[derive(Debug, Default)]
struct Bell {
    is_rung: Mutex<bool>,
    rung: Condvar,
}

impl Bell {
    /// Blocks until it is rung, at most so long. What was rung before is not missed.
    fn wait(&self, at_most: Duration) {
        let is_rung = lock(&self.is_rung);
        let waited = self.rung.wait_timeout_while(is_rung, at_most, |is_rung| !*is_rung);
        *waited.unwrap_or_else(PoisonError::into_inner).0 = false;
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        *lock(&self.is_rung) = true;
        self.rung.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::{Brought, Config, Core, Declaration, Declared, Question, Tags};
    use crate::entry::{Codec, Payload};
    use crate::flow::loading::Load;
    use crate::flow::step::Admission;
    use crate::key::{Field, FieldKind, KeyWriter, Scope};
    use crate::policy::Policy;

    struct Blocking;

    impl ManyLoader for Blocking {
        type Abort = ();

        fn load(&mut self, _: &[usize], _: &Arc<Load>) -> Result<Vec<Brought>, ()> {
            Err(())
        }

        fn decode(&mut self, _: usize, _: Codec, _: &Payload) -> bool {
            false
        }

        fn block<T: Send>(&mut self, wait: impl FnOnce() -> T + Send) -> T {
            wait()
        }
    }

    fn question(core: &Core) -> Arc<Question> {
        let declaration = Declaration {
            name: "waits".to_owned(),
            version: 1,
            fields: vec![Field::new("number", FieldKind::Int)],
            codec: Codec::Raw,
            policy: Policy::new(Duration::from_secs(600)),
        };
        let declared = Declared::new(core, declaration, false).unwrap();
        let (mut key, scope) = (KeyWriter::new(), Scope::public("a test"));
        key.part(1);
        let key = key.finish();
        Arc::new(Question::new(&declared, scope, &key, &Tags::new(), None).unwrap())
    }

    /// Each round of waits is ended by another one that is due, while the load goes on.
    #[test]
    fn a_flight_that_is_waited_for_in_many_rounds_keeps_one_waker() {
        let core = Core::open("memory://waits", &Config::new("test").with_secret("s".repeat(32)));
        let core = core.unwrap();
        let question = question(&core);
        let mut leader = Walk::begin(&core, &question, Admission::Full, None);
        assert!(matches!(go(&mut leader), Next::Load(_)));
        let mut waiter = Walk::begin(&core, &question, Admission::Full, None);
        let Next::Await { at_most } = go(&mut waiter) else { panic!("it does not wait") };
        let flight = Arc::clone(waiter.way().flight().unwrap());
        let (mut walks, mut waits) = ([Some(waiter), None], Waits::new());
        for _ in 0..50 {
            let pending = [(0, Next::Await { at_most }), (1, Next::Pause(Duration::ZERO))];
            waits.run(&mut walks, &pending, &mut Blocking);
        }
        assert_eq!(flight.wakers(), 1);
    }

    fn go(walk: &mut Walk) -> Next {
        loop {
            match walk.advance().unwrap() {
                Next::Ask => walk.ask(),
                next => return next,
            }
        }
    }
}
