//! Names of plain keys, as Django's own key function makes them.

use std::fmt::Write as _;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyInt, PyString};

/// The name of a key, where Django's validation finds no fault in it. `None` where Django has to
/// say what it is: a key that is no text, a version that is no small integer, a name that not every
/// cache takes.
#[pyfunction]
pub(crate) fn plain_name(
    prefix: &Bound<'_, PyAny>,
    version: &Bound<'_, PyAny>,
    key: &Bound<'_, PyAny>,
) -> Option<String> {
    let prefix = prefix.cast_exact::<PyString>().ok()?.to_str().ok()?;
    let version: i64 = version.cast_exact::<PyInt>().ok()?.extract().ok()?;
    let key = key.cast_exact::<PyString>().ok()?.to_str().ok()?;
    let mut name = String::with_capacity(prefix.len() + key.len() + VERSION_AND_COLONS);
    name.push_str(prefix);
    write!(name, ":{version}:").ok()?;
    name.push_str(key);
    is_portable(&name).then_some(name)
}

/// The name of a key in a cache object, which is asked where [`plain_name`] does not know.
///
/// # Errors
/// What the cache's own functions raise.
pub(crate) fn name_in(
    cache: &Bound<'_, PyAny>,
    key: &Bound<'_, PyAny>,
    version: &Bound<'_, PyAny>,
) -> PyResult<String> {
    let py = cache.py();
    if cache.getattr(intern!(py, "names_as_django"))?.is_truthy()? && has_django_s_function(cache)?
    {
        let prefix = cache.getattr(intern!(py, "key_prefix"))?;
        let name = if version.is_none() {
            plain_name(&prefix, &cache.getattr(intern!(py, "version"))?, key)
        } else {
            plain_name(&prefix, version, key)
        };
        if let Some(name) = name {
            return Ok(name);
        }
    }
    let make = intern!(py, "make_and_validate_key");
    cache.call_method1(make, (key, version))?.extract()
}

/// Asked each time: an application may give a cache another one at any time.
fn has_django_s_function(cache: &Bound<'_, PyAny>) -> PyResult<bool> {
    static DEFAULT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let (py, module) = (cache.py(), "django.core.cache.backends.base");
    let default = DEFAULT.import(py, module, "default_key_func")?;
    Ok(cache.getattr(intern!(py, "key_func"))?.is(default))
}

/// Whether every cache takes it: Django's limit, and no spaces, controls or other alphabets.
fn is_portable(name: &str) -> bool {
    name.len() <= MOST_BYTES && name.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Memcached's, which Django's validation warns of.
const MOST_BYTES: usize = 250;
/// The longest version, and two colons.
const VERSION_AND_COLONS: usize = 22;
