//! Holds loads until the test lets them go.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::answers::{Loads, Script};

/// A gate in a loader. Closed at first; once open, it stays open.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    arrived: usize,
    is_open: bool,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Lets all through, now and later.
    pub(crate) fn open(&self) {
        self.0.state.lock().unwrap().is_open = true;
        self.0.changed.notify_all();
    }

    /// Waits until so many loads have come to the gate.
    pub(crate) fn wait_for(&self, arrived: usize) {
        let state = self.0.state.lock().unwrap();
        let is_short = |state: &mut State| state.arrived < arrived;
        let (state, waited) = self.0.changed.wait_timeout_while(state, LIMIT, is_short).unwrap();
        assert!(!waited.timed_out(), "wanted {arrived} loads at the gate, found {}", state.arrived);
    }

    /// Comes to the gate, and waits for it to open.
    pub(crate) fn pass(&self) {
        let mut state = self.0.state.lock().unwrap();
        state.arrived += 1;
        self.0.changed.notify_all();
        let is_closed = |state: &mut State| !state.is_open;
        let (_state, waited) = self.0.changed.wait_timeout_while(state, LIMIT, is_closed).unwrap();
        assert!(!waited.timed_out(), "a gate that nobody opened");
    }

    /// A loader that takes its text, then waits at the gate: what it gives may be old by then.
    pub(crate) fn hold(
        &self,
        loads: &Loads,
        text: impl Fn(usize) -> String + Send + Sync + 'static,
    ) -> Script {
        let gate = self.clone();
        loads.run(move |number| {
            let text = text(number);
            gate.pass();
            Ok(text)
        })
    }
}

/// No test waits longer for anything: past it, what was waited for does not come.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);
