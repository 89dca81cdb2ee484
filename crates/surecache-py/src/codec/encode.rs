//! Python objects to bytes.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString};
use pyo3::types::{PyStringMethods, PyTuple};

use super::refused::{Refusal, Refused, Step};
use super::types::{Types, is_exactly};
use super::wire::Writer;
use super::{Ext, MAX_DEPTH, number, temporal};

/// The bytes of a value.
///
/// Containers are read as they are at the moment; one that changes meanwhile is refused.
///
/// # Errors
/// A refusal that names the part which would not come back equal and of the same type.
pub(crate) fn encode(value: &Bound<'_, PyAny>) -> Result<Vec<u8>, Refusal> {
    let mut encoder = Encoder { out: Writer::default(), depth: 0 };
    encoder.value(value)?;
    Ok(encoder.out.bytes)
}

struct Encoder {
    out: Writer,
    depth: usize,
}

impl Encoder {
    fn value(&mut self, value: &Bound<'_, PyAny>) -> Result<(), Refusal> {
        if value.is_exact_instance_of::<PyString>() {
            self.text(value)
        } else if value.is_exact_instance_of::<PyInt>() {
            self.int(value)
        } else if value.is_exact_instance_of::<PyDict>() {
            self.nested(|encoder| encoder.dict(value))
        } else if value.is_exact_instance_of::<PyList>() {
            self.nested(|encoder| encoder.list(value))
        } else if value.is_none() {
            self.out.nil();
            Ok(())
        } else if value.is_exact_instance_of::<PyFloat>() {
            self.out.float(value.extract()?);
            Ok(())
        } else if value.is_exact_instance_of::<PyBool>() {
            self.out.bool(value.is_truthy()?);
            Ok(())
        } else if value.is_exact_instance_of::<PyBytes>() {
            let bytes = value.cast::<PyBytes>().map_err(PyErr::from)?;
            Ok(self.out.binary(bytes.as_bytes())?)
        } else if value.is_exact_instance_of::<PyTuple>() {
            self.nested(|encoder| encoder.tuple(value))
        } else if value.is_exact_instance_of::<PySet>() {
            self.nested(|encoder| encoder.set(Ext::Set, value))
        } else if value.is_exact_instance_of::<PyFrozenSet>() {
            self.nested(|encoder| encoder.set(Ext::FrozenSet, value))
        } else {
            self.other(value)
        }
    }

    fn text(&mut self, value: &Bound<'_, PyAny>) -> Result<(), Refusal> {
        let text = value.cast::<PyString>().map_err(PyErr::from)?;
        match text.to_str() {
            Ok(text) => Ok(self.out.text(text)?),
            Err(_) => {
                let hint = Some("text from file names: os.fsencode(text)");
                Err(Refused::found("text", "a lone surrogate, which is no text", hint))
            }
        }
    }

    fn int(&mut self, value: &Bound<'_, PyAny>) -> Result<(), Refusal> {
        if let Ok(value) = value.extract::<i64>() {
            self.out.signed(value);
        } else if let Ok(value) = value.extract::<u64>() {
            self.out.unsigned(value);
        } else {
            let body = number::big_int(value)?;
            self.out.ext(Ext::BigInt, &body)?;
        }
        Ok(())
    }

    fn list(&mut self, value: &Bound<'_, PyAny>) -> Result<(), Refusal> {
        let list = value.cast::<PyList>().map_err(PyErr::from)?;
        let length = list.len();
        self.out.array(length)?;
        for index in 0..length {
            let item = list.get_item(index).map_err(|_| changed())?;
            self.value(&item).map_err(|refusal| refusal.within(Step::Index(index)))?;
        }
        Ok(())
    }

    fn dict(&mut self, value: &Bound<'_, PyAny>) -> Result<(), Refusal> {
        let dict = value.cast::<PyDict>().map_err(PyErr::from)?;
        let length = dict.len();
        self.out.map(length)?;
        // The iterator panics on a dict that has changed, so it is asked beforehand, and never
        // once more than the dict is long.
        let mut items = dict.iter();
        for _ in 0..length {
            if dict.len() != length {
                return Err(changed());
            }
            let Some((key, value)) = items.next() else {
                return Err(changed());
            };
            self.value(&key).map_err(|refusal| refusal.within(Step::Key))?;
            self.value(&value)
                .map_err(|refusal| refusal.within(Step::Value(key.clone().unbind())))?;
        }
        Ok(())
    }

    fn tuple(&mut self, value: &Bound<'_, PyAny>) -> Result<(), Refusal> {
        let tuple = value.cast::<PyTuple>().map_err(PyErr::from)?;
        let body = self.apart(|encoder| {
            encoder.out.array(tuple.len())?;
            for (index, item) in tuple.iter().enumerate() {
                encoder.value(&item).map_err(|refusal| refusal.within(Step::Index(index)))?;
            }
            Ok(())
        })?;
        Ok(self.out.ext(Ext::Tuple, &body)?)
    }

    /// The elements in the order of their bytes: how the set grew leaves no trace.
    fn set(&mut self, kind: Ext, value: &Bound<'_, PyAny>) -> Result<(), Refusal> {
        let mut elements = Vec::new();
        for element in value.try_iter()? {
            // A set that has changed raises RuntimeError here.
            let element = element.map_err(|_| changed())?;
            let bytes = self
                .apart(|encoder| encoder.value(&element))
                .map_err(|refusal| refusal.within(Step::Element))?;
            elements.push(bytes);
        }
        elements.sort_unstable();
        let body = self.apart(|encoder| {
            encoder.out.array(elements.len())?;
            encoder.out.bytes.extend(elements.iter().flatten());
            Ok(())
        })?;
        Ok(self.out.ext(kind, &body)?)
    }

    fn other(&mut self, value: &Bound<'_, PyAny>) -> Result<(), Refusal> {
        let types = Types::get(value.py())?;
        let (kind, body) = if is_exactly(value, &types.datetime) {
            (Ext::DateTime, temporal::datetime(value, types)?)
        } else if is_exactly(value, &types.decimal) {
            (Ext::Decimal, number::decimal(value)?)
        } else if is_exactly(value, &types.uuid) {
            (Ext::Uuid, number::uuid(value)?.to_vec())
        } else if is_exactly(value, &types.date) {
            (Ext::Date, temporal::date(value)?.to_vec())
        } else if is_exactly(value, &types.timedelta) {
            (Ext::TimeDelta, temporal::timedelta(value)?.to_vec())
        } else if is_exactly(value, &types.time) {
            (Ext::Time, temporal::time(value, types)?)
        } else {
            return Err(Refused::kind(value));
        };
        Ok(self.out.ext(kind, &body)?)
    }

    fn nested(
        &mut self,
        body: impl FnOnce(&mut Self) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        if self.depth == MAX_DEPTH {
            return Err(Refused::too_deep());
        }
        self.depth += 1;
        let done = body(self);
        self.depth -= 1;
        done
    }

    /// What `body` writes, as bytes of their own.
    fn apart(
        &mut self,
        body: impl FnOnce(&mut Self) -> Result<(), Refusal>,
    ) -> Result<Vec<u8>, Refusal> {
        let outer = std::mem::take(&mut self.out);
        let done = body(self);
        let inner = std::mem::replace(&mut self.out, outer);
        done.map(|()| inner.bytes)
    }
}

fn changed() -> Refusal {
    let hint = Some("another thread writes to it: give a copy of your own");
    Refused::found("a container that stays as it is", "one that changed meanwhile", hint)
}
