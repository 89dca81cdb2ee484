//! Many reads of a region under way.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use surecache::Error;
use surecache::driver::{Brought, Codec, Core, Encoded, Finish, Load, ManyLoader, Payload};

use crate::detached::detached;
use crate::errors;
use crate::fault::{self, Raised};
use crate::load::PyLoad;
use crate::value::Values;

/// Loads what is missing by one call, and keeps each answer by its index.
pub(crate) struct Many<'a, 'py> {
    py: Python<'py>,
    core: &'a Core,
    values: &'a Values,
    call: &'a Bound<'py, PyAny>,
    answers: Vec<Option<Bound<'py, PyAny>>>,
    raised: Option<PyErr>,
}

impl<'a, 'py> Many<'a, 'py> {
    pub(crate) fn new(
        py: Python<'py>,
        core: &'a Core,
        values: &'a Values,
        call: &'a Bound<'py, PyAny>,
        count: usize,
    ) -> Self {
        let answers = (0..count).map(|_| None).collect();
        Self { py, core, values, call, answers, raised: None }
    }

    /// The answers in the order of the keys; the first failure is raised.
    pub(crate) fn answers<O>(
        mut self,
        ended: Result<Vec<(O, Finish)>, Result<PyErr, Error>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let ends = match ended {
            Ok(ends) => ends,
            Err(Ok(abort)) => return Err(abort),
            Err(Err(error)) => return Err(errors::of_core(self.py, &error)),
        };
        let list = PyList::empty(self.py);
        for ((_, finish), answer) in ends.iter().zip(self.answers) {
            list.append(fault::finished(self.py, finish, answer, self.raised.take())?)?;
        }
        Ok(list)
    }

    fn call(&mut self, keys: &[usize], load: &Arc<Load>) -> PyResult<Vec<Encoded>> {
        let asked = PyList::new(self.py, keys)?;
        let load = PyLoad::new(self.core, load);
        let brought = self.call.call1((asked, load))?.cast_into::<PyDict>()?;
        let mut encoded = Vec::with_capacity(keys.len());
        for index in keys {
            let value = brought.get_item(index)?.ok_or_else(|| missing(self.py, *index))?;
            encoded.push(self.values.encode(&value)?);
            self.answers[*index] = Some(value);
        }
        Ok(encoded)
    }
}

impl ManyLoader for Many<'_, '_> {
    type Abort = PyErr;

    fn load(&mut self, keys: &[usize], load: &Arc<Load>) -> Result<Vec<Brought>, PyErr> {
        match self.call(keys, load) {
            Ok(encoded) => Ok(encoded.into_iter().map(Ok).collect()),
            Err(error) => {
                let fault = Raised::share(self.py, error, &mut self.raised)?;
                Ok(keys.iter().map(|_| Err(Arc::clone(&fault))).collect())
            }
        }
    }

    fn decode(&mut self, index: usize, codec: Codec, payload: &Payload) -> bool {
        match self.values.decode(self.py, codec, payload) {
            Ok(value) => {
                self.answers[index] = value;
                self.answers[index].is_some()
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

fn missing(py: Python<'_>, index: usize) -> PyErr {
    errors::misuse(py, format!("wanted a value for each key to load, found none for key: {index}"))
}
