//! Exceptions of loaders: the reader that loaded gets its own, those who waited get a copy with it
//! as the cause.

use std::sync::Arc;

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use surecache::Error;
use surecache::driver::{Fault, Finish};

use crate::errors;

/// An exception on its way to those who wait.
pub(crate) struct Raised(PyErr);

impl Raised {
    /// Shares an `Exception`, and keeps it for its own caller.
    ///
    /// # Errors
    /// What is no `Exception` (an exit, an interrupt) is handed back: that load counts as never
    /// run.
    pub(crate) fn share(
        py: Python<'_>,
        error: PyErr,
        own: &mut Option<PyErr>,
    ) -> Result<Fault, PyErr> {
        if !error.is_instance_of::<PyException>(py) {
            return Err(error);
        }
        *own = Some(error.clone_ref(py));
        Ok(Arc::new(Self(error)))
    }

    fn copy(&self, py: Python<'_>) -> PyErr {
        static COPY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let copied = COPY
            .import(py, "surecache._faults", "copy_of")
            .and_then(|copy| copy.call1((self.0.value(py),)));
        copied.map_or_else(|error| error, PyErr::from_value)
    }
}

/// What a reader gets at the end of its way: the value that it decoded or loaded, or an exception.
pub(crate) fn answer<'py, O>(
    py: Python<'py>,
    ended: Result<(O, Finish), Result<PyErr, Error>>,
    value: Option<Bound<'py, PyAny>>,
    own: Option<PyErr>,
) -> PyResult<Bound<'py, PyAny>> {
    let finish = match ended {
        Ok((_, finish)) => finish,
        Err(Ok(abort)) => return Err(abort),
        Err(Err(error)) => return Err(own.unwrap_or_else(|| errors::of_core(py, &error))),
    };
    finished(py, &finish, value, own)
}

/// As [`answer`], of an end.
pub(crate) fn finished<'py>(
    py: Python<'py>,
    finish: &Finish,
    value: Option<Bound<'py, PyAny>>,
    own: Option<PyErr>,
) -> PyResult<Bound<'py, PyAny>> {
    match (finish, value) {
        (Finish::Failed(fault), _) => Err(own.unwrap_or_else(|| of_fault(py, fault))),
        (Finish::TimedOut, _) => Err(errors::load_timeout(
            py,
            "wanted an answer within twice the region's wait, found: timed_out".to_owned(),
        )),
        // An exception beside an end: raised while decoding.
        (_, None) => Err(own
            .unwrap_or_else(|| errors::corrupt_now(py, "a read ended without a value".to_owned()))),
        // A load that failed where a stale answer was allowed leaves its exception unused.
        (_, Some(value)) => Ok(value),
    }
}

fn of_fault(py: Python<'_>, fault: &Fault) -> PyErr {
    if let Some(raised) = fault.downcast_ref::<Raised>() {
        return raised.copy(py);
    }
    match fault.downcast_ref::<Error>() {
        Some(error) => errors::of_core(py, error),
        None => errors::misuse(py, "a load failed in another program's code".to_owned()),
    }
}
