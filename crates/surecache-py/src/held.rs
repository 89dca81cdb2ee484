//! A place of a lock or semaphore that is held.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use surecache::driver::Held;
use surecache::stores::Prolongation;

use crate::arguments::seconds;
use crate::lock::{PyLockCall, over};

/// A place that is held. Dropped it is given back, unless it has a timeout: then it stays taken
/// until that is over.
#[pyclass(frozen, name = "Hold", module = "surecache._core")]
#[derive(Debug)]
pub(crate) struct PyHold {
    held: Mutex<Option<Held>>,
    fencing_token: u64,
}

impl PyHold {
    pub(crate) fn new(held: Held) -> Self {
        Self { fencing_token: held.fencing_token(), held: Mutex::new(Some(held)) }
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl PyHold {
    /// Greater than that of every earlier holder.
    #[getter]
    fn fencing_token(&self) -> u64 {
        self.fencing_token
    }

    /// Whether it is known here that the place is not held any more.
    #[getter]
    fn is_lost(&self) -> bool {
        self.held().as_ref().is_none_or(Held::is_lost)
    }

    /// Gives the place back.
    fn releasing(&self, py: Python<'_>) -> PyResult<PyLockCall> {
        let held = self.held().take().ok_or_else(|| over(py))?;
        PyLockCall::of(py, held.releasing())
    }

    /// Changes how long the place is held.
    fn prolonging(&self, py: Python<'_>, by: f64, replace: bool) -> PyResult<PyLockCall> {
        let by = seconds(py, "a time", by)?;
        let by = if replace { Prolongation::Set(by) } else { Prolongation::Add(by) };
        let held = self.held();
        PyLockCall::of(py, held.as_ref().ok_or_else(|| over(py))?.prolonging(by))
    }

    /// Asks whether the place is held.
    fn looking(&self, py: Python<'_>) -> PyResult<PyLockCall> {
        let held = self.held();
        Ok(PyLockCall::new(held.as_ref().ok_or_else(|| over(py))?.looking()))
    }
}

impl Drop for PyHold {
    fn drop(&mut self) {
        let held = self.held().take();
        if let Some(held) = held
            && !held.term().is_renewed()
        {
            held.leave();
        }
    }
}
