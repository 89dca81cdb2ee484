//! Keys of dicts that were met before: each is made and hashed once, as the names in a source are.

use std::sync::{Mutex, MutexGuard};

use pyo3::prelude::*;
use pyo3::types::PyString;

/// A place for each key, by its digest. A key that finds another one in its place replaces it.
#[derive(Debug)]
pub(super) struct KnownKeys([Option<KnownKey>; PLACES]);

/// The bytes of a key, and the key.
type KnownKey = (Box<[u8]>, Py<PyString>);

/// The keys of this process, until they are dropped; `None` while another decoder has them. Nobody
/// waits: who has them may be in a finaliser, which Python runs whenever an object is made.
pub(super) fn known_keys() -> Option<MutexGuard<'static, KnownKeys>> {
    static KNOWN: Mutex<KnownKeys> = Mutex::new(KnownKeys([const { None }; PLACES]));
    KNOWN.try_lock().ok()
}

impl KnownKeys {
    /// The key of a short text.
    ///
    /// # Errors
    /// What Python raises for bytes that are no text.
    pub(super) fn key<'py>(
        &mut self,
        py: Python<'py>,
        text: &[u8],
    ) -> PyResult<Bound<'py, PyString>> {
        let place = &mut self.0[digest(text) as usize % PLACES];
        if let Some((known, key)) = place
            && **known == *text
        {
            return Ok(key.bind(py).clone());
        }
        let key = PyString::from_bytes(py, text)?;
        *place = Some((text.into(), key.clone().unbind()));
        Ok(key)
    }
}

/// FNV-1a (Fowler, Noll, Vo): fast for texts of a few bytes.
fn digest(text: &[u8]) -> u32 {
    text.iter()
        .fold(0x811c_9dc5, |digest, byte| (digest ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// More than the names of a large application's answers; a power of two divides fast.
const PLACES: usize = 1024;
