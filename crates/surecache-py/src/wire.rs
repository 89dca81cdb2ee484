//! The connection of one event loop to a store's server.
//!
//! All commands of one turn of the loop leave in one write; replies are read into the decoder's own
//! buffer when the loop says that there are some. A caller that is cancelled leaves its place in
//! the queue of replies: what comes for it is dropped, and nobody else's shifts.
//!
//! No lock is held while Python runs: unpickling, a finaliser or a callback may ask the cache
//! again.

mod inner;
mod job;
mod queue;

use std::num::NonZeroU32;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use surecache::driver::{Clearing, Core, EntryKey, Plain, fork_generation};
use surecache::stores::{Address, Glob, Reply, Standing};

use self::inner::{Inner, Lost};
use self::job::{Job, Kind};
use crate::arguments::{bytes_of, strings};
use crate::collections::Asked;
use crate::engine::Engine;
use crate::errors;
use crate::form::PlainForm;
use crate::lock::PyLockCall;
use crate::taking::PyTaking;
use crate::timeout::Timeout;
use crate::walk::PyWalk;

/// A connection. Its methods return futures of the loop, and are called in the loop's thread.
#[pyclass(frozen, name = "Wire", module = "surecache._core")]
#[derive(Debug)]
pub(crate) struct PyWire {
    core: Core,
    plain: Plain,
    form: Arc<PlainForm>,
    event_loop: Py<PyAny>,
    inner: Mutex<Inner>,
    generation: u64,
}

/// What came for one job.
type Heard = (u64, Result<Reply, surecache::Error>);

#[pymethods]
impl PyWire {
    /// Takes over a socket that does not block, by its number, and where it is connected to.
    #[new]
    fn new(
        py: Python<'_>,
        engine: &Bound<'_, Engine>,
        event_loop: Py<PyAny>,
        socket: i32,
        host: PathBuf,
        port: Option<u16>,
    ) -> PyResult<Self> {
        if socket < 0 {
            let text = format!("wanted the number of an open socket, found: {socket}");
            return Err(PyValueError::new_err(text));
        }
        // SAFETY: it is not negative, and Python detached it from its object: nobody else has it.
        #[expect(unsafe_code, reason = "takes over a socket")]
        let socket = unsafe { OwnedFd::from_raw_fd(socket) };
        let engine = engine.get();
        let server = match port {
            Some(port) => Address::Tcp { host: host.to_string_lossy().into_owned(), port },
            None => Address::Unix(host),
        };
        let line = engine.core.line(&server).map_err(|error| errors::of_core(py, &error))?;
        let Some(line) = line else {
            let text = "wanted a store with a server, found one without";
            return Err(errors::misuse(py, text.to_owned()));
        };
        let inner = Mutex::new(Inner::new(line, socket));
        let (core, plain) = (engine.core.clone(), engine.plain().clone());
        let form = Arc::clone(&engine.form);
        Ok(Self { core, plain, form, event_loop, inner, generation: fork_generation() })
    }

    /// The number of the socket; -1 where the connection is lost.
    fn fileno(&self) -> i32 {
        self.lock().socket().map_or(-1, |socket| socket.as_raw_fd())
    }

    /// Whether the connection is lost.
    #[getter]
    pub(crate) fn is_lost(&self) -> bool {
        self.lock().socket().is_none()
    }

    /// See `Engine.get`.
    fn get<'py>(
        slf: &Bound<'py, Self>,
        key: &str,
        default: Py<PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let call = slf.get().plain.getting(key.as_bytes());
        Self::begin(slf, Job::plain(call, Kind::Get { default }))
    }

    /// See `Engine.get_many`.
    fn get_many<'py>(
        slf: &Bound<'py, Self>,
        keys: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let keys = strings(keys)?;
        let entries = keys.iter().map(|key| Ok(EntryKey::plain(key.to_str()?.as_bytes())));
        let call = slf.get().plain.getting_many(entries.collect::<PyResult<_>>()?);
        let keys = keys.into_iter().map(Bound::unbind).collect();
        Self::begin(slf, Job::plain(call, Kind::GetMany { keys }))
    }

    /// See `Engine.set`.
    fn set<'py>(
        slf: &Bound<'py, Self>,
        key: &str,
        value: &Bound<'py, PyAny>,
        timeout: Timeout,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let (codec, payload) = slf.get().form.encode(value)?;
        let Some(ttl) = timeout.ttl(py)? else {
            let call = slf.get().plain.deleting(&[key.as_bytes().to_vec()]);
            return Self::begin(slf, Job::plain(call, Kind::Stored));
        };
        let call = slf.get().plain.setting(key.as_bytes(), codec, &payload, ttl);
        let call = call.map_err(|error| errors::of_core(py, &error))?;
        Self::begin(slf, Job::plain(call, Kind::Stored))
    }

    /// Stores values, each as `set` does: their futures. None is stored where one cannot be
    /// pickled.
    fn set_many<'py>(
        slf: &Bound<'py, Self>,
        items: &Bound<'py, PyDict>,
        timeout: Timeout,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let (py, plain) = (slf.py(), &slf.get().plain);
        let Some(ttl) = timeout.ttl(py)? else {
            return Err(errors::misuse(py, "wanted a timeout above zero, found: another".into()));
        };
        let mut jobs = Vec::with_capacity(items.len());
        for (key, value) in items.iter() {
            let (codec, payload) = slf.get().form.encode(&value)?;
            let name = key.cast::<PyString>()?.to_str()?.as_bytes();
            let call = plain.setting(name, codec, &payload, ttl);
            let call = call.map_err(|error| errors::of_core(py, &error))?;
            jobs.push(Job::plain(call, Kind::Stored));
        }
        jobs.into_iter().map(|job| Self::begin(slf, job)).collect()
    }

    /// See `Engine.add`.
    fn add<'py>(
        slf: &Bound<'py, Self>,
        key: &str,
        value: &Bound<'py, PyAny>,
        timeout: Timeout,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (codec, payload) = slf.get().form.encode(value)?;
        let plain = &slf.get().plain;
        let job = match timeout.ttl(slf.py())? {
            Some(ttl) => {
                Job::plain(plain.adding(key.as_bytes(), codec, &payload, ttl), Kind::Edited)
            }
            None => Job::plain(plain.getting(key.as_bytes()), Kind::Lacks),
        };
        Self::begin(slf, job)
    }

    /// See `Engine.replace`.
    fn replace<'py>(
        slf: &Bound<'py, Self>,
        key: &str,
        value: &Bound<'py, PyAny>,
        timeout: Timeout,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (codec, payload) = slf.get().form.encode(value)?;
        let Some(ttl) = timeout.ttl(slf.py())? else { return Self::delete(slf, key) };
        let call = slf.get().plain.replacing(key.as_bytes(), codec, &payload, ttl);
        Self::begin(slf, Job::plain(call, Kind::Edited))
    }

    /// See `Engine.touch`.
    fn touch<'py>(
        slf: &Bound<'py, Self>,
        key: &str,
        timeout: Timeout,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Some(ttl) = timeout.ttl(slf.py())? else { return Self::delete(slf, key) };
        let call = slf.get().plain.touching(key.as_bytes(), ttl);
        Self::begin(slf, Job::plain(call, Kind::Edited))
    }

    /// See `Engine.delete`.
    fn delete<'py>(slf: &Bound<'py, Self>, key: &str) -> PyResult<Bound<'py, PyAny>> {
        let call = slf.get().plain.deleting(&[key.as_bytes().to_vec()]);
        Self::begin(slf, Job::plain(call, Kind::Deleted))
    }

    /// See `Engine.delete_many`.
    fn delete_many<'py>(
        slf: &Bound<'py, Self>,
        keys: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let call = slf.get().plain.deleting(&bytes_of(&strings(keys)?)?);
        Self::begin(slf, Job::plain(call, Kind::DeletedMany))
    }

    /// See `Engine.has_key`.
    fn has_key<'py>(slf: &Bound<'py, Self>, key: &str) -> PyResult<Bound<'py, PyAny>> {
        let call = slf.get().plain.getting(key.as_bytes());
        Self::begin(slf, Job::plain(call, Kind::Has))
    }

    /// See `Engine.incr`.
    #[pyo3(signature = (key, delta, start=None))]
    fn incr<'py>(
        slf: &Bound<'py, Self>,
        key: &str,
        delta: &Bound<'py, PyAny>,
        start: Option<i64>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let delta = delta.extract::<i64>()?;
        let call = slf.get().plain.counting(key.as_bytes(), delta, start);
        Self::begin(slf, Job::plain(call, Kind::Counted { key: key.to_owned(), delta }))
    }

    /// See `Engine.rename`.
    fn rename<'py>(slf: &Bound<'py, Self>, key: &str, other: &str) -> PyResult<Bound<'py, PyAny>> {
        let call = slf.get().plain.renaming(key.as_bytes(), other.as_bytes());
        Self::begin(slf, Job::plain(call, Kind::Moved))
    }

    /// See `Engine.collect`.
    fn collect<'py>(
        slf: &Bound<'py, Self>,
        operation: &str,
        keys: Vec<String>,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Asked { command, gives } = Asked::read(operation, arguments)?;
        let keys: Vec<_> = keys.into_iter().map(String::into_bytes).collect();
        let call = slf.get().plain.collecting(&keys, command);
        let call = call.map_err(|error| errors::of_core(slf.py(), &error))?;
        Self::begin(slf, Job::plain(call, Kind::Collected(gives)))
    }

    /// See `Engine.ttl`.
    fn ttl<'py>(
        slf: &Bound<'py, Self>,
        key: &str,
        default: Py<PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let call = slf.get().plain.looking(key.as_bytes());
        Self::begin(slf, Job::plain(call, Kind::Ttl { default }))
    }

    /// See `Engine.keys`.
    fn keys<'py>(
        slf: &Bound<'py, Self>,
        pattern: &str,
        cursor: &[u8],
        count: NonZeroU32,
    ) -> PyResult<Bound<'py, PyAny>> {
        let glob = Glob::new(pattern.as_bytes());
        Self::begin(slf, Job::plain(slf.get().plain.listing(&glob, cursor, count), Kind::Page))
    }

    /// See `Engine.delete_matching`.
    fn delete_matching<'py>(
        slf: &Bound<'py, Self>,
        pattern: &str,
        cursor: &[u8],
        count: NonZeroU32,
    ) -> PyResult<Bound<'py, PyAny>> {
        let glob = Glob::new(pattern.as_bytes());
        let call = slf.get().plain.deleting_matching(&glob, cursor, count);
        Self::begin(slf, Job::plain(call, Kind::Page))
    }

    /// See `Engine.clear`.
    fn clear<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::begin(slf, Job::Clear(Box::new(Clearing::begin(&slf.get().core))))
    }

    /// Asks what a walk asks, and tells it the reply.
    fn ask<'py>(slf: &Bound<'py, Self>, walk: &Bound<'py, PyWalk>) -> PyResult<Bound<'py, PyAny>> {
        Self::begin(slf, Job::Walk(walk.clone().unbind()))
    }

    /// Asks what one who wants a lock asks, and tells him the reply.
    fn take<'py>(
        slf: &Bound<'py, Self>,
        taking: &Bound<'py, PyTaking>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::begin(slf, Job::Taking(taking.clone().unbind()))
    }

    /// See `LockCall.run`.
    fn run<'py>(
        slf: &Bound<'py, Self>,
        call: &Bound<'py, PyLockCall>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::begin(slf, Job::Lock(call.clone().unbind()))
    }

    /// Whether its loop was closed without a word to it.
    #[getter]
    fn is_stranded(&self, py: Python<'_>) -> PyResult<bool> {
        self.event_loop.bind(py).call_method0(intern!(py, "is_closed"))?.is_truthy()
    }

    /// The loop's: writes what was asked in this turn.
    fn flush(slf: &Bound<'_, Self>) -> PyResult<()> {
        if slf.get().is_inherited() {
            return Ok(());
        }
        let sent = slf.get().lock().send();
        match sent {
            Ok(sent) => Self::arrange(slf, &sent),
            Err(error) => Self::lose(slf, error),
        }
    }

    /// The loop's: the socket has bytes, or has ended.
    fn on_readable(slf: &Bound<'_, Self>) -> PyResult<()> {
        if slf.get().is_inherited() {
            return Ok(());
        }
        let mut heard = Vec::new();
        let received = slf.get().lock().receive(&mut heard);
        let told = Self::hear_all(slf, heard);
        let went_on = match received {
            // A reply may have led to another word of the same talk.
            Ok(()) => Self::flush(slf),
            Err(lost) => Self::lose(slf, lost),
        };
        told.and(went_on)
    }

    /// The loop's: looks whether the oldest reply is overdue.
    fn on_time(slf: &Bound<'_, Self>) -> PyResult<()> {
        if slf.get().is_inherited() {
            return Ok(());
        }
        let overdue = slf.get().lock().overdue();
        match overdue {
            Err(lost) => Self::lose(slf, lost),
            Ok(None) => Ok(()),
            Ok(Some(later)) => Self::call_later(slf, later.as_secs_f64()),
        }
    }

    /// Closes the connection; who waits on it gets `Unavailable`.
    pub(crate) fn close(slf: &Bound<'_, Self>) -> PyResult<()> {
        if slf.get().is_inherited() {
            return Ok(());
        }
        Self::lose(slf, Lost::Closed)
    }
}

impl PyWire {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True in a forked child that goes on with its parent's loop: the talk is the parent's.
    fn is_inherited(&self) -> bool {
        self.generation != fork_generation()
    }

    /// Whether it leads to the server that is meant.
    pub(crate) fn standing(&self) -> Standing {
        self.lock().standing()
    }

    /// True where the connection is one of this loop.
    pub(crate) fn is_of(&self, event_loop: &Bound<'_, PyAny>) -> bool {
        event_loop.is(&self.event_loop)
    }

    pub(crate) fn event_loop(&self) -> &Py<PyAny> {
        &self.event_loop
    }

    fn plain(&self) -> &Plain {
        &self.plain
    }

    fn form(&self) -> &PlainForm {
        &self.form
    }
}
