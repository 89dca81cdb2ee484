//! The values of a region: the safe codec, or pickle where the declaration names it; and those of
//! plain keys.

use std::sync::Arc;

use pyo3::intern;
use pyo3::prelude::*;
use surecache::driver::{Codec, Encoded};

use crate::codec;
use crate::errors;
use crate::form::PlainForm;
use crate::pickle::{self, absent_if_exception};

/// How a region's values become bytes and come back.
#[derive(Debug)]
pub(crate) struct Values {
    codec: Codec,
    /// Turns declared types into plain values and back: a `surecache._values.Shape`.
    shape: Option<Py<PyAny>>,
    /// Of plain keys, where these are theirs.
    plain: Option<Arc<PlainForm>>,
}

impl Values {
    pub(crate) fn new(py: Python<'_>, codec: &str, shape: Option<Py<PyAny>>) -> PyResult<Self> {
        let codec = match codec {
            "msgpack" => Codec::MessagePack,
            "pickle" => Codec::Pickle,
            _ => {
                let text = format!("wanted a codec msgpack or pickle, found: {codec}");
                return Err(errors::declaration(py, text));
            }
        };
        Ok(Self { codec, shape, plain: None })
    }

    /// Those of plain keys.
    pub(crate) fn of_plain_keys(form: &Arc<PlainForm>) -> Self {
        Self { codec: Codec::Pickle, shape: None, plain: Some(Arc::clone(form)) }
    }

    pub(crate) fn codec(&self) -> Codec {
        self.codec
    }

    pub(crate) fn encode(&self, value: &Bound<'_, PyAny>) -> PyResult<Encoded> {
        if let Some(form) = &self.plain {
            let (codec, bytes) = form.encode(value)?;
            return Ok(Encoded { codec, bytes });
        }
        Ok(Encoded { codec: self.codec, bytes: self.bytes(value)? })
    }

    fn bytes(&self, value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
        let py = value.py();
        let lowered = match &self.shape {
            Some(shape) => &shape.bind(py).call_method1(intern!(py, "lower"), (value,))?,
            None => value,
        };
        match self.codec {
            Codec::Pickle => pickle::dumps(lowered),
            _ => codec::encode(lowered).map_err(|refusal| refusal.into_py_err(py)),
        }
    }

    /// `None` where the bytes cannot be decoded here.
    pub(crate) fn decode<'py>(
        &self,
        py: Python<'py>,
        codec: Codec,
        payload: &[u8],
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        if let Some(form) = &self.plain {
            return form.decode(py, codec, payload);
        }
        if codec != self.codec {
            return Ok(None);
        }
        let plain = match codec {
            Codec::Pickle => pickle::decode(py, codec, payload)?,
            _ => absent_if_exception(py, codec::decode(py, payload))?,
        };
        match (plain, &self.shape) {
            (Some(plain), Some(shape)) => {
                let lifted = shape.bind(py).call_method1(intern!(py, "lift"), (plain,));
                absent_if_exception(py, lifted)
            }
            (plain, _) => Ok(plain),
        }
    }
}
