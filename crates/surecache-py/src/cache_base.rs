//! What a cache object of Django is made of: the attributes that names are made from, the engine,
//! and the calls that are made most.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pyclass::{PyTraverseError, PyVisit};
use pyo3::types::{PyDict, PyTuple};

use crate::engine::Engine;
use crate::errors;
use crate::key::{self, DjangoNaming, Naming};
use crate::timeout::Timeout;

/// The base of `surecache.django.SureCache`. Its attributes are those of Django's `BaseCache`,
/// whose constructor sets them.
#[pyclass(frozen, subclass, module = "surecache._core")]
#[derive(Debug)]
pub(crate) struct CacheBase {
    attributes: Mutex<Attributes>,
    engine: OnceLock<Py<Engine>>,
}

#[derive(Debug)]
struct Attributes {
    key_prefix: Py<PyAny>,
    version: Py<PyAny>,
    key_func: Py<PyAny>,
    naming: DjangoNaming,
}

#[pymethods]
impl CacheBase {
    #[new]
    #[pyo3(signature = (*_arguments, **_named))]
    fn new(
        py: Python<'_>,
        _arguments: &Bound<'_, PyTuple>,
        _named: Option<&Bound<'_, PyDict>>,
    ) -> Self {
        let [key_prefix, version, key_func] = [py.None(), py.None(), py.None()];
        let naming = DjangoNaming::default();
        let attributes = Attributes { key_prefix, version, key_func, naming };
        Self { attributes: Mutex::new(attributes), engine: OnceLock::new() }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let own = self.attributes();
        [&own.key_prefix, &own.version, &own.key_func]
            .into_iter()
            .try_for_each(|one| visit.call(one))
    }

    fn __clear__(&self, py: Python<'_>) {
        self.set_key_func(py.None().into_bound(py));
        self.set_key_prefix(py.None().into_bound(py));
        self.set_version(py.None().into_bound(py));
    }

    #[getter]
    fn key_prefix(&self, py: Python<'_>) -> Py<PyAny> {
        self.attributes().key_prefix.clone_ref(py)
    }

    #[setter]
    fn set_key_prefix(&self, value: Bound<'_, PyAny>) {
        let prefix = key::prefix(&value);
        self.change(value, |own, value| {
            own.naming.prefix = prefix;
            std::mem::replace(&mut own.key_prefix, value)
        });
    }

    #[getter]
    fn version(&self, py: Python<'_>) -> Py<PyAny> {
        self.attributes().version.clone_ref(py)
    }

    #[setter]
    fn set_version(&self, value: Bound<'_, PyAny>) {
        let version = key::version(&value);
        self.change(value, |own, value| {
            own.naming.version = version;
            std::mem::replace(&mut own.version, value)
        });
    }

    #[getter]
    fn key_func(&self, py: Python<'_>) -> Py<PyAny> {
        self.attributes().key_func.clone_ref(py)
    }

    #[setter]
    fn set_key_func(&self, value: Bound<'_, PyAny>) {
        let has_function = key::is_django_s_function(&value);
        self.change(value, |own, value| {
            own.naming.has_function = has_function;
            std::mem::replace(&mut own.key_func, value)
        });
    }

    /// Whether the class makes and checks names as Django's own do.
    #[getter]
    fn names_as_django(&self) -> bool {
        self.attributes().naming.is_of_class
    }

    #[setter]
    fn set_names_as_django(&self, value: bool) {
        self.attributes().naming.is_of_class = value;
    }

    /// The store, opened at first use and shared with all aliases and threads that mean it.
    #[getter]
    fn engine(cache: &Bound<'_, Self>) -> PyResult<Py<Engine>> {
        Ok(Self::opened(cache)?.clone_ref(cache.py()))
    }

    /// The value under a key, or the default.
    #[pyo3(signature = (key, default=None, version=None))]
    fn get<'py>(
        cache: &Bound<'py, Self>,
        key: &Bound<'py, PyAny>,
        default: Option<Bound<'py, PyAny>>,
        version: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (py, engine) = (cache.py(), Self::opened(cache)?);
        let mut naming = Naming::of(cache, version);
        let default = || default.unwrap_or_else(|| py.None().into_bound(py));
        match engine.get().found(py, naming.name(key)?) {
            Ok(found) => Ok(found.unwrap_or_else(default)),
            Err(error) => Self::instead(cache, default(), error),
        }
    }

    /// The values found, by key; one question for all of them.
    fn _get_many<'py>(
        cache: &Bound<'py, Self>,
        keys: &Bound<'py, PyAny>,
        version: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let engine = Self::opened(cache)?;
        match engine.get().found_many(keys, Naming::of(cache, version)) {
            Ok(found) => Ok(found.into_any()),
            Err(error) => Self::instead(cache, PyDict::new(cache.py()).into_any(), error),
        }
    }

    /// Stores a value, as `Engine.set` does, by its key.
    fn _set<'py>(
        cache: &Bound<'py, Self>,
        key: &Bound<'py, PyAny>,
        value: &Bound<'py, PyAny>,
        timeout: Timeout,
        version: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<bool> {
        let mut naming = Naming::of(cache, version);
        let engine = Self::opened(cache)?;
        engine.get().set(cache.py(), naming.name(key)?, value, timeout)
    }

    /// The name of a key as Django makes it; None where Django itself has to say what it is.
    #[pyo3(signature = (key, version=None))]
    fn _plain_name<'py>(
        cache: &Bound<'py, Self>,
        key: &Bound<'py, PyAny>,
        version: Option<&Bound<'py, PyAny>>,
    ) -> Option<String> {
        Naming::of(cache, version).plain(key).map(str::to_owned)
    }
}

impl CacheBase {
    /// What names begin with; `None` where they are not made as Django makes them.
    pub(crate) fn head(&self, version: Option<&Bound<'_, PyAny>>) -> Option<String> {
        let version = version.map(key::version);
        self.attributes().naming.head(version)
    }

    /// To be held while nothing of Python's is called: another thread may wait for it with the
    /// interpreter's lock.
    fn attributes(&self) -> MutexGuard<'_, Attributes> {
        self.attributes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives an attribute another value. The old one is dropped last, which may call anything.
    fn change(
        &self,
        value: Bound<'_, PyAny>,
        put: impl FnOnce(&mut Attributes, Py<PyAny>) -> Py<PyAny>,
    ) {
        let old = put(&mut self.attributes(), value.unbind());
        drop(old);
    }

    fn opened<'a>(cache: &'a Bound<'_, Self>) -> PyResult<&'a Py<Engine>> {
        let engine = &cache.get().engine;
        if let Some(engine) = engine.get() {
            return Ok(engine);
        }
        let opened = cache.call_method0(intern!(cache.py(), "_open"))?.cast_into::<Engine>()?;
        Ok(engine.get_or_init(|| opened.unbind()))
    }

    /// What is given in place of an error: where the store is down the cache says what.
    fn instead<'py>(
        cache: &Bound<'py, Self>,
        answer: Bound<'py, PyAny>,
        error: PyErr,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = cache.py();
        if !errors::is_unavailable(py, &error) {
            return Err(error);
        }
        cache.call_method1(intern!(py, "_instead"), (answer, error.into_value(py)))
    }
}
