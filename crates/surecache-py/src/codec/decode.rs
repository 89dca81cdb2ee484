//! Bytes to Python objects. The bytes are not trusted: depth and every length are bounded, what is
//! left over is an error, and nothing but the constructors of the listed types is called.

use std::sync::MutexGuard;

use pyo3::exceptions::{PyException, PyUnicodeDecodeError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString};

use super::known::{KnownKeys, known_keys};
use super::temporal::Parts;
use super::types::Types;
use super::wire::{Item, Malformed, Reader};
use super::{Ext, MAX_DEPTH, number};
use crate::errors;

/// The value in the bytes: a new object at each call.
///
/// # Errors
/// `Corrupt` where the bytes are no value, or one that this process cannot make (a time zone that
/// the machine does not know).
pub(crate) fn decode<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let mut decoder = Decoder { py, reader: Reader::new(bytes), depth: 0, keys: None };
    let decoded = decoder.value().and_then(|value| {
        decoder.reader.finish()?;
        Ok(value)
    });
    decoded.map_err(|broken| broken.into_py_err(py))
}

struct Decoder<'a, 'py> {
    py: Python<'py>,
    reader: Reader<'a>,
    depth: usize,
    /// Asked for at the first key; `None` in it where another decoder has them.
    keys: Option<Option<MutexGuard<'static, KnownKeys>>>,
}

/// Why bytes are no value here. Boxed, so that what is made travels in registers.
struct Broken(Box<Why>);

enum Why {
    Malformed(Malformed),
    Raised(PyErr),
}

impl Broken {
    fn into_py_err(self, py: Python<'_>) -> PyErr {
        match *self.0 {
            Why::Malformed(malformed) => {
                let text = format!("stored value: {}", malformed.text);
                errors::corrupt(py, text).unwrap_or_else(|error| error)
            }
            // A constructor that refuses its arguments; what ends the program passes through.
            Why::Raised(error) if error.is_instance_of::<PyException>(py) => {
                let text = "stored value: wanted one that can be made here, found another";
                let made = errors::corrupt(py, text.to_owned()).unwrap_or_else(|error| error);
                made.set_cause(py, Some(error));
                made
            }
            Why::Raised(error) => error,
        }
    }
}

impl From<Malformed> for Broken {
    fn from(malformed: Malformed) -> Self {
        Self(Box::new(Why::Malformed(malformed)))
    }
}

impl From<PyErr> for Broken {
    fn from(error: PyErr) -> Self {
        Self(Box::new(Why::Raised(error)))
    }
}

impl<'a, 'py> Decoder<'a, 'py> {
    fn value(&mut self) -> Result<Bound<'py, PyAny>, Broken> {
        if let Some(text) = self.reader.short_text() {
            return Ok(self.text(text)?.into_any());
        }
        if let Some(value) = self.reader.short_number() {
            return Ok(PyInt::new(self.py, value).into_any());
        }
        let item = self.reader.item()?;
        self.made(item)
    }

    fn made(&mut self, item: Item<'a>) -> Result<Bound<'py, PyAny>, Broken> {
        let py = self.py;
        Ok(match item {
            Item::Text(text) => self.text(text)?.into_any(),
            Item::Unsigned(value) => match i64::try_from(value) {
                Ok(value) => PyInt::new(py, value).into_any(),
                Err(_) => PyInt::new(py, value).into_any(),
            },
            Item::Signed(value) => PyInt::new(py, value).into_any(),
            Item::Map(length) => self.nested(|decoder| decoder.dict(length))?,
            Item::Array(length) => self.nested(|decoder| decoder.list(length))?,
            Item::Nil => py.None().into_bound(py),
            Item::Float(value) => PyFloat::new(py, value).into_any(),
            Item::False => PyBool::new(py, false).to_owned().into_any(),
            Item::True => PyBool::new(py, true).to_owned().into_any(),
            Item::Binary(bytes) => PyBytes::new(py, bytes).into_any(),
            Item::Ext(kind, body) => self.ext(kind, body)?,
        })
    }

    fn dict(&mut self, length: usize) -> Result<Bound<'py, PyAny>, Broken> {
        let dict = PyDict::new(self.py);
        for _ in 0..length {
            let key = match self.reader.short_text() {
                Some(text) => self.key(text)?.into_any(),
                None => self.value()?,
            };
            dict.set_item(key, self.value()?)?;
        }
        if dict.len() != length {
            return Err(self.reader.malformed("each key once", "a key twice").into());
        }
        Ok(dict.into_any())
    }

    fn key(&mut self, text: &[u8]) -> Result<Bound<'py, PyString>, Broken> {
        let keys = self.keys.get_or_insert_with(known_keys);
        let Some(keys) = keys else { return self.text(text) };
        keys.key(self.py, text).map_err(|error| self.no_text(error))
    }

    fn text(&self, text: &[u8]) -> Result<Bound<'py, PyString>, Broken> {
        PyString::from_bytes(self.py, text).map_err(|error| self.no_text(error))
    }

    #[cold]
    fn no_text(&self, error: PyErr) -> Broken {
        match error.is_instance_of::<PyUnicodeDecodeError>(self.py) {
            true => self.reader.malformed("text in UTF-8", "other bytes").into(),
            false => error.into(),
        }
    }

    fn list(&mut self, length: usize) -> Result<Bound<'py, PyAny>, Broken> {
        let list = PyList::empty(self.py);
        for _ in 0..length {
            list.append(self.value()?)?;
        }
        Ok(list.into_any())
    }

    fn ext(&mut self, kind: Ext, body: Reader<'a>) -> Result<Bound<'py, PyAny>, Broken> {
        let py = self.py;
        let types = Types::get(py)?;
        let parts = || Parts { py, types, body };
        let read = match kind {
            Ext::Tuple => return Ok(PyTuple::new(py, self.elements(body)?)?.into_any()),
            Ext::Set => {
                let elements = self.elements(body)?;
                let set = PySet::new(py, &elements)?;
                return self.distinct(elements.len(), set.len(), set.into_any());
            }
            Ext::FrozenSet => {
                let elements = self.elements(body)?;
                let set = PyFrozenSet::new(py, &elements)?;
                return self.distinct(elements.len(), set.len(), set.into_any());
            }
            Ext::DateTime => parts().datetime(),
            Ext::Date => parts().date(),
            Ext::Time => parts().time(),
            Ext::TimeDelta => parts().timedelta(),
            Ext::Decimal => number::read_decimal(py, types, body),
            Ext::Uuid => number::read_uuid(py, types, body),
            Ext::BigInt => number::read_big_int(py, body),
        };
        Ok(read??)
    }

    /// The items of an array that fills the body of an extension.
    fn elements(&mut self, body: Reader<'a>) -> Result<Vec<Bound<'py, PyAny>>, Broken> {
        let outer = std::mem::replace(&mut self.reader, body);
        let elements = self.nested(|decoder| {
            let Item::Array(length) = decoder.reader.item()? else {
                return Err(decoder.reader.malformed("an array", "something else").into());
            };
            let elements: Result<Vec<_>, _> = (0..length).map(|_| decoder.value()).collect();
            decoder.reader.finish()?;
            elements
        });
        self.reader = outer;
        elements
    }

    fn distinct(
        &self,
        elements: usize,
        kept: usize,
        set: Bound<'py, PyAny>,
    ) -> Result<Bound<'py, PyAny>, Broken> {
        match elements == kept {
            true => Ok(set),
            false => Err(self.reader.malformed("each element once", "one twice").into()),
        }
    }

    fn nested<T>(
        &mut self,
        body: impl FnOnce(&mut Self) -> Result<T, Broken>,
    ) -> Result<T, Broken> {
        if self.depth == MAX_DEPTH {
            return Err(self
                .reader
                .malformed("at most 100 containers in one another", "more")
                .into());
        }
        self.depth += 1;
        let done = body(self);
        self.depth -= 1;
        done
    }
}
