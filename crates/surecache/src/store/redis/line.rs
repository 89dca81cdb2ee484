//! A connection whose bytes somebody else carries: an event loop of another language.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::time::Duration;

use surecache_resp::Value;

use super::breaker::Breaker;
use super::greeting::Greeting;
use super::inbox::Inbox;
use super::link::unreachable;
use super::names::Names;
use super::options::{Place, RedisOptions};
use super::peer::Peer;
use super::talk::{Said, Talk};
use super::tls::Session;
use crate::base::sync::Arc;
use crate::base::{Clock, Error};
use crate::store::{Address, Line, Reply, Request, Standing};

/// The talks on one connection. Replies come in the order in which commands were sent.
#[derive(Debug)]
pub(super) struct RedisLine {
    names: Names,
    options: RedisOptions,
    server: Address,
    clock: Arc<dyn Clock>,
    breaker: Arc<Breaker>,
    inbox: Inbox,
    peer: Peer,
    secured: Option<Secured>,
    outgoing: Vec<u8>,
    waiting: VecDeque<Waiting>,
    /// Whose talk went on, since somebody asked.
    continued: Vec<u64>,
    /// Those of the first in the queue that have come.
    replies: Vec<Value>,
}

/// What is between the talks and the wire.
#[derive(Debug)]
struct Secured {
    session: Session,
    came: Box<[u8]>,
}

#[derive(Debug)]
enum Waiting {
    Greeting(Greeting),
    Talk { id: u64, talk: Talk },
}

impl RedisLine {
    pub(super) fn new(
        options: &RedisOptions,
        server: &Address,
        names: &Names,
        clock: &Arc<dyn Clock>,
        breaker: &Arc<Breaker>,
    ) -> Result<Self, Error> {
        let greeting = Greeting::of(options);
        let session = match server {
            Address::Tcp { host, .. } => options.session(host),
            Address::Unix(_) => Ok(None),
        };
        let session = session.map_err(|error| unreachable(options, error))?;
        let came = || vec![0; Session::ROOM_BYTES].into_boxed_slice();
        Ok(Self {
            secured: session.map(|session| Secured { session, came: came() }),
            names: names.clone(),
            options: options.clone(),
            server: server.clone(),
            clock: Arc::clone(clock),
            breaker: Arc::clone(breaker),
            inbox: Inbox::new(),
            peer: Peer::default(),
            outgoing: greeting.commands.bytes().to_vec(),
            waiting: VecDeque::from([Waiting::Greeting(greeting)]),
            continued: Vec::new(),
            replies: Vec::new(),
        })
    }

    /// Queues a talk behind what was sent; one that has nothing to say is over at once.
    fn enqueue(&mut self, id: u64, mut talk: Talk, done: &mut Vec<(u64, Result<Reply, Error>)>) {
        while talk.commands().replies() == 0 {
            if let Said::Done(reply) = talk.hear(Vec::new(), &self.names, &mut self.peer) {
                done.push((id, reply));
                return;
            }
        }
        self.outgoing.extend_from_slice(talk.commands().bytes());
        self.waiting.push_back(Waiting::Talk { id, talk });
    }

    /// The first in the queue has its replies.
    fn hear(&mut self, done: &mut Vec<(u64, Result<Reply, Error>)>) -> Result<(), Error> {
        let replies = std::mem::take(&mut self.replies);
        match self.waiting.pop_front() {
            Some(Waiting::Greeting(greeting)) => {
                greeting.hear(&replies).map_err(|trouble| {
                    if trouble.is_outage {
                        self.breaker.failed(&self.options);
                    }
                    trouble.error
                })?;
            }
            Some(Waiting::Talk { id, mut talk }) => {
                match talk.hear(replies, &self.names, &mut self.peer) {
                    Said::More => {
                        self.continued.push(id);
                        self.enqueue(id, talk, done);
                    }
                    Said::Done(reply) => {
                        match talk.met_outage() {
                            true => self.breaker.failed(&self.options),
                            false => self.breaker.worked(),
                        }
                        done.push((id, reply));
                        let is_service = matches!(self.options.place, Place::Service { .. });
                        if talk.met_doubt() || is_service && self.peer.is_replica() {
                            let message = "the Redis server is not what it was: connecting anew";
                            return Err(Error::unavailable(message));
                        }
                    }
                }
            }
            None => {}
        }
        Ok(())
    }
}

impl Line for RedisLine {
    fn ask(
        &mut self,
        id: u64,
        request: &Request<'_>,
        done: &mut Vec<(u64, Result<Reply, Error>)>,
    ) -> Result<(), Error> {
        if !request.ends_validity() {
            self.breaker.check(&self.options)?;
        }
        let talk = Talk::begin(request, &self.names, &self.peer, self.clock.now())?;
        self.enqueue(id, talk, done);
        Ok(())
    }

    fn take_continued(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.continued)
    }

    fn take_outgoing(&mut self) -> Vec<u8> {
        let outgoing = std::mem::take(&mut self.outgoing);
        match &mut self.secured {
            Some(secured) => secured.session.seal(&outgoing),
            None => outgoing,
        }
    }

    fn room(&mut self) -> &mut [u8] {
        match &mut self.secured {
            Some(secured) => &mut secured.came,
            None => self.inbox.room(),
        }
    }

    fn filled(
        &mut self,
        count: usize,
        done: &mut Vec<(u64, Result<Reply, Error>)>,
    ) -> Result<(), Error> {
        let filled = match &mut self.secured {
            Some(Secured { session, came }) => session.open(&came[..count], &mut self.inbox),
            None => self.inbox.filled(count),
        };
        filled.map_err(|error| {
            // The end of a session: the end of the socket behind it is not met any more.
            if error.kind() == ErrorKind::UnexpectedEof {
                self.breaker.failed(&self.options);
            }
            unreachable(&self.options, error)
        })?;
        while let Some(first) = self.waiting.front() {
            let wanted = match first {
                Waiting::Greeting(greeting) => greeting.commands.replies(),
                Waiting::Talk { talk, .. } => talk.commands().replies(),
            };
            let gathered = self.inbox.gather_some(&mut self.replies, wanted);
            if !gathered.map_err(|error| unreachable(&self.options, error))? {
                return Ok(());
            }
            self.hear(done)?;
        }
        // Nobody asked for more.
        let rest = self.inbox.check_idle();
        rest.map_err(|error| unreachable(&self.options, error))
    }

    fn standing(&self) -> Standing {
        self.options.standing(&self.server)
    }

    fn timeout(&self) -> Duration {
        match self.waiting.front() {
            Some(Waiting::Greeting(_)) => self.options.connect_timeout,
            _ => self.options.timeout,
        }
    }

    fn look_each(&self) -> Duration {
        self.options.connect_timeout.min(self.options.timeout)
    }

    fn lost(&mut self, error: std::io::Error) -> Error {
        self.breaker.failed(&self.options);
        unreachable(&self.options, error)
    }
}
