//! How the values of plain keys become bytes and come back: pickled, to be sealed; or as another
//! program does it.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use surecache::driver::{Codec, Form};

use crate::pickle::{self, absent_if_exception};

/// The form of an engine's plain keys.
#[derive(Debug, Default)]
pub(crate) struct PlainForm {
    foreign: Option<Foreign>,
}

#[derive(Debug)]
struct Foreign {
    /// What `Engine.__new__` takes as its form.
    form: Py<PyAny>,
    is_written: bool,
}

impl PlainForm {
    pub(crate) fn new(form: Option<Bound<'_, PyAny>>) -> PyResult<Self> {
        let foreign = form.map(|form| {
            let is_written = form.getattr(intern!(form.py(), "is_written"))?.is_truthy()?;
            Ok::<_, PyErr>(Foreign { form: form.unbind(), is_written })
        });
        Ok(Self { foreign: foreign.transpose()? })
    }

    /// What the core reads.
    pub(crate) fn form(&self) -> Form {
        match &self.foreign {
            None => Form::Sealed,
            Some(Foreign { is_written: false, .. }) => Form::Leaving,
            Some(_) => Form::Mixed,
        }
    }

    /// Codec and bytes of a value.
    ///
    /// # Errors
    /// What the serializer raises.
    pub(crate) fn encode(&self, value: &Bound<'_, PyAny>) -> PyResult<(Codec, Vec<u8>)> {
        match &self.foreign {
            Some(Foreign { form, is_written: true }) => {
                let py = value.py();
                let dumped = form.bind(py).call_method1(intern!(py, "dumps"), (value,))?;
                Ok((Codec::Foreign, dumped.cast::<PyBytes>()?.as_bytes().to_vec()))
            }
            _ => pickle::encode(value),
        }
    }

    /// The value in bytes; `None` where they cannot be decoded here.
    ///
    /// # Errors
    /// What is no `Exception`.
    pub(crate) fn decode<'py>(
        &self,
        py: Python<'py>,
        codec: Codec,
        payload: &[u8],
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        match (codec, &self.foreign) {
            (Codec::Foreign, Some(foreign)) => {
                let bytes = PyBytes::new(py, payload);
                let loaded = foreign.form.bind(py).call_method1(intern!(py, "loads"), (bytes,));
                absent_if_exception(py, loaded)
            }
            _ => pickle::decode(py, codec, payload),
        }
    }

    /// Whether a value of this codec stands in the form that is written.
    pub(crate) fn is_written(&self, codec: Codec) -> bool {
        let writes_foreign = self.foreign.as_ref().is_some_and(|foreign| foreign.is_written);
        (codec == Codec::Foreign) == writes_foreign
    }
}
