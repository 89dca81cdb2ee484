//! Reads that are no hits, told to Python.

use pyo3::prelude::*;
use surecache::{Error, Event, Observer};

/// Callables that are told of each, and of what the store said instead of an answer.
#[derive(Debug)]
pub(crate) struct Callback {
    event: Py<PyAny>,
    trouble: Py<PyAny>,
}

impl Callback {
    pub(crate) fn new(event: Py<PyAny>, trouble: Py<PyAny>) -> Self {
        Self { event, trouble }
    }
}

impl Observer for Callback {
    fn observe(&self, event: &Event<'_>) {
        let digest: String = event.key_digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let refusal = event.refusal.map(surecache::Refusal::name);
        Python::attach(|py| {
            let told = (event.region, event.outcome.name(), refusal, digest);
            if let Err(error) = self.event.call1(py, told) {
                // A logger that raises must not turn an answer into an error.
                error.write_unraisable(py, Some(self.event.bind(py)));
            }
        });
    }

    fn trouble(&self, error: &Error) {
        let text = error.to_string();
        Python::attach(|py| {
            if let Err(error) = self.trouble.call1(py, (text,)) {
                error.write_unraisable(py, Some(self.trouble.bind(py)));
            }
        });
    }
}
