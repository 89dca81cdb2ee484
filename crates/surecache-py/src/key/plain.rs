//! Names of plain keys, as Django's own key function makes them.

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
    named(&head(prefix, version)?, key)
}

/// The names of keys in a cache object, which is asked where [`plain_name`] does not know.
pub(crate) struct Naming<'a, 'py> {
    cache: &'a Bound<'py, PyAny>,
    version: &'a Bound<'py, PyAny>,
    /// What all names begin with, where they are Django's.
    head: Option<String>,
}

impl<'a, 'py> Naming<'a, 'py> {
    /// Those of one version; `None` is the cache's own.
    ///
    /// # Errors
    /// What the cache's attributes raise.
    pub(crate) fn of(
        cache: &'a Bound<'py, PyAny>,
        version: &'a Bound<'py, PyAny>,
    ) -> PyResult<Self> {
        let py = cache.py();
        let is_django_s = cache.getattr(intern!(py, "names_as_django"))?.is_truthy()?
            && has_django_s_function(cache)?;
        let head = if is_django_s {
            let prefix = cache.getattr(intern!(py, "key_prefix"))?;
            if version.is_none() {
                head(&prefix, &cache.getattr(intern!(py, "version"))?)
            } else {
                head(&prefix, version)
            }
        } else {
            None
        };
        Ok(Self { cache, version, head })
    }

    /// The name of a key.
    ///
    /// # Errors
    /// What the cache's own functions raise.
    pub(crate) fn name(&self, key: &Bound<'py, PyAny>) -> PyResult<String> {
        if let Some(name) = self.head.as_deref().and_then(|head| named(head, key)) {
            return Ok(name);
        }
        let make = intern!(key.py(), "make_and_validate_key");
        self.cache.call_method1(make, (key, self.version))?.extract()
    }
}

/// Prefix and version, as names begin.
fn head(prefix: &Bound<'_, PyAny>, version: &Bound<'_, PyAny>) -> Option<String> {
    let prefix = prefix.cast_exact::<PyString>().ok()?.to_str().ok()?;
    let version: i64 = version.cast_exact::<PyInt>().ok()?.extract().ok()?;
    Some(format!("{prefix}:{version}:"))
}

fn named(head: &str, key: &Bound<'_, PyAny>) -> Option<String> {
    let key = key.cast_exact::<PyString>().ok()?.to_str().ok()?;
    let name = [head, key].concat();
    is_portable(&name).then_some(name)
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
