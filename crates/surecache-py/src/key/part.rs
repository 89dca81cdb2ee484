//! One Python value as a part.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyInt, PyString};
use surecache::{FieldKind, Part};

use crate::codec::{Types, is_exactly};

/// What a value is in a key or a tag.
#[derive(Debug)]
pub(crate) enum FromPython {
    /// A part, of its kind; `None` is [`Part::Null`].
    Part(Part),
    /// An integer of more bits than a part has.
    TooWide,
    /// A string that is no text.
    Surrogates,
    /// Of another type.
    OtherType,
}

/// The part that a value stands for, by its exact type.
///
/// # Errors
/// What Python raises, which is not expected.
pub(crate) fn part_of(value: &Bound<'_, PyAny>) -> PyResult<FromPython> {
    if value.is_exact_instance_of::<PyInt>() {
        return Ok(int(value));
    }
    if let Ok(text) = value.cast_exact::<PyString>() {
        return Ok(match text.to_str() {
            Ok(text) => FromPython::Part(Part::from(text)),
            Err(_) => FromPython::Surrogates,
        });
    }
    if value.is_none() {
        return Ok(FromPython::Part(Part::Null));
    }
    if value.is_exact_instance_of::<PyBool>() {
        return Ok(FromPython::Part(Part::Bool(value.is_truthy()?)));
    }
    if let Ok(bytes) = value.cast_exact::<PyBytes>() {
        return Ok(FromPython::Part(Part::Bytes(bytes.as_bytes().to_vec())));
    }
    of_library(value)
}

fn int(value: &Bound<'_, PyAny>) -> FromPython {
    match value.extract::<i64>() {
        Ok(value) => FromPython::Part(Part::from(value)),
        Err(_) => match value.extract::<i128>() {
            Ok(value) => FromPython::Part(Part::from(value)),
            Err(_) => FromPython::TooWide,
        },
    }
}

fn of_library(value: &Bound<'_, PyAny>) -> PyResult<FromPython> {
    let py = value.py();
    let types = Types::get(py)?;
    if is_exactly(value, &types.uuid) {
        let number: u128 = value.getattr(intern!(py, "int"))?.extract()?;
        return Ok(FromPython::Part(Part::Uuid(number.to_be_bytes())));
    }
    if is_exactly(value, &types.date) {
        let ordinal: i32 = value.call_method0(intern!(py, "toordinal"))?.extract()?;
        return Ok(FromPython::Part(Part::Date(ordinal - EPOCH_ORDINAL)));
    }
    Ok(FromPython::OtherType)
}

/// The kind of a part; `None` for NULL.
pub(super) fn kind_of(part: &Part) -> Option<FieldKind> {
    Some(match part {
        Part::Bool(_) => FieldKind::Bool,
        Part::Bytes(_) => FieldKind::Bytes,
        Part::Date(_) => FieldKind::Date,
        Part::Int(_) => FieldKind::Int,
        Part::Text(_) => FieldKind::Text,
        Part::Uuid(_) => FieldKind::Uuid,
        _ => return None,
    })
}

/// `datetime.date(1970, 1, 1).toordinal()`.
const EPOCH_ORDINAL: i32 = 719_163;
