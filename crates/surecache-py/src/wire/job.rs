//! What a caller on an event loop waits for, and what it is given.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use surecache::Error;
use surecache::driver::{Clearing, PlainCall, PlainDone, PlainEdit};
use surecache::stores::{Reply, Request};

use super::PyWire;
use crate::collections::Gives;
use crate::errors;
use crate::lock::PyLockCall;
use crate::pages;
use crate::plain::{Decoding, counted, moved};
use crate::taking::PyTaking;
use crate::walk::PyWalk;

/// Something that is asked of the store, perhaps more than once.
#[derive(Debug)]
pub(super) enum Job {
    Clear(Box<Clearing>),
    Lock(Py<PyLockCall>),
    Plain { call: Box<PlainCall>, kind: Kind },
    Taking(Py<PyTaking>),
    Walk(Py<PyWalk>),
}

/// How the end of a plain call is given.
#[derive(Debug)]
pub(super) enum Kind {
    Collected(Gives),
    Counted { key: String, delta: i64 },
    Deleted,
    DeletedMany,
    Edited,
    Get { default: Py<PyAny> },
    GetMany { keys: Vec<Py<PyString>> },
    Has,
    Lacks,
    Moved,
    Page,
    Stored,
    Ttl { default: Py<PyAny> },
}

/// A job and the future that is given its end.
#[derive(Debug)]
pub(super) struct Waited {
    job: Job,
    future: Py<PyAny>,
}

impl Job {
    pub(super) fn plain(call: PlainCall, kind: Kind) -> Self {
        Self::Plain { call: Box::new(call), kind }
    }

    pub(super) fn waited_by(self, future: &Bound<'_, PyAny>) -> Waited {
        Waited { job: self, future: future.clone().unbind() }
    }
}

impl Waited {
    /// Gives `ask` what is to be asked now.
    pub(super) fn ask<T>(
        &self,
        py: Python<'_>,
        ask: impl FnOnce(&Request<'_>) -> Result<T, Error>,
    ) -> PyResult<Result<T, Error>> {
        match &self.job {
            Job::Clear(clearing) => Ok(ask(&clearing.request())),
            Job::Plain { call, .. } => Ok(call.request().and_then(|request| ask(&request))),
            Job::Lock(call) => call.get().ask_by(py, ask),
            Job::Taking(taking) => taking.get().ask_by(py, ask),
            Job::Walk(walk) => walk.bind(py).get().ask_by(py, ask),
        }
    }

    /// Takes the reply; gives itself back where it has another question.
    pub(super) fn hear(
        mut self,
        py: Python<'_>,
        wire: &PyWire,
        reply: Result<Reply, Error>,
    ) -> PyResult<Option<Self>> {
        let ended = match &mut self.job {
            Job::Clear(clearing) => match cleared(clearing, reply) {
                None => return Ok(Some(self)),
                Some(Err(error)) => Err(errors::of_core(py, &error)),
                Some(Ok(())) => Ok(py.None()),
            },
            Job::Lock(call) => call.get().hear(py, reply),
            Job::Taking(taking) => taking.get().hear(py, reply).map(|()| py.None()),
            Job::Walk(walk) => {
                walk.bind(py).get().hear(py, reply)?;
                Ok(py.None())
            }
            Job::Plain { call, kind } => match call.hear(reply) {
                None => return Ok(Some(self)),
                Some(Err(error)) if error.is_wrong_kind() && kind.is_about_presence() => {
                    Ok(matches!(kind, Kind::Has).into_pyobject(py)?.to_owned().into_any().unbind())
                }
                Some(Err(error)) => Err(errors::of_core(py, &error)),
                Some(Ok(done)) => kind.value(py, wire, done),
            },
        };
        self.end(py, ended)?;
        Ok(None)
    }

    /// Gives the end to the future, unless its caller was cancelled.
    fn end(&self, py: Python<'_>, ended: PyResult<Py<PyAny>>) -> PyResult<()> {
        let future = self.future.bind(py);
        if future.call_method0(intern!(py, "done"))?.is_truthy()? {
            return Ok(());
        }
        match ended {
            Ok(value) => future.call_method1(intern!(py, "set_result"), (value,))?,
            Err(error) => future.call_method1(intern!(py, "set_exception"), (error,))?,
        };
        Ok(())
    }
}

/// Tells a clear its reply. After an error it is over: the connection takes no other question.
fn cleared(clearing: &mut Clearing, reply: Result<Reply, Error>) -> Option<Result<(), Error>> {
    let text = reply.as_ref().err().map(ToString::to_string);
    let ended = clearing.hear(reply);
    ended.or_else(|| clearing.hear(Err(Error::unavailable(text?))))
}

impl Kind {
    /// True where a collection is as good an answer as a value.
    fn is_about_presence(&self) -> bool {
        matches!(self, Self::Has | Self::Lacks)
    }

    fn value(&self, py: Python<'_>, wire: &PyWire, done: PlainDone) -> PyResult<Py<PyAny>> {
        let plain = wire.plain();
        let truth = |is: bool| Ok(is.into_pyobject(py)?.to_owned().into_any().unbind());
        match (self, done) {
            (Self::Collected(gives), PlainDone::Collected(answer)) => {
                Ok(gives.value(py, answer)?.unbind())
            }
            (Self::Get { default }, PlainDone::Found(found)) => {
                let mut decoding = Decoding::new(py, wire.form());
                let value = plain.open(&found, |value| decoding.decode(value));
                let value = decoding.end(Ok(value))?;
                Ok(value.map_or_else(|| default.clone_ref(py), Bound::unbind))
            }
            (Self::GetMany { keys }, PlainDone::FoundMany(found)) => {
                let (values, mut decoding) = (PyDict::new(py), Decoding::new(py, wire.form()));
                decoding.decode_many(plain, &found, |index, value| {
                    values.set_item(&keys[index], value)
                });
                decoding.end(Ok(values.into_any().unbind()))
            }
            (Self::Has, PlainDone::Found(found)) => {
                truth(plain.open(&found, |_| Some(())).is_some())
            }
            (Self::Lacks, PlainDone::Found(found)) => {
                truth(plain.open(&found, |_| Some(())).is_none())
            }
            (Self::Counted { key, delta }, PlainDone::Edited(edit)) => {
                Ok(counted(edit, key, *delta)?.into_pyobject(py)?.into_any().unbind())
            }
            (Self::Moved, PlainDone::Edited(edit)) => {
                Ok(moved(edit).into_pyobject(py)?.to_owned().into_any().unbind())
            }
            (Self::Edited, PlainDone::Edited(edit)) => truth(matches!(edit, PlainEdit::Done(_))),
            (Self::Stored, PlainDone::Stored(is_stored)) => truth(is_stored),
            (Self::Stored, PlainDone::Deleted(_)) => truth(true),
            (Self::Deleted, PlainDone::Deleted(count)) => truth(count > 0),
            (Self::DeletedMany, PlainDone::Deleted(count)) => {
                Ok(count.into_pyobject(py)?.into_any().unbind())
            }
            (Self::Page, PlainDone::Keys(keys, cursor)) => {
                Ok(pages::names(py, &keys, cursor)?.into_any().unbind())
            }
            (Self::Page, PlainDone::DeletedPage(count, cursor)) => {
                Ok(pages::deleted(py, count, cursor)?.into_any().unbind())
            }
            (Self::Ttl { default }, PlainDone::Expiry(expiry)) => Ok(match expiry {
                None => default.clone_ref(py),
                Some(None) => py.None(),
                Some(Some(left)) => left.as_secs_f64().into_pyobject(py)?.into_any().unbind(),
            }),
            (kind, done) => {
                Err(errors::corrupt_now(py, format!("wanted the end of {kind:?}, found: {done:?}")))
            }
        }
    }
}
