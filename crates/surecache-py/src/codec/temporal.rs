//! Dates, times, time zones, durations.
//!
//! A zone is kept as what it is, not as its offset of the moment: `datetime.timezone` with offset
//! and name, `zoneinfo.ZoneInfo` by its key. Other zones are refused.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::refused::{Refusal, Refused};
use super::types::{Types, is_exactly};
use super::wire::{Malformed, Reader};

pub(super) fn date(value: &Bound<'_, PyAny>) -> Result<[u8; 4], Refusal> {
    let py = value.py();
    let year: u16 = value.getattr(intern!(py, "year"))?.extract()?;
    let month: u8 = value.getattr(intern!(py, "month"))?.extract()?;
    let day: u8 = value.getattr(intern!(py, "day"))?.extract()?;
    let [high, low] = year.to_be_bytes();
    Ok([high, low, month, day])
}

pub(super) fn datetime(value: &Bound<'_, PyAny>, types: &Types) -> Result<Vec<u8>, Refusal> {
    let mut body = date(value)?.to_vec();
    body.extend(time(value, types)?);
    Ok(body)
}

/// Hour, minute, second, fold, microsecond (four bytes), zone. Also of a datetime.
pub(super) fn time(value: &Bound<'_, PyAny>, types: &Types) -> Result<Vec<u8>, Refusal> {
    let py = value.py();
    let hour: u8 = value.getattr(intern!(py, "hour"))?.extract()?;
    let minute: u8 = value.getattr(intern!(py, "minute"))?.extract()?;
    let second: u8 = value.getattr(intern!(py, "second"))?.extract()?;
    let fold: u8 = value.getattr(intern!(py, "fold"))?.extract()?;
    let microsecond: u32 = value.getattr(intern!(py, "microsecond"))?.extract()?;
    let mut body = vec![hour, minute, second, fold];
    body.extend_from_slice(&microsecond.to_be_bytes());
    write_zone(&value.getattr(intern!(py, "tzinfo"))?, types, &mut body)?;
    Ok(body)
}

pub(super) fn timedelta(value: &Bound<'_, PyAny>) -> Result<[u8; 12], Refusal> {
    let py = value.py();
    let days: i32 = value.getattr(intern!(py, "days"))?.extract()?;
    let seconds: u32 = value.getattr(intern!(py, "seconds"))?.extract()?;
    let microseconds: u32 = value.getattr(intern!(py, "microseconds"))?.extract()?;
    let mut body = [0; 12];
    body[..4].copy_from_slice(&days.to_be_bytes());
    body[4..8].copy_from_slice(&seconds.to_be_bytes());
    body[8..].copy_from_slice(&microseconds.to_be_bytes());
    Ok(body)
}

fn write_zone(zone: &Bound<'_, PyAny>, types: &Types, body: &mut Vec<u8>) -> Result<(), Refusal> {
    if zone.is_none() {
        return Ok(());
    }
    if is_exactly(zone, &types.timezone) {
        return write_fixed(zone, body);
    }
    if is_exactly(zone, &types.zone_info) {
        return write_named(zone, body);
    }
    let hint = Some("zoneinfo.ZoneInfo(name), or datetime.timezone.utc");
    let found = zone.get_type().fully_qualified_name()?.to_string();
    Err(Refused::found("a zone of zoneinfo or datetime.timezone", format!("zone: {found}"), hint))
}

fn write_fixed(zone: &Bound<'_, PyAny>, body: &mut Vec<u8>) -> Result<(), Refusal> {
    let py = zone.py();
    let arguments = zone.call_method0(intern!(py, "__getinitargs__"))?;
    let arguments = arguments.cast::<PyTuple>().map_err(PyErr::from)?;
    let named = arguments.len() > 1;
    body.push(if named { NAMED_OFFSET } else { OFFSET });
    body.extend_from_slice(&timedelta(&arguments.get_item(0)?)?);
    if named {
        let name: String = arguments.get_item(1)?.extract()?;
        body.extend_from_slice(name.as_bytes());
    }
    Ok(())
}

/// Only a zone of the process's own cache: one read from a file, or made apart from the cache,
/// would come back as another zone of the same name.
fn write_named(zone: &Bound<'_, PyAny>, body: &mut Vec<u8>) -> Result<(), Refusal> {
    let py = zone.py();
    let from_cache = zone
        .call_method0(intern!(py, "__reduce__"))
        .and_then(|reduced| reduced.get_item(1)?.get_item(1)?.is_truthy())
        .unwrap_or(false);
    if !from_cache {
        let hint = Some("zoneinfo.ZoneInfo(name)");
        return Err(Refused::found("a zone by its name", "one from a file or by no_cache", hint));
    }
    let key: String = zone.getattr(intern!(py, "key"))?.extract()?;
    body.push(ZONE);
    body.extend_from_slice(key.as_bytes());
    Ok(())
}

/// The reading side; the constructors of Python check the ranges.
pub(super) struct Parts<'a, 'py> {
    pub(super) py: Python<'py>,
    pub(super) types: &'static Types,
    pub(super) body: Reader<'a>,
}

/// What a part gave: an object, bytes that are none, or an exception.
type Read<T> = PyResult<Result<T, Malformed>>;

macro_rules! wellformed {
    ($read:expr) => {
        match $read {
            Ok(value) => value,
            Err(malformed) => return Ok(Err(malformed)),
        }
    };
}

impl<'py> Parts<'_, 'py> {
    pub(super) fn date(mut self) -> Read<Bound<'py, PyAny>> {
        let (year, month, day) = wellformed!(self.ymd());
        wellformed!(self.body.finish());
        self.types.date.bind(self.py).call1((year, month, day)).map(Ok)
    }

    pub(super) fn datetime(mut self) -> Read<Bound<'py, PyAny>> {
        let (year, month, day) = wellformed!(self.ymd());
        let clock = wellformed!(self.clock());
        let zone = wellformed!(self.zone()?);
        let [hour, minute, second, fold] = clock.0;
        let arguments = (year, month, day, hour, minute, second, clock.1, zone);
        let fold = self.fold(fold)?;
        self.types.datetime.bind(self.py).call(arguments, fold.as_ref()).map(Ok)
    }

    pub(super) fn time(mut self) -> Read<Bound<'py, PyAny>> {
        let clock = wellformed!(self.clock());
        let zone = wellformed!(self.zone()?);
        let [hour, minute, second, fold] = clock.0;
        let fold = self.fold(fold)?;
        let arguments = (hour, minute, second, clock.1, zone);
        self.types.time.bind(self.py).call(arguments, fold.as_ref()).map(Ok)
    }

    pub(super) fn timedelta(mut self) -> Read<Bound<'py, PyAny>> {
        let delta = wellformed!(self.delta()?);
        wellformed!(self.body.finish());
        Ok(Ok(delta))
    }

    fn ymd(&mut self) -> Result<(u16, u8, u8), Malformed> {
        let [high, low, month, day] = self.body.take()?;
        Ok((u16::from_be_bytes([high, low]), month, day))
    }

    fn clock(&mut self) -> Result<([u8; 4], u32), Malformed> {
        let clock = self.body.take()?;
        Ok((clock, u32::from_be_bytes(self.body.take()?)))
    }

    fn fold(&self, fold: u8) -> PyResult<Option<Bound<'py, PyDict>>> {
        if fold == 0 {
            return Ok(None);
        }
        let arguments = PyDict::new(self.py);
        arguments.set_item(intern!(self.py, "fold"), fold)?;
        Ok(Some(arguments))
    }

    fn delta(&mut self) -> Read<Bound<'py, PyAny>> {
        let days = i32::from_be_bytes(wellformed!(self.body.take()));
        let seconds = u32::from_be_bytes(wellformed!(self.body.take()));
        let microseconds = u32::from_be_bytes(wellformed!(self.body.take()));
        if seconds >= 86_400 || microseconds >= 1_000_000 {
            return Ok(Err(self.body.malformed("a duration in its normal form", "another")));
        }
        self.types.timedelta.bind(self.py).call1((days, seconds, microseconds)).map(Ok)
    }

    /// The zone, up to the end.
    fn zone(&mut self) -> Read<Bound<'py, PyAny>> {
        if self.body.left() == 0 {
            return Ok(Ok(self.py.None().into_bound(self.py)));
        }
        let [kind] = wellformed!(self.body.take());
        let timezone = self.types.timezone.bind(self.py);
        match kind {
            OFFSET => {
                let offset = wellformed!(self.delta()?);
                wellformed!(self.body.finish());
                timezone.call1((offset,)).map(Ok)
            }
            NAMED_OFFSET => {
                let offset = wellformed!(self.delta()?);
                timezone.call1((offset, wellformed!(self.name()))).map(Ok)
            }
            ZONE => {
                let zone_info = self.types.zone_info.bind(self.py);
                zone_info.call1((wellformed!(self.name()),)).map(Ok)
            }
            _ => Ok(Err(self.body.malformed("a zone of kind 1 to 3", &format!("kind: {kind}")))),
        }
    }

    fn name(&mut self) -> Result<String, Malformed> {
        let name = String::from_utf8(self.body.rest().to_vec());
        name.map_err(|_| self.body.malformed("a name in UTF-8", "other bytes"))
    }
}

/// `datetime.timezone(offset)`.
const OFFSET: u8 = 1;
/// `datetime.timezone(offset, name)`.
const NAMED_OFFSET: u8 = 2;
/// `zoneinfo.ZoneInfo(name)`.
const ZONE: u8 = 3;
