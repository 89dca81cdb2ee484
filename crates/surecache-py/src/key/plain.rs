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
    let mut name = String::new();
    write_head(&mut name, prefix, version).then_some(())?;
    (is_portable(&name) && push_key(&mut name, key)).then_some(name)
}

/// The names of keys in a cache object, which is asked where [`plain_name`] does not know.
pub(crate) struct Naming<'a, 'py> {
    cache: &'a Bound<'py, PyAny>,
    version: &'a Bound<'py, PyAny>,
    /// Begins with what all names begin with.
    name: String,
    /// How long that is; `None` where they are not Django's.
    head: Option<usize>,
    /// The last one that the cache's own functions made.
    made: String,
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
        let mut name = String::new();
        let is_written = is_django_s && {
            let prefix = cache.getattr(intern!(py, "key_prefix"))?;
            if version.is_none() {
                write_head(&mut name, &prefix, &cache.getattr(intern!(py, "version"))?)
            } else {
                write_head(&mut name, &prefix, version)
            }
        };
        let head = (is_written && is_portable(&name)).then_some(name.len());
        Ok(Self { cache, version, name, head, made: String::new() })
    }

    /// The name of a key.
    ///
    /// # Errors
    /// What the cache's own functions raise.
    pub(crate) fn name(&mut self, key: &Bound<'py, PyAny>) -> PyResult<&str> {
        if let Some(head) = self.head {
            self.name.truncate(head);
            if push_key(&mut self.name, key) {
                return Ok(&self.name);
            }
        }
        let make = intern!(key.py(), "make_and_validate_key");
        self.made = self.cache.call_method1(make, (key, self.version))?.extract()?;
        Ok(&self.made)
    }
}

/// Writes prefix and version, as names begin; whether they are of the kinds that Django has.
fn write_head(name: &mut String, prefix: &Bound<'_, PyAny>, version: &Bound<'_, PyAny>) -> bool {
    let prefix = prefix.cast_exact::<PyString>().ok().and_then(|text| text.to_str().ok());
    let version = version.cast_exact::<PyInt>().ok().and_then(|number| number.extract().ok());
    let (Some(prefix), Some(version)) = (prefix, version) else { return false };
    name.reserve(prefix.len() + USUAL_BYTES);
    name.push_str(prefix);
    name.push(':');
    push_number(name, version);
    name.push(':');
    true
}

/// Most versions have one digit, and formatting costs as much as all else.
fn push_number(name: &mut String, number: i64) {
    match u8::try_from(number) {
        Ok(digit @ 0..=9) => name.push(char::from(b'0' + digit)),
        _ => name.push_str(&number.to_string()),
    }
}

/// Appends a key to what names begin with; whether that is a name that every cache takes.
fn push_key(name: &mut String, key: &Bound<'_, PyAny>) -> bool {
    let Some(key) = key.cast_exact::<PyString>().ok().and_then(|key| key.to_str().ok()) else {
        return false;
    };
    name.push_str(key);
    name.len() <= MOST_BYTES && is_portable(key)
}

/// Asked each time: an application may give a cache another one at any time.
fn has_django_s_function(cache: &Bound<'_, PyAny>) -> PyResult<bool> {
    static DEFAULT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let (py, module) = (cache.py(), "django.core.cache.backends.base");
    let default = DEFAULT.import(py, module, "default_key_func")?;
    Ok(cache.getattr(intern!(py, "key_func"))?.is(default))
}

/// Whether it has no spaces, controls or other alphabets.
fn is_portable(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A version and a key.
const USUAL_BYTES: usize = 48;

/// Memcached's, which Django's validation warns of.
const MOST_BYTES: usize = 250;
