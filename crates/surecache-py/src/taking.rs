//! The way to a place of a lock or semaphore.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use surecache::driver::{Core, LockNext, Taking};
use surecache::stores::{Reply, Request};
use surecache::{Error, Places, Term};

use crate::arguments::seconds;
use crate::detached::detached;
use crate::errors;
use crate::held::PyHold;
use crate::lock::over;
use crate::walk::Called;

/// One who wants a place. Dropped or abandoned at any point it leaves none taken.
#[pyclass(frozen, name = "Taking", module = "surecache._core")]
#[derive(Debug)]
pub(crate) struct PyTaking {
    core: Core,
    way: Mutex<Way>,
}

#[derive(Debug)]
struct Way {
    taking: Option<Taking>,
    /// A reply is on its way; what was abandoned meanwhile gives back what it brings.
    is_asking: bool,
    is_abandoned: bool,
    waker: Option<Waker>,
}

impl PyTaking {
    pub(crate) fn begin(
        py: Python<'_>,
        core: &Core,
        places: &Places,
        (timeout, lease): (Option<f64>, Option<f64>),
        patience: Option<f64>,
    ) -> PyResult<Self> {
        let term = match (timeout, lease) {
            (Some(timeout), _) => Term::fixed(seconds(py, "a timeout", timeout)?),
            (None, Some(lease)) => Term::renewed(seconds(py, "a lease", lease)?),
            (None, None) => Ok(Term::default()),
        };
        let term = term.map_err(|error| errors::of_core(py, &error))?;
        let patience = patience.map(|patience| seconds(py, "a blocking_timeout", patience));
        let taking = core.taking(places, term, patience.transpose()?);
        let taking = Some(taking.map_err(|error| errors::of_core(py, &error))?);
        let way = Way { taking, is_asking: false, is_abandoned: false, waker: None };
        Ok(Self { core: core.clone(), way: Mutex::new(way) })
    }

    fn way(&self) -> MutexGuard<'_, Way> {
        self.way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives `ask` what is to be asked of the store.
    pub(crate) fn ask_by<T>(
        &self,
        py: Python<'_>,
        ask: impl FnOnce(&Request<'_>) -> Result<T, Error>,
    ) -> PyResult<Result<T, Error>> {
        let mut way = self.way();
        way.is_asking = true;
        let taking = way.taking.as_mut().ok_or_else(|| over(py))?;
        Ok(ask(&taking.request()))
    }

    /// Takes the store's reply.
    pub(crate) fn hear(&self, py: Python<'_>, reply: Result<Reply, Error>) -> PyResult<()> {
        let mut way = self.way();
        way.is_asking = false;
        let is_abandoned = way.is_abandoned;
        let Some(taking) = way.taking.as_mut() else { return Ok(()) };
        let heard = taking.hear(reply);
        let gone = if is_abandoned { way.taking.take() } else { None };
        // Gives back what came for nobody.
        drop((way, gone));
        heard.map_err(|error| errors::of_core(py, &error))
    }
}

#[pymethods]
impl PyTaking {
    /// Goes the whole way in this thread: what is held, or `None`. A signal's handler may end it.
    fn run(&self, py: Python<'_>) -> PyResult<Option<PyHold>> {
        let taking = self.way().taking.take().ok_or_else(|| over(py))?;
        let look_up = || Python::attach(|py| py.check_signals()).map_err(Stopped::Raised);
        match detached(py, || taking.run(look_up)) {
            Ok(held) => Ok(held.map(PyHold::new)),
            Err(Stopped::Raised(raised)) => Err(raised),
            Err(Stopped::Failed(error)) => Err(errors::of_core(py, &error)),
        }
    }

    /// What to do next: `("ask", None)`, `("await", seconds)`, `("pause", seconds)` or
    /// `("done", Hold or None)`.
    fn advance<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let next = self.way().taking.as_mut().ok_or_else(|| over(py))?.advance();
        match next {
            LockNext::Await { at_most } => ("await", at_most.as_secs_f64()).into_pyobject(py),
            LockNext::Pause(pace) => ("pause", pace.as_secs_f64()).into_pyobject(py),
            LockNext::Done => {
                let held = self.way().taking.take().and_then(Taking::finish);
                ("done", held.map(PyHold::new)).into_pyobject(py)
            }
            _ => ("ask", py.None()).into_pyobject(py),
        }
    }

    /// Asks a store of this machine. It may wait for the write of another process, so that nobody
    /// else waits for this: other threads run, and `abandon` returns at once.
    fn ask_here(&self, py: Python<'_>) -> PyResult<()> {
        let mut way = self.way();
        let mut taking = way.taking.take().ok_or_else(|| over(py))?;
        way.is_asking = true;
        drop(way);
        let core = &self.core;
        let (taking, reply) = detached(py, || {
            let reply = core.call_for_locks(taking.request());
            (taking, reply)
        });
        self.way().taking = Some(taking);
        self.hear(py, reply)
    }

    /// Calls back, from any thread, when it is told that a place is free; true where it was
    /// already. Later calls take the same callback.
    fn on_told(&self, py: Python<'_>, callback: Py<PyAny>) -> PyResult<bool> {
        let mut way = self.way();
        let Way { taking, waker, .. } = &mut *way;
        let waker = waker.get_or_insert_with(|| Waker::from(Arc::new(Called(callback))));
        let taking = taking.as_mut().ok_or_else(|| over(py))?;
        Ok(matches!(taking.poll_told(&mut Context::from_waker(waker)), Poll::Ready(())))
    }

    /// Wants no place any more.
    fn abandon(&self) {
        let mut way = self.way();
        way.is_abandoned = true;
        let gone = if way.is_asking { None } else { way.taking.take() };
        drop((way, gone));
    }
}

/// Why a wait ended.
enum Stopped {
    Failed(Error),
    Raised(PyErr),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}
