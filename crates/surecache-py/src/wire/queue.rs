//! Jobs on a connection: queued, told their replies, and told when it is lost.

use std::os::fd::AsRawFd as _;

use pyo3::intern;
use pyo3::prelude::*;
use surecache::stores::{Reply, Request};

use super::inner::{self, Lost};
use super::job::{self, Job};
use super::{Heard, PyWire};

impl PyWire {
    /// Queues a job; its future.
    pub(super) fn begin<'py>(slf: &Bound<'py, Self>, job: Job) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let event_loop = slf.get().event_loop.bind(py);
        let future = event_loop.call_method0(intern!(py, "create_future"))?;
        slf.get().core.start_reporting();
        Self::ask_for(slf, job.waited_by(&future))?;
        Ok(future)
    }

    /// Asks the store what a job asks, now or once more.
    pub(super) fn ask_for(slf: &Bound<'_, Self>, job: job::Waited) -> PyResult<()> {
        let (py, wire) = (slf.py(), slf.get());
        let mut heard: Vec<Heard> = Vec::new();
        let asked = job.ask(py, |request: &Request<'_>| wire.lock().ask(request, &mut heard))?;
        match asked {
            Ok(id) => wire.lock().wait(id, job),
            Err(error) => return job.hear(py, wire, Err(error)).map(|_| ()),
        }
        if wire.lock().is_to_be_flushed() {
            let flush = slf.getattr(intern!(py, "flush"))?;
            wire.event_loop.bind(py).call_method1(intern!(py, "call_soon"), (flush,))?;
        }
        Self::hear_all(slf, heard)
    }

    /// Tells jobs their replies. One that cannot be told keeps it from nobody else; the first such
    /// error is given.
    pub(super) fn hear_all(slf: &Bound<'_, Self>, heard: Vec<Heard>) -> PyResult<()> {
        let mut told = Ok(());
        for (id, reply) in heard {
            told = told.and(Self::hear(slf, id, reply));
        }
        told
    }

    /// Tells a job its reply; asks again where it has another question.
    fn hear(
        slf: &Bound<'_, Self>,
        id: u64,
        reply: Result<Reply, surecache::Error>,
    ) -> PyResult<()> {
        let job = slf.get().lock().take(id);
        let Some(job) = job else { return Ok(()) };
        match job.hear(slf.py(), slf.get(), reply)? {
            Some(job) => Self::ask_for(slf, job),
            None => Ok(()),
        }
    }

    /// What the loop is to watch after a write.
    pub(super) fn arrange(slf: &Bound<'_, Self>, sent: &inner::Sent) -> PyResult<()> {
        let py = slf.py();
        let event_loop = slf.get().event_loop.bind(py);
        match sent.watch_writes {
            Some(true) => {
                let flush = slf.getattr(intern!(py, "flush"))?;
                event_loop.call_method1(intern!(py, "add_writer"), (sent.socket, flush))?;
            }
            Some(false) => {
                event_loop.call_method1(intern!(py, "remove_writer"), (sent.socket,))?;
            }
            None => {}
        }
        match sent.first_look {
            Some(timeout) => Self::call_later(slf, timeout.as_secs_f64()),
            None => Ok(()),
        }
    }

    pub(super) fn call_later(slf: &Bound<'_, Self>, seconds: f64) -> PyResult<()> {
        let py = slf.py();
        let on_time = slf.getattr(intern!(py, "on_time"))?;
        let event_loop = slf.get().event_loop.bind(py);
        event_loop.call_method1(intern!(py, "call_later"), (seconds, on_time)).map(|_| ())
    }

    /// Ends the connection: everybody who waits is told.
    pub(super) fn lose(slf: &Bound<'_, Self>, lost: Lost) -> PyResult<()> {
        let (py, wire) = (slf.py(), slf.get());
        let (socket, error, jobs) = wire.lock().lose(lost);
        let event_loop = wire.event_loop.bind(py);
        if event_loop.call_method0(intern!(py, "is_closed"))?.is_truthy()? {
            // Nobody waits any more.
            return Ok(());
        }
        if let Some(socket) = socket {
            let number = (socket.as_raw_fd(),);
            event_loop.call_method1(intern!(py, "remove_reader"), number)?;
            event_loop.call_method1(intern!(py, "remove_writer"), number)?;
        }
        let mut told = Ok(());
        for job in jobs {
            let again = surecache::Error::unavailable(error.clone());
            // One that cannot be told keeps it from nobody else.
            told = told.and(job.hear(py, wire, Err(again)).map(|_| ()));
        }
        told
    }
}
