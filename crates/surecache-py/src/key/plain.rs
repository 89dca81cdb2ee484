//! Names of plain keys, as Django's own key function makes them.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyInt, PyString};

use crate::cache_base::CacheBase;

/// The names of keys in a cache object.
pub(crate) struct Naming<'a, 'py> {
    cache: &'a Bound<'py, CacheBase>,
    version: Option<&'a Bound<'py, PyAny>>,
    /// Begins with what all names begin with.
    name: String,
    /// How long that is; `None` where they are not Django's.
    head: Option<usize>,
    /// The last one that the cache's own functions made.
    made: String,
}

impl<'a, 'py> Naming<'a, 'py> {
    /// Those of one version; `None` is the cache's own.
    pub(crate) fn of(
        cache: &'a Bound<'py, CacheBase>,
        version: Option<&'a Bound<'py, PyAny>>,
    ) -> Self {
        let head = cache.get().head(version);
        let length = head.as_ref().map(String::len);
        Self { cache, version, name: head.unwrap_or_default(), head: length, made: String::new() }
    }

    /// The name of a key, where Django's validation finds no fault in it. `None` where Django has
    /// to say what it is: a key that is no text, a version that is no small integer, a name that
    /// not every cache takes.
    pub(crate) fn plain(&mut self, key: &Bound<'py, PyAny>) -> Option<&str> {
        self.name.truncate(self.head?);
        push_key(&mut self.name, key).then_some(&self.name)
    }

    /// The name of a key; the cache is asked where [`Naming::plain`] does not know.
    ///
    /// # Errors
    /// What the cache's own functions raise.
    pub(crate) fn name(&mut self, key: &Bound<'py, PyAny>) -> PyResult<&str> {
        if self.plain(key).is_none() {
            let make = intern!(key.py(), "make_and_validate_key");
            self.made = self.cache.call_method1(make, (key, self.version))?.extract()?;
            return Ok(&self.made);
        }
        Ok(&self.name)
    }
}

/// Whether and how a cache object has names made as Django makes them.
#[derive(Debug, Default)]
pub(crate) struct DjangoNaming {
    /// Its class does not make or check them in another way.
    pub(crate) is_of_class: bool,
    pub(crate) has_function: bool,
    pub(crate) prefix: Option<String>,
    pub(crate) version: Option<i64>,
}

impl DjangoNaming {
    /// What names of a version begin with, by default of the cache's own; `None` where they are
    /// made in another way.
    pub(crate) fn head(&self, version: Option<Option<i64>>) -> Option<String> {
        let (prefix, version) = (self.prefix.as_ref()?, version.unwrap_or(self.version)?);
        (self.is_of_class && self.has_function).then(|| {
            let mut head = String::with_capacity(prefix.len() + USUAL_BYTES);
            head.push_str(prefix);
            head.push(':');
            push_number(&mut head, version);
            head.push(':');
            head
        })
    }
}

/// A prefix of which names can be made here.
pub(crate) fn prefix(value: &Bound<'_, PyAny>) -> Option<String> {
    let text = value.cast_exact::<PyString>().ok()?.to_str().ok()?;
    is_portable(text).then(|| text.to_owned())
}

/// A version of which names can be made here.
pub(crate) fn version(value: &Bound<'_, PyAny>) -> Option<i64> {
    value.cast_exact::<PyInt>().ok()?.extract().ok()
}

/// Whether it is the key function of caches that have none of their own.
pub(crate) fn is_django_s_function(value: &Bound<'_, PyAny>) -> bool {
    static DEFAULT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let module = "django.core.cache.backends.base";
    let default = DEFAULT.import(value.py(), module, "default_key_func");
    default.is_ok_and(|default| value.is(default))
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

/// Whether it has no spaces, controls or other alphabets.
fn is_portable(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A version and a key.
const USUAL_BYTES: usize = 48;

/// Memcached's, which Django's validation warns of.
const MOST_BYTES: usize = 250;
