//! What the door of plain keys needs beside the core: counting, loads.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use surecache::driver::{
    Brought, Codec, Encoded, Load, Loader, Payload, Plain, PlainEdit, PlainFound, PlainValue,
};

use crate::detached::detached;
use crate::errors;
use crate::fault::{self, Raised};
use crate::form::PlainForm;

/// The number after a count, or Django's exceptions.
pub(crate) fn counted(edit: PlainEdit, key: &str, delta: i64) -> PyResult<i64> {
    match edit {
        PlainEdit::Done(Some(number)) => Ok(number),
        PlainEdit::Missing => Err(PyValueError::new_err(format!("Key '{key}' not found"))),
        PlainEdit::Overflow => Err(PyOverflowError::new_err(format!(
            "wanted a sum within 64 bits, found a sum beyond them with delta: {delta}"
        ))),
        PlainEdit::Full => Err(PyValueError::new_err("wanted room for the number, found: none")),
        _ => Err(PyTypeError::new_err(format!(
            "wanted an integer of 64 bits under the key, found another value: '{key}'"
        ))),
    }
}

/// Whether a value was moved; `None` where there was none.
pub(crate) fn moved(edit: PlainEdit) -> Option<bool> {
    (edit != PlainEdit::Missing).then_some(edit == PlainEdit::Done(None))
}

/// Decodes what is found; keeps what is raised beside, such as an interrupt.
pub(crate) struct Decoding<'a, 'py> {
    py: Python<'py>,
    form: &'a PlainForm,
    raised: Option<PyErr>,
    skips_collections: bool,
}

impl<'a, 'py> Decoding<'a, 'py> {
    pub(crate) fn new(py: Python<'py>, form: &'a PlainForm) -> Self {
        Self { py, form, raised: None, skips_collections: false }
    }

    /// Of many: what holds a collection is left out, as servers do.
    pub(crate) fn of_many(py: Python<'py>, form: &'a PlainForm) -> Self {
        Self { py, form, raised: None, skips_collections: true }
    }

    pub(crate) fn decode(&mut self, value: &PlainValue) -> Option<Bound<'py, PyAny>> {
        if self.skips_collections && value.codec == Codec::Collection {
            return None;
        }
        match self.form.decode(self.py, value.codec, &value.payload) {
            Ok(value) => value,
            Err(error) => {
                self.raised = Some(error);
                None
            }
        }
    }

    /// Decodes what was found, each to be put by its index; until something is raised.
    pub(crate) fn decode_many(
        &mut self,
        plain: &Plain,
        found: &[PlainFound],
        mut put: impl FnMut(usize, Bound<'py, PyAny>) -> PyResult<()>,
    ) {
        plain.open_many(found, |index, value| {
            let value = self.decode(value);
            let is_decoded = value.is_some();
            if let Some(Err(error)) = value.map(|value| put(index, value)) {
                self.raised = Some(error);
            }
            match self.raised {
                Some(_) => ControlFlow::Break(()),
                None => ControlFlow::Continue(is_decoded),
            }
        });
    }

    /// What was read, or an exception.
    pub(crate) fn end<T>(self, read: Result<T, surecache::Error>) -> PyResult<T> {
        match self.raised {
            Some(error) => Err(error),
            None => read.map_err(|error| errors::of_core(self.py, &error)),
        }
    }
}

/// A `get_or_set` under way.
pub(crate) struct Computed<'a, 'py> {
    py: Python<'py>,
    loader: &'a Bound<'py, PyAny>,
    form: &'a PlainForm,
    value: Option<Bound<'py, PyAny>>,
    raised: Option<PyErr>,
}

impl<'a, 'py> Computed<'a, 'py> {
    pub(crate) fn new(py: Python<'py>, loader: &'a Bound<'py, PyAny>, form: &'a PlainForm) -> Self {
        Self { py, loader, form, value: None, raised: None }
    }

    pub(crate) fn read(
        mut self,
        plain: &Plain,
        key: &str,
        ttl: Option<Duration>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let ended = plain.get_or_set(key.as_bytes(), ttl, &mut self);
        fault::answer(self.py, ended, self.value, self.raised)
    }
}

impl Loader for Computed<'_, '_> {
    type Abort = PyErr;

    fn load(&mut self, _load: &Arc<Load>) -> Result<Brought, PyErr> {
        let encoded = self.loader.call0().and_then(|value| {
            let encoded = self.form.encode(&value)?;
            self.value = Some(value);
            Ok(encoded)
        });
        match encoded {
            Ok((codec, bytes)) => Ok(Ok(Encoded { codec, bytes })),
            Err(error) => Ok(Err(Raised::share(self.py, error, &mut self.raised)?)),
        }
    }

    fn decode(&mut self, codec: Codec, payload: &Payload) -> bool {
        match self.form.decode(self.py, codec, payload) {
            Ok(value) => {
                self.value = value;
                self.value.is_some()
            }
            Err(error) => {
                self.raised = Some(error);
                true
            }
        }
    }

    fn block<T: Send>(&mut self, wait: impl FnOnce() -> T + Send) -> T {
        detached(self.py, wait)
    }
}
