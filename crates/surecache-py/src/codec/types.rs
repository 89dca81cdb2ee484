//! The Python types that are no builtins, looked up once per process.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// Types of the standard library; compared by identity.
#[derive(Debug)]
pub(crate) struct Types {
    pub(crate) date: Py<PyType>,
    pub(crate) datetime: Py<PyType>,
    pub(crate) decimal: Py<PyType>,
    pub(crate) time: Py<PyType>,
    pub(crate) timedelta: Py<PyType>,
    pub(crate) timezone: Py<PyType>,
    pub(crate) uuid: Py<PyType>,
    pub(crate) zone_info: Py<PyType>,
}

impl Types {
    /// The types.
    ///
    /// # Errors
    /// What importing a module of the standard library raises.
    pub(crate) fn get(py: Python<'_>) -> PyResult<&'static Self> {
        static TYPES: PyOnceLock<Types> = PyOnceLock::new();
        TYPES.get_or_try_init(py, || Self::import(py))
    }

    fn import(py: Python<'_>) -> PyResult<Self> {
        let find = |module: &str, name: &str| -> PyResult<Py<PyType>> {
            Ok(py.import(module)?.getattr(name)?.cast_into::<PyType>()?.unbind())
        };
        Ok(Self {
            date: find("datetime", "date")?,
            datetime: find("datetime", "datetime")?,
            decimal: find("decimal", "Decimal")?,
            time: find("datetime", "time")?,
            timedelta: find("datetime", "timedelta")?,
            timezone: find("datetime", "timezone")?,
            uuid: find("uuid", "UUID")?,
            zone_info: find("zoneinfo", "ZoneInfo")?,
        })
    }
}

/// True where the value's type is exactly this one.
pub(crate) fn is_exactly(value: &Bound<'_, PyAny>, wanted: &Py<PyType>) -> bool {
    value.get_type_ptr().cast() == wanted.as_ptr()
}
