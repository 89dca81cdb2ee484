//! A read that an event loop walks: nothing here blocks for longer than a local store does.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use surecache::driver::{Core, Load, Next, Question, Walk};
use surecache::stores::{Reply, Request};
use surecache::{Admission, Error};

use crate::errors;
use crate::fault::{self, Raised};
use crate::load::PyLoad;
use crate::value::Values;

/// One read on its way. Dropped before its end it gives everything back.
#[pyclass(frozen, name = "Walk", module = "surecache._core")]
#[derive(Debug)]
pub(crate) struct PyWalk {
    core: Core,
    values: Arc<Values>,
    on_the_way: Mutex<Way>,
}

#[derive(Debug)]
struct Way {
    walk: Option<Walk>,
    value: Option<Py<PyAny>>,
    raised: Option<PyErr>,
}

impl PyWalk {
    pub(crate) fn begin(
        core: &Core,
        question: &Arc<Question>,
        admission: Admission,
        outer: Option<Arc<Load>>,
        values: &Arc<Values>,
    ) -> Self {
        let walk = Walk::begin(core, question, admission, outer);
        let way = Way { walk: Some(walk), value: None, raised: None };
        Self { core: core.clone(), values: Arc::clone(values), on_the_way: Mutex::new(way) }
    }

    /// Runs `act` on the walk. The lock is never contended: one task walks.
    fn with<T>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&mut Way, &mut Walk) -> PyResult<T>,
    ) -> PyResult<T> {
        let mut way = self.on_the_way.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut walk) = way.walk.take() else {
            return Err(errors::misuse(
                py,
                "wanted a walk on its way, found: one that ended".into(),
            ));
        };
        let result = act(&mut way, &mut walk);
        way.walk = Some(walk);
        result
    }
}

#[pymethods]
impl PyWalk {
    /// What to do next: `("ask", None)`, `("load", Load)`, `("await", seconds)`,
    /// `("pause", seconds)` or `("done", value)`. A load that failed is raised.
    fn advance<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let next = self.with(py, |way, walk| {
            loop {
                match walk.advance().map_err(|error| errors::of_core(py, &error))? {
                    Next::Ask if self.core.is_local() => py.detach(|| walk.ask()),
                    Next::Done if self.takes(py, way, walk)? => return Ok(Next::Done),
                    Next::Done => walk.undecodable(),
                    next => return Ok(next),
                }
            }
        })?;
        match next {
            Next::Ask => ("ask", py.None()).into_pyobject(py),
            Next::Load(load) => ("load", PyLoad::new(&self.core, &load)).into_pyobject(py),
            Next::Await { at_most } => ("await", at_most.as_secs_f64()).into_pyobject(py),
            Next::Pause(pace) => ("pause", pace.as_secs_f64()).into_pyobject(py),
            _ => ("done", self.finish(py)?).into_pyobject(py),
        }
    }

    /// Tells that the store could not be asked.
    fn unanswered(&self, py: Python<'_>, why: String) -> PyResult<()> {
        self.hear(py, Err(Error::unavailable(why)))
    }

    /// Tells what the loader returned.
    ///
    /// # Errors
    /// What encoding the value raises: then nothing was told.
    fn loaded(&self, py: Python<'_>, value: Bound<'_, PyAny>) -> PyResult<()> {
        let encoded = self.values.encode(&value)?;
        self.with(py, |way, walk| {
            way.value = Some(value.unbind());
            walk.loaded(Ok(encoded));
            Ok(())
        })
    }

    /// Tells that the loader raised an `Exception`.
    fn failed(&self, py: Python<'_>, error: Bound<'_, PyAny>) -> PyResult<()> {
        self.fail(py, PyErr::from_value(error))
    }

    /// Tells that a pause is over.
    fn paused(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, |_, walk| {
            walk.paused();
            Ok(())
        })
    }

    /// Calls back, from any thread, when the awaited flight has landed; true where it has already.
    fn on_landed(&self, py: Python<'_>, callback: Py<PyAny>) -> PyResult<bool> {
        let waker = Waker::from(Arc::new(Called(callback)));
        self.with(py, |_, walk| {
            let mut context = Context::from_waker(&waker);
            Ok(matches!(walk.poll_landed(&mut context), Poll::Ready(())))
        })
    }

    /// Tells that the wait for a flight is over, landed or not.
    fn waited(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, |_, walk| {
            walk.waited();
            Ok(())
        })
    }

    /// Gives everything back; the walk is over.
    fn abandon(&self) {
        let walk = self.on_the_way.lock().unwrap_or_else(PoisonError::into_inner).walk.take();
        drop(walk);
    }
}

impl PyWalk {
    /// Gives `ask` what is to be asked of the store.
    pub(crate) fn ask_by<T>(
        &self,
        py: Python<'_>,
        ask: impl FnOnce(&Request<'_>) -> Result<T, Error>,
    ) -> PyResult<Result<T, Error>> {
        self.with(py, |_, walk| {
            let mut sealed = Vec::new();
            Ok(walk.question(&mut sealed).and_then(|request| ask(&request)))
        })
    }

    /// Takes the store's reply; one for a walk that was abandoned is for nobody.
    pub(crate) fn hear(&self, py: Python<'_>, reply: Result<Reply, Error>) -> PyResult<()> {
        let is_over = self.on_the_way.lock().unwrap_or_else(PoisonError::into_inner).walk.is_none();
        if is_over {
            return Ok(());
        }
        self.with(py, |_, walk| {
            walk.hear(reply);
            Ok(())
        })
    }

    /// Decodes what is found at the end; false where it cannot be decoded.
    fn takes(&self, py: Python<'_>, way: &mut Way, walk: &Walk) -> PyResult<bool> {
        let Some((codec, payload)) = walk.payload() else { return Ok(true) };
        let value = self.values.decode(py, codec, payload)?;
        way.value = value.map(Bound::unbind);
        Ok(way.value.is_some())
    }

    fn fail(&self, py: Python<'_>, error: PyErr) -> PyResult<()> {
        self.with(py, |way, walk| {
            let fault = Raised::share(py, error, &mut way.raised)?;
            walk.loaded(Err(fault));
            Ok(())
        })
    }

    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let mut way = self.on_the_way.lock().unwrap_or_else(PoisonError::into_inner);
        let (walk, value, raised) = (way.walk.take(), way.value.take(), way.raised.take());
        drop(way);
        let Some(walk) = walk else {
            return Err(errors::misuse(
                py,
                "wanted a walk on its way, found: one that ended".into(),
            ));
        };
        let (_, finish) = walk.finish().map_err(|error| errors::of_core(py, &error))?;
        fault::finished(py, &finish, value.map(|value| value.into_bound(py)), raised)
    }
}

/// A callback as a waker. Waking attaches to the interpreter; whoever wakes holds no lock.
pub(crate) struct Called(pub(crate) Py<PyAny>);

impl Wake for Called {
    fn wake(self: Arc<Self>) {
        Python::attach(|py| {
            if let Err(error) = self.0.call0(py) {
                // The event loop is closed: nobody waits any more.
                error.write_unraisable(py, Some(self.0.bind(py)));
            }
        });
    }
}
