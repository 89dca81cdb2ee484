//! Integers beyond 64 bits, decimals, UUIDs.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyInt};

use super::refused::Refusal;
use super::types::Types;
use super::wire::{Malformed, Reader};

/// Two's complement, big-endian, in the fewest bytes.
pub(super) fn big_int(value: &Bound<'_, PyAny>) -> Result<Vec<u8>, Refusal> {
    let py = value.py();
    let signed = PyDict::new(py);
    signed.set_item(intern!(py, "signed"), true)?;
    let negative = value.lt(0)?;
    // -2^71 fits in nine bytes: the bit length of a negative number is taken of its complement.
    let magnitude = if negative { value.bitnot()? } else { value.clone() };
    let bits: usize = magnitude.call_method0(intern!(py, "bit_length"))?.extract()?;
    let bytes = value.call_method(intern!(py, "to_bytes"), (bits / 8 + 1, "big"), Some(&signed))?;
    Ok(bytes.extract()?)
}

/// The integer, which must be one that has no plain form.
pub(super) fn read_big_int<'py>(
    py: Python<'py>,
    mut body: Reader<'_>,
) -> PyResult<Result<Bound<'py, PyAny>, Malformed>> {
    let bytes = body.rest();
    let sign = |byte: u8| if byte & 0x80 == 0 { 0x00 } else { 0xff };
    let shortest = match bytes {
        [first, second, ..] => *first != sign(*second),
        _ => false,
    };
    // Nine bytes may still be a plain unsigned number: 0x00 and eight bytes.
    let plain = bytes.len() <= 8 || (bytes.len() == 9 && bytes[0] == 0);
    if !shortest || plain {
        return Ok(Err(body.malformed("an integer beyond 64 bits", "another")));
    }
    let signed = PyDict::new(py);
    signed.set_item(intern!(py, "signed"), true)?;
    let from_bytes = py.get_type::<PyInt>().getattr(intern!(py, "from_bytes"))?;
    from_bytes.call((PyBytes::new(py, bytes), "big"), Some(&signed)).map(Ok)
}

/// The text of a decimal; `E` is upper case whatever the context says.
pub(super) fn decimal(value: &Bound<'_, PyAny>) -> Result<Vec<u8>, Refusal> {
    let text = value.str()?;
    Ok(text.to_str()?.replace('e', "E").into_bytes())
}

pub(super) fn read_decimal<'py>(
    py: Python<'py>,
    types: &Types,
    mut body: Reader<'_>,
) -> PyResult<Result<Bound<'py, PyAny>, Malformed>> {
    match std::str::from_utf8(body.rest()) {
        Ok(text) if is_decimal(text) => types.decimal.bind(py).call1((text,)).map(Ok),
        _ => Ok(Err(body.malformed("a decimal number", "other text"))),
    }
}

/// True for what `str()` makes of a decimal. The constructor would take more (spaces, underscores,
/// other digits), and with its trap switched off make a NaN of anything else.
fn is_decimal(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(payload) = text.strip_prefix("sNaN").or_else(|| text.strip_prefix("NaN")) {
        return all_digits(payload);
    }
    if text == "Infinity" {
        return true;
    }
    let (number, exponent) = text.split_once('E').unwrap_or((text, "+0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or_default();
    [whole, fraction, exponent].iter().all(|part| !part.is_empty() && all_digits(part))
}

pub(super) fn uuid(value: &Bound<'_, PyAny>) -> Result<[u8; 16], Refusal> {
    let number: u128 = value.getattr(intern!(value.py(), "int"))?.extract()?;
    Ok(number.to_be_bytes())
}

pub(super) fn read_uuid<'py>(
    py: Python<'py>,
    types: &Types,
    mut body: Reader<'_>,
) -> PyResult<Result<Bound<'py, PyAny>, Malformed>> {
    let bytes = body.rest();
    if bytes.len() != 16 {
        return Ok(Err(body.malformed("16 bytes of a UUID", &format!("bytes: {}", bytes.len()))));
    }
    let arguments = PyDict::new(py);
    arguments.set_item(intern!(py, "bytes"), PyBytes::new(py, bytes))?;
    types.uuid.bind(py).call((), Some(&arguments)).map(Ok)
}
