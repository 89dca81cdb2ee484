//! The store that machines share: a Redis or Valkey server.
//!
//! What a request says to the server and how the replies are read is in `talk`, without I/O;
//! `names` makes the keys, `scripts` runs on the server, `peer` knows which life of which server
//! answers. `stream`, `link`, `pool` and `breaker` bring the bytes there from blocking threads,
//! `tls` is between them and the wire where it is wanted.

mod breaker;
mod collect;
mod commands;
mod greeting;
mod inbox;
mod line;
mod link;
mod location;
mod lookup;
mod names;
mod options;
mod pace;
mod parts;
mod peer;
mod pool;
mod primary;
mod refused;
mod replies;
mod round;
mod scripts;
mod sentinel;
mod stream;
mod talk;
#[cfg(feature = "tokio")]
mod task;
mod tls;
mod trouble;
mod wakes;

use std::time::Duration;

use breaker::Breaker;
use line::RedisLine;
use names::Names;
use options::Place;
pub use options::RedisOptions;
pub use parts::RedisParts;
use peer::Peer;
use pool::Pool;
use round::Round;
use talk::{Said, Talk};
use trouble::Trouble;
use wakes::Wakes;

#[cfg(feature = "tokio")]
use super::InTask;
use super::{Address, Endpoint, Line, Reply, Request, Store, Watch};
use crate::base::fork::PerProcess;
use crate::base::mutant::{self, Mutant};
use crate::base::sync::Arc;
use crate::base::{Clock, Error};
use crate::key::{EntryKey, LockName};

/// Keeps everything on a Redis or Valkey server.
///
/// - **Machines.** All processes that name the same server, database and namespace share the store.
///   Namespaces are apart, and so is what other programs keep there.
/// - **Time-outs.** A call takes at most the time to connect and to be answered; after a few
///   failures in a row calls are refused at once until the server answers again. Deletes and
///   invalidations are tried nevertheless, and more than once.
/// - **Forks.** A handle works in a forked child, which opens connections of its own.
/// - **Other lives.** What a restart, a promotion or a restored dump brings back has another
///   incarnation. A replica has none: its generations are absent.
#[derive(Debug)]
pub struct Redis {
    options: RedisOptions,
    names: Names,
    clock: Arc<dyn Clock>,
    process: PerProcess<Process>,
}

/// What belongs to one process.
#[derive(Debug)]
struct Process {
    pool: Pool,
    #[cfg(feature = "tokio")]
    tasks: task::TaskPool,
    breaker: Arc<Breaker>,
    wakes: Arc<Wakes>,
}

/// What becomes of a connection.
enum Next {
    Keep,
    /// It is closed, and all idle ones with it: the server is not what it was.
    Leave,
}

impl Redis {
    /// The store of a namespace on a server. Connects at the first call.
    ///
    /// # Errors
    /// Misuse where a file that the options name is not there, or not what it should be.
    pub fn open(
        options: RedisOptions,
        namespace: &str,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let (options, names) = (options.read_files()?, Names::new(namespace));
        Ok(Self { options, names, clock, process: PerProcess::new() })
    }

    fn process(&self) -> &Process {
        self.process.get_or_make(|| Process {
            pool: Pool::new(&self.options),
            #[cfg(feature = "tokio")]
            tasks: task::TaskPool::new(&self.options),
            breaker: Arc::new(Breaker::default()),
            wakes: Wakes::new(&self.options),
        })
    }

    /// How often a request may be tried: what ends validity more than once, and also while the
    /// breaker refuses everything else.
    fn tries(&self, process: &Process, request: &Request<'_>) -> Result<u32, Error> {
        if request.ends_validity() && !mutant::is(Mutant::InvalidationRefused) {
            return Ok(TRIES);
        }
        process.breaker.check(&self.options).map(|()| 1)
    }

    /// Asks once, on one connection.
    fn ask(&self, process: &Process, request: &Request<'_>) -> Result<Reply, Error> {
        let now = self.clock.now();
        let lent = process.pool.lend(now.uptime);
        let mut lent = lent.map_err(|trouble| self.met(process, trouble))?;
        let link = lent.link();
        let mut talk = Talk::begin(request, &self.names, &link.peer, now)?;
        loop {
            let replies = match link.exchange(talk.commands()) {
                Ok(replies) => replies,
                Err(error) => {
                    process.pool.close_idle();
                    return Err(self.cut(process, error));
                }
            };
            if let Said::Done(done) = talk.hear(replies, &self.names, &mut link.peer) {
                match self.note(process, talk.met_outage(), talk.met_doubt(), &link.peer) {
                    Next::Keep => lent.give_back(now.uptime),
                    Next::Leave => {
                        drop(lent);
                        process.pool.close_idle();
                    }
                }
                return done;
            }
        }
    }

    /// Asks many things at once, on one connection; once, as it is for what may fail.
    fn ask_at_once(&self, requests: &[Request<'_>]) -> Result<Vec<Result<Reply, Error>>, Error> {
        let process = self.process();
        process.breaker.check(&self.options)?;
        let now = self.clock.now();
        let lent = process.pool.lend(now.uptime);
        let mut lent = lent.map_err(|trouble| self.met(process, trouble))?;
        let link = lent.link();
        let mut round = Round::begin(requests, &self.names, &link.peer, now)?;
        while !round.is_over() {
            let replies = match link.exchange(round.commands()) {
                Ok(replies) => replies,
                Err(error) => {
                    process.pool.close_idle();
                    return Err(self.cut(process, error));
                }
            };
            round.hear(replies, &self.names, &mut link.peer);
        }
        match self.note(process, round.met_outage(), round.met_doubt(), &link.peer) {
            Next::Keep => lent.give_back(now.uptime),
            Next::Leave => {
                drop(lent);
                process.pool.close_idle();
            }
        }
        Ok(round.into_replies())
    }

    /// As [`Redis::ask`], in a task.
    #[cfg(feature = "tokio")]
    async fn ask_in_task(&self, process: &Process, request: &Request<'_>) -> Result<Reply, Error> {
        let now = self.clock.now();
        let lent = process.tasks.lend(now.uptime).await;
        let (mut link, _permit) = lent.map_err(|trouble| self.met(process, trouble))?;
        let mut talk = Talk::begin(request, &self.names, &link.peer, now)?;
        loop {
            let replies = match link.exchange(talk.commands()).await {
                Ok(replies) => replies,
                Err(error) => {
                    process.tasks.close_idle();
                    return Err(self.cut(process, error));
                }
            };
            if let Said::Done(done) = talk.hear(replies, &self.names, &mut link.peer) {
                match self.note(process, talk.met_outage(), talk.met_doubt(), &link.peer) {
                    Next::Keep => process.tasks.give_back(link, now.uptime),
                    Next::Leave => process.tasks.close_idle(),
                }
                return done;
            }
        }
    }

    /// There was no connection to be had.
    fn met(&self, process: &Process, trouble: Trouble) -> Error {
        if trouble.is_outage {
            process.breaker.failed(&self.options);
        }
        trouble.error
    }

    /// An exchange failed, and its connection with it.
    fn cut(&self, process: &Process, error: std::io::Error) -> Error {
        process.breaker.failed(&self.options);
        link::unreachable(&self.options, error)
    }

    /// Tells the breaker how an exchange went, and whether its connection is worth keeping.
    fn note(&self, process: &Process, met_outage: bool, met_doubt: bool, peer: &Peer) -> Next {
        match met_outage {
            true => process.breaker.failed(&self.options),
            false => process.breaker.worked(),
        }
        // Sentinels may know another server by now; behind one address there may be another.
        let is_left = matches!(self.options.place, Place::Service { .. }) && peer.is_replica();
        if is_left || met_doubt { Next::Leave } else { Next::Keep }
    }
}

impl Store for Redis {
    fn call(&self, request: Request<'_>) -> Result<Reply, Error> {
        let process = self.process();
        let tries = self.tries(process, &request)?;
        let mut asked = self.ask(process, &request);
        for _ in 1..tries {
            if asked.is_ok() {
                break;
            }
            std::thread::sleep(RETRY_PAUSE);
            asked = self.ask(process, &request);
        }
        asked
    }

    fn call_many(&self, requests: &[Request<'_>]) -> Vec<Result<Reply, Error>> {
        let mut replies = Vec::with_capacity(requests.len());
        let mut failed = None;
        for some in requests.chunks(MOST_AT_ONCE) {
            let asked = if failed.is_none() { self.ask_at_once(some) } else { Ok(Vec::new()) };
            match asked {
                Ok(told) => replies.extend(told),
                Err(error) => failed = Some((error.kind(), error.to_string())),
            }
        }
        // The others are not asked for: the first failure is what is told. What ends validity is
        // tried as ever.
        if let Some((kind, text)) = failed {
            replies.resize_with(requests.len(), || Err(Error::new(kind, text.clone())));
        }
        for (request, reply) in requests.iter().zip(&mut replies) {
            if reply.is_err() && request.ends_validity() {
                *reply = self.call(request.clone());
            }
        }
        replies
    }

    #[cfg(feature = "tokio")]
    fn call_in_task<'a>(&'a self, request: Request<'a>) -> InTask<'a> {
        Box::pin(async move {
            let process = self.process();
            let tries = self.tries(process, &request)?;
            let mut asked = self.ask_in_task(process, &request).await;
            for _ in 1..tries {
                if asked.is_ok() {
                    break;
                }
                tokio::time::sleep(RETRY_PAUSE).await;
                asked = self.ask_in_task(process, &request).await;
            }
            asked
        })
    }

    fn line(&self, server: &Address) -> Option<Result<Box<dyn Line>, Error>> {
        let breaker = &self.process().breaker;
        let line = RedisLine::new(&self.options, server, &self.names, &self.clock, breaker);
        Some(line.map(|line| Box::new(line) as Box<dyn Line>))
    }

    fn count_failure(&self) {
        self.process().breaker.failed(&self.options);
    }

    fn is_given_up(&self) -> bool {
        self.process().breaker.is_open()
    }

    fn endpoint(&self) -> Option<Result<Endpoint, Error>> {
        let connect_timeout = self.options.connect_timeout;
        let server = self.options.server().map_err(|trouble| self.met(self.process(), trouble));
        Some(server.map(|address| Endpoint { address, connect_timeout }))
    }

    fn watch(&self, entry: &EntryKey) -> Option<Watch> {
        let channel = self.names.channel(&self.names.entry(entry));
        Some(self.process().wakes.watch(channel))
    }

    fn watch_lock(&self, lock: &LockName) -> Option<Watch> {
        Some(self.process().wakes.watch(self.names.lock_channel(lock)))
    }

    fn pace(&self) -> Duration {
        PACE
    }

    fn keeps_collections(&self) -> bool {
        true
    }

    fn is_local(&self) -> bool {
        false
    }
}

/// Requests in one write: what a server keeps in memory until all are read.
const MOST_AT_ONCE: usize = 256;

/// Between two looks at a lease of another process, for who does not watch it.
const PACE: Duration = Duration::from_millis(5);

/// One connection may have been cut, a server may be about to be replaced.
const TRIES: u32 = 3;
const RETRY_PAUSE: Duration = Duration::from_millis(20);
