//! Locks and semaphores: a question about their places.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use surecache::driver::{LockCall, LockDone};
use surecache::stores::{Reply, Request};
use surecache::{Error, Places};

use crate::detached::detached;
use crate::errors;

/// A question about places, to be asked once.
#[pyclass(frozen, name = "LockCall", module = "surecache._core")]
#[derive(Debug)]
pub(crate) struct PyLockCall(Mutex<Option<LockCall>>);

impl PyLockCall {
    pub(crate) fn new(call: LockCall) -> Self {
        Self(Mutex::new(Some(call)))
    }

    pub(crate) fn of(py: Python<'_>, call: Result<LockCall, Error>) -> PyResult<Self> {
        call.map(Self::new).map_err(|error| errors::of_core(py, &error))
    }

    fn take(&self) -> Option<LockCall> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Gives `ask` what is to be asked of the store.
    pub(crate) fn ask_by<T>(
        &self,
        py: Python<'_>,
        ask: impl FnOnce(&Request<'_>) -> Result<T, Error>,
    ) -> PyResult<Result<T, Error>> {
        let call = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(ask(&call.as_ref().ok_or_else(|| over(py))?.request()))
    }

    /// Takes the store's reply; what it says.
    pub(crate) fn hear(&self, py: Python<'_>, reply: Result<Reply, Error>) -> PyResult<Py<PyAny>> {
        let call = self.take().ok_or_else(|| over(py))?;
        told(py, call.hear(reply))
    }
}

#[pymethods]
impl PyLockCall {
    /// Asks in this thread: a bool, the seconds that the place is held now, or `None`.
    fn run(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let call = self.take().ok_or_else(|| over(py))?;
        let done = detached(py, || call.run());
        told(py, done)
    }
}

fn told(py: Python<'_>, done: Result<LockDone, Error>) -> PyResult<Py<PyAny>> {
    let object = match done.map_err(|error| errors::of_core(py, &error))? {
        LockDone::Is(is) => is.into_pyobject(py)?.to_owned().into_any(),
        LockDone::Prolonged(left) => left.as_secs_f64().into_pyobject(py)?.into_any(),
        _ => py.None().into_bound(py),
    };
    Ok(object.unbind())
}

/// The places of a lock, or with a limit those of a semaphore.
pub(crate) fn places(py: Python<'_>, name: &str, limit: Option<i64>) -> PyResult<Places> {
    let places = match limit {
        None => Ok(Places::lock(name.as_bytes())),
        Some(limit) => Places::semaphore(name.as_bytes(), limit),
    };
    places.map_err(|error| errors::of_core(py, &error))
}

/// What was used up is asked for nothing more.
pub(crate) fn over(py: Python<'_>) -> PyErr {
    errors::misuse(py, "wanted a lock on its way or held, found: one that is over".into())
}
