//! Reads that are no hits, told to Python.

use pyo3::prelude::*;
use surecache::{Event, Observer};

/// A callable that is told of each.
#[derive(Debug)]
pub(crate) struct Callback(Py<PyAny>);

impl Callback {
    pub(crate) fn new(callable: Py<PyAny>) -> Self {
        Self(callable)
    }
}

impl Observer for Callback {
    fn observe(&self, event: &Event<'_>) {
        let digest: String = event.key_digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let refusal = event.refusal.map(surecache::Refusal::name);
        Python::attach(|py| {
            let told = self.0.call1(py, (event.region, event.outcome.name(), refusal, digest));
            if let Err(error) = told {
                // A logger that raises must not turn an answer into an error.
                error.write_unraisable(py, Some(self.0.bind(py)));
            }
        });
    }
}
