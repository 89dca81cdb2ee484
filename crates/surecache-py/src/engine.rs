//! One opened cache: the door of plain keys, invalidation and statistics.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use surecache::Admission;
use surecache::driver::{Core, EntryKey, Plain, PlainEdit, fork_generation};
use surecache::stores::{Address, Standing};

use crate::arguments::{bytes_of, strings};
use crate::collections::Asked;
use crate::config::PyConfig;
use crate::detached::detached;
use crate::errors;
use crate::events::Callback;
use crate::form::PlainForm;
use crate::key::Naming;
use crate::lock::{self, PyLockCall};
use crate::pages::{self, Page};
use crate::pickle::absent_if_exception;
use crate::plain::{Computed, Decoding, counted, moved};
use crate::statistics;
use crate::tag::{PyTag, tags_of};
use crate::taking::PyTaking;
use crate::timeout::Timeout;
use crate::value::Values;
use crate::walk::PyWalk;
use crate::wire::PyWire;

/// An opened cache. Safe to share between threads, and usable in forked children.
#[pyclass(frozen, module = "surecache._core")]
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) core: Core,
    plain: Plain,
    pub(crate) form: Arc<PlainForm>,
    wires: Mutex<Wires>,
}

/// The connections of event loops in one process.
#[derive(Debug, Default)]
struct Wires {
    generation: u64,
    wires: Vec<Py<PyWire>>,
}

impl Wires {
    /// Those of this process: what a fork brought is the parent's, neither used nor closed here.
    fn here(&mut self) -> &mut Vec<Py<PyWire>> {
        if self.generation != fork_generation() {
            self.generation = fork_generation();
            std::mem::forget(std::mem::take(&mut self.wires));
        }
        &mut self.wires
    }
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (config, form=None))]
    fn new(py: Python<'_>, config: &PyConfig, form: Option<Bound<'_, PyAny>>) -> PyResult<Self> {
        let core = detached(py, || config.open());
        let core = core.map_err(|error| errors::of_core(py, &error))?;
        let form = Arc::new(PlainForm::new(form)?);
        let plain = Plain::new(&core).with_form(form.form());
        Ok(Self { plain, core, form, wires: Mutex::default() })
    }

    /// The value under a key, or the default.
    #[pyo3(signature = (key, default=None))]
    fn get<'py>(
        &self,
        py: Python<'py>,
        key: &str,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let found = self.found(py, key)?;
        Ok(found.or(default).unwrap_or_else(|| py.None().into_bound(py)))
    }

    /// Stores a value; false where there is no room.
    pub(crate) fn set(
        &self,
        py: Python<'_>,
        key: &str,
        value: &Bound<'_, PyAny>,
        timeout: Timeout,
    ) -> PyResult<bool> {
        let (codec, payload) = self.form.encode(value)?;
        let Some(ttl) = timeout.ttl(py)? else {
            return self.delete(py, key).map(|_| true);
        };
        detached(py, || self.plain.set(key.as_bytes(), codec, &payload, ttl))
            .map_err(|error| errors::of_core(py, &error))
    }

    /// Stores many values; the keys that were not stored.
    fn set_many<'py>(
        &self,
        py: Python<'py>,
        items: &Bound<'py, PyDict>,
        timeout: Timeout,
    ) -> PyResult<Bound<'py, PyList>> {
        let failed = PyList::empty(py);
        let keys = strings(items.as_any())?;
        let names = bytes_of(&keys)?;
        let Some(ttl) = timeout.ttl(py)? else {
            let deleted = detached(py, || self.plain.delete(&names));
            return deleted.map(|_| failed).map_err(|error| errors::of_core(py, &error));
        };
        let mut values = Vec::with_capacity(names.len());
        for (name, value) in names.iter().zip(items.values()) {
            let (codec, payload) = self.form.encode(&value)?;
            values.push((&name[..], codec, payload));
        }
        let stored = detached(py, || self.plain.set_many(&values, ttl));
        let stored = stored.map_err(|error| errors::of_core(py, &error))?;
        for (key, is_stored) in keys.iter().zip(stored) {
            if !is_stored {
                failed.append(key)?;
            }
        }
        Ok(failed)
    }

    /// Stores a value where there is none; whether it did.
    fn add(
        &self,
        py: Python<'_>,
        key: &str,
        value: &Bound<'_, PyAny>,
        timeout: Timeout,
    ) -> PyResult<bool> {
        let (codec, payload) = self.form.encode(value)?;
        let Some(ttl) = timeout.ttl(py)? else {
            return self.has_key(py, key).map(|is_there| !is_there);
        };
        let edit = detached(py, || self.plain.add(key.as_bytes(), codec, &payload, ttl));
        let edit = edit.map_err(|error| errors::of_core(py, &error))?;
        Ok(matches!(edit, PlainEdit::Done(_)))
    }

    /// Stores a value where there is one; whether there was.
    fn replace(
        &self,
        py: Python<'_>,
        key: &str,
        value: &Bound<'_, PyAny>,
        timeout: Timeout,
    ) -> PyResult<bool> {
        let (codec, payload) = self.form.encode(value)?;
        let Some(ttl) = timeout.ttl(py)? else { return self.delete(py, key) };
        let edit = detached(py, || self.plain.replace(key.as_bytes(), codec, &payload, ttl));
        let edit = edit.map_err(|error| errors::of_core(py, &error))?;
        Ok(matches!(edit, PlainEdit::Done(_)))
    }

    /// Gives a value another timeout; whether there was one.
    fn touch(&self, py: Python<'_>, key: &str, timeout: Timeout) -> PyResult<bool> {
        let Some(ttl) = timeout.ttl(py)? else { return self.delete(py, key) };
        let edit = detached(py, || self.plain.touch(key.as_bytes(), ttl));
        let edit = edit.map_err(|error| errors::of_core(py, &error))?;
        Ok(matches!(edit, PlainEdit::Done(_)))
    }

    /// Deletes a value; whether there was one.
    fn delete(&self, py: Python<'_>, key: &str) -> PyResult<bool> {
        let deleted = detached(py, || self.plain.delete(&[key.as_bytes().to_vec()]));
        deleted.map(|count| count > 0).map_err(|error| errors::of_core(py, &error))
    }

    /// Deletes values; how many there were.
    fn delete_many(&self, py: Python<'_>, keys: &Bound<'_, PyAny>) -> PyResult<usize> {
        let keys = bytes_of(&strings(keys)?)?;
        detached(py, || self.plain.delete(&keys)).map_err(|error| errors::of_core(py, &error))
    }

    /// Whether there is a value.
    fn has_key(&self, py: Python<'_>, key: &str) -> PyResult<bool> {
        let found = self.wait(py, || self.plain.get(key.as_bytes(), |_| Some(())));
        if found.as_ref().is_err_and(surecache::Error::is_wrong_kind) {
            return Ok(true);
        }
        found.map(|found| found.is_some()).map_err(|error| errors::of_core(py, &error))
    }

    /// A page of the keys that match and have a value, and where the walk goes on.
    fn keys<'py>(
        &self,
        py: Python<'py>,
        pattern: &str,
        cursor: &[u8],
        count: NonZeroU32,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let page = Page::new(pattern, cursor, count);
        let found = detached(py, || self.plain.keys(&page.glob, &page.cursor, page.count));
        let (keys, cursor) = found.map_err(|error| errors::of_core(py, &error))?;
        pages::names(py, &keys, cursor)
    }

    /// Deletes the values of a page of the keys that match; how many, and where the walk goes on.
    fn delete_matching<'py>(
        &self,
        py: Python<'py>,
        pattern: &str,
        cursor: &[u8],
        count: NonZeroU32,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let (page, plain) = (Page::new(pattern, cursor, count), &self.plain);
        let deleted = detached(py, || plain.delete_matching(&page.glob, &page.cursor, page.count));
        let (count, cursor) = deleted.map_err(|error| errors::of_core(py, &error))?;
        pages::deleted(py, count, cursor)
    }

    /// Adds to a number, keeping its timeout; where there is none, to `start`, where that is given.
    /// The number now.
    #[pyo3(signature = (key, delta, start=None))]
    fn incr(
        &self,
        py: Python<'_>,
        key: &str,
        delta: &Bound<'_, PyAny>,
        start: Option<i64>,
    ) -> PyResult<i64> {
        let delta = delta.extract::<i64>()?;
        let edit = detached(py, || self.plain.count(key.as_bytes(), delta, start));
        counted(edit.map_err(|error| errors::of_core(py, &error))?, key, delta)
    }

    /// The seconds that a value still has, `None` for no end; the default where there is no value.
    fn ttl<'py>(
        &self,
        py: Python<'py>,
        key: &str,
        default: Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let expiry = self.wait(py, || self.plain.expiry(key.as_bytes()));
        match expiry.map_err(|error| errors::of_core(py, &error))? {
            None => Ok(default),
            Some(None) => Ok(py.None().into_bound(py)),
            Some(Some(left)) => Ok(left.as_secs_f64().into_pyobject(py)?.into_any()),
        }
    }

    /// Does an operation on the collections under keys; what it gives.
    fn collect<'py>(
        &self,
        py: Python<'py>,
        operation: &str,
        keys: Vec<String>,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Asked { command, gives } = Asked::read(operation, arguments)?;
        let keys: Vec<_> = keys.into_iter().map(String::into_bytes).collect();
        let answer = self.wait(py, || self.plain.collect(&keys, command));
        gives.value(py, answer.map_err(|error| errors::of_core(py, &error))?)
    }

    /// The value under a key; where there is none, what the loader returns: one load for all who
    /// ask at once, over threads and processes.
    fn get_or_set<'py>(
        &self,
        py: Python<'py>,
        key: &str,
        loader: &Bound<'py, PyAny>,
        timeout: Timeout,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Some(ttl) = timeout.ttl(py)? else {
            return self.found(py, key)?.map_or_else(|| loader.call0(), Ok);
        };
        Computed::new(py, loader, &self.form).read(&self.plain, key, ttl)
    }

    /// Moves a value to another key, keeping its timeout: see `surecache::driver::Plain::rename`.
    /// Whether there was room; `None` where there was no value.
    fn rename(&self, py: Python<'_>, key: &str, other: &str) -> PyResult<Option<bool>> {
        let edit = detached(py, || self.plain.rename(key.as_bytes(), other.as_bytes()));
        Ok(moved(edit.map_err(|error| errors::of_core(py, &error))?))
    }

    /// Brings a value into the form that is written, where it stands in another one, and keeps its
    /// expiry. What became of it: `left` is one that cannot be, which stays as it is; `None` is
    /// nothing.
    fn rewrite(&self, py: Python<'_>, key: &str) -> PyResult<Option<&'static str>> {
        let (plain, key) = (&self.plain, key.as_bytes());
        loop {
            let standing = detached(py, || plain.standing(key));
            let Some(standing) = standing.map_err(|error| errors::of_core(py, &error))? else {
                let is_collection = detached(py, || plain.is_collection(key));
                let is_collection = is_collection.map_err(|error| errors::of_core(py, &error))?;
                return Ok(is_collection.then_some("collection"));
            };
            let (codec, payload) = (standing.value.codec, &standing.value.payload);
            if self.form.is_written(codec) {
                return Ok(None);
            }
            let Some(value) = self.form.decode(py, codec, payload)? else {
                return Ok(Some("left"));
            };
            let Some((codec, payload)) = absent_if_exception(py, self.form.encode(&value))? else {
                return Ok(Some("left"));
            };
            let exchanged = detached(py, || plain.exchange(key, &standing, codec, &payload));
            if exchanged.map_err(|error| errors::of_core(py, &error))? {
                return Ok(Some("brought"));
            }
        }
    }

    /// Makes every entry of the namespace absent.
    fn clear(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || self.core.clear()).map_err(|error| errors::of_core(py, &error))
    }

    /// By which policy the store drops what is not over yet for room, locks among it.
    fn eviction(&self, py: Python<'_>) -> PyResult<Option<String>> {
        detached(py, || self.core.eviction()).map_err(|error| errors::of_core(py, &error))
    }

    /// What stands under a plain key.
    fn explain<'py>(&self, py: Python<'py>, key: &str) -> PyResult<Bound<'py, PyDict>> {
        let explained = self.wait(py, || self.plain.explain(key.as_bytes()));
        statistics::explanation(py, &explained.map_err(|error| errors::of_core(py, &error))?)
    }

    /// Ends every answer that carries one of the tags.
    fn invalidate(&self, py: Python<'_>, tags: Vec<PyRef<'_, PyTag>>) -> PyResult<()> {
        let tags = tags_of(&tags);
        detached(py, || self.core.invalidate(&tags)).map_err(|error| errors::of_core(py, &error))
    }

    /// Tries again to deliver invalidations that the store did not take.
    fn deliver(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || self.core.deliver()).map_err(|error| errors::of_core(py, &error))
    }

    /// The numbers of all processes of the namespace.
    fn statistics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let sums = detached(py, || self.core.statistics());
        statistics::numbers(py, &sums.map_err(|error| errors::of_core(py, &error))?)
    }

    /// How often, in all processes, the store did not take what was to end answers.
    fn late(&self, py: Python<'_>) -> PyResult<u64> {
        let sums = detached(py, || self.core.statistics());
        Ok(sums.map_err(|error| errors::of_core(py, &error))?.late)
    }

    /// The numbers of this process.
    fn own_statistics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        statistics::numbers(py, &self.core.own_statistics())
    }

    /// Writes this process's numbers to the store, as happens by itself each second.
    fn report(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || self.core.report()).map_err(|error| errors::of_core(py, &error))
    }

    /// Calls back for each read that is no hit, and with what the store said instead of an answer;
    /// once for an engine.
    fn on_event(&self, py: Python<'_>, event: Py<PyAny>, trouble: Py<PyAny>) -> PyResult<()> {
        let observed = self.core.observe(Arc::new(Callback::new(event, trouble)));
        observed.map_err(|error| errors::of_core(py, &error))
    }

    /// A read of a plain key that an event loop walks; its load brings what is stored.
    fn walk(&self, py: Python<'_>, key: &str, timeout: Timeout) -> PyResult<Option<PyWalk>> {
        let Some(ttl) = timeout.ttl(py)? else { return Ok(None) };
        let question = Arc::new(self.plain.loading(key.as_bytes(), ttl));
        let values = Arc::new(Values::of_plain_keys(&self.form));
        Ok(Some(PyWalk::begin(&self.core, &question, Admission::Full, None, &values)))
    }

    /// One who wants the lock of a name, or with a limit a place of the semaphore.
    #[pyo3(signature = (name, *, limit, timeout, lease, patience))]
    fn taking(
        &self,
        py: Python<'_>,
        name: &str,
        limit: Option<i64>,
        timeout: Option<f64>,
        lease: Option<f64>,
        patience: Option<f64>,
    ) -> PyResult<PyTaking> {
        let places = lock::places(py, name, limit)?;
        PyTaking::begin(py, &self.core, &places, (timeout, lease), patience)
    }

    /// Asks whether the lock, or each place of the semaphore, is held.
    #[pyo3(signature = (name, *, limit))]
    fn looking(&self, py: Python<'_>, name: &str, limit: Option<i64>) -> PyResult<PyLockCall> {
        Ok(PyLockCall::new(self.core.looking(&lock::places(py, name, limit)?)))
    }

    /// Where the store's server is, which may have to be asked for: a host and a port, or a path,
    /// and how many seconds a connection may take; `None` where the store has none.
    fn endpoint<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let endpoint = detached(py, || self.core.endpoint());
        let endpoint = endpoint.map_err(|error| errors::of_core(py, &error))?;
        let Some(endpoint) = endpoint else { return Ok(None) };
        let seconds = endpoint.connect_timeout.as_secs_f64();
        let told = match endpoint.address {
            Address::Tcp { host, port } => (host, Some(port), seconds).into_pyobject(py)?,
            Address::Unix(path) => {
                (path.into_os_string(), None::<u16>, seconds).into_pyobject(py)?
            }
            other => return Err(errors::misuse(py, format!("wanted an address, found: {other}"))),
        };
        Ok(Some(told))
    }

    /// Whether the store's server is not asked at present, because it did not answer.
    #[getter]
    fn is_given_up(&self) -> bool {
        self.core.is_given_up()
    }

    /// Notes that a connection could not be made.
    fn count_failure(&self) {
        self.core.count_failure();
    }

    /// The connection of the running event loop, where there is one that is of use. One to a server
    /// that is not the one any more is closed.
    fn wire(&self, event_loop: &Bound<'_, PyAny>) -> Option<Py<PyWire>> {
        let py = event_loop.py();
        let found = {
            let mut wires = self.wires.lock().unwrap_or_else(PoisonError::into_inner);
            let mut wires = wires.here().iter();
            // One that was lost may stand before the one that took its place.
            wires
                .find(|wire| wire.get().is_of(event_loop) && !wire.get().is_lost())
                .map(|wire| wire.clone_ref(py))
        };
        let wire = found?;
        match wire.get().standing() {
            Standing::Here => Some(wire),
            Standing::Unknown => None,
            Standing::Elsewhere => {
                // What those raise who are told is not this caller's.
                if let Err(error) = PyWire::close(wire.bind(py)) {
                    error.write_unraisable(py, None);
                }
                None
            }
        }
    }

    /// Keeps the connection of an event loop; those of loops that are closed go.
    fn keep_wire(&self, wire: Bound<'_, PyWire>) -> PyResult<()> {
        let py = wire.py();
        let wires = || self.wires.lock().unwrap_or_else(PoisonError::into_inner);
        wires().here().push(wire.unbind());
        let known: Vec<_> = wires().here().iter().map(|wire| wire.clone_ref(py)).collect();
        let mut gone = Vec::new();
        for wire in known {
            let is_closed = wire.get().event_loop().bind(py).call_method0("is_closed")?;
            if wire.get().is_lost() || is_closed.is_truthy()? {
                gone.push(wire);
            }
        }
        let is_gone = |wire: &Py<PyWire>| gone.iter().any(|gone| gone.is(wire));
        let dropped: Vec<_> = wires().here().extract_if(.., |wire| is_gone(wire)).collect();
        drop(dropped);
        Ok(())
    }

    /// Whether calls are over in microseconds, so that an event loop may make them.
    #[getter]
    fn is_local(&self) -> bool {
        self.core.is_local()
    }
}

impl Engine {
    pub(crate) fn plain(&self) -> &Plain {
        &self.plain
    }

    /// The value under a key.
    pub(crate) fn found<'py>(
        &self,
        py: Python<'py>,
        key: &str,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let found = self.wait(py, || self.plain.fetch(key.as_bytes()));
        let mut decoding = Decoding::new(py, &self.form);
        let found = found.map(|found| self.plain.open(&found, |value| decoding.decode(value)));
        decoding.end(found)
    }

    /// The values found under keys as a cache object has them, by key.
    pub(crate) fn found_many<'py>(
        &self,
        keys: &Bound<'py, PyAny>,
        mut naming: Naming<'_, 'py>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let py = keys.py();
        let count = keys.cast::<PyList>().map_or(0, |keys| keys.len());
        let (mut asked, mut entries) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for key in keys.try_iter()? {
            let key = key?;
            entries.push(EntryKey::plain(naming.name(&key)?.as_bytes()));
            asked.push(key);
        }
        let found = self.wait(py, || self.plain.fetch_many(entries));
        let found = found.map_err(|error| errors::of_core(py, &error))?;
        let (values, mut decoding) = (PyDict::new(py), Decoding::of_many(py, &self.form));
        // What was found stays until the end: freed one by one between the allocations of values,
        // it would have the allocator put its lists in order at each.
        decoding
            .decode_many(&self.plain, &found, |index, value| values.set_item(&asked[index], value));
        decoding.end(Ok(values))
    }

    /// Calls what may wait for a server, which other threads of Python need not.
    fn wait<T: Send>(&self, py: Python<'_>, call: impl FnOnce() -> T + Send) -> T {
        if self.core.is_local() { call() } else { detached(py, call) }
    }
}
