//! A connection whose bytes somebody else carries: an event loop of another language.

use std::collections::VecDeque;
use std::time::Duration;

use surecache_resp::Value;

use super::breaker::Breaker;
use super::greeting::Greeting;
use super::inbox::Inbox;
use super::names::Names;
use super::options::{Place, RedisOptions};
use super::peer::Peer;
use super::talk::{Said, Talk};
use crate::base::sync::Arc;
use crate::base::{Clock, Error};
use crate::store::{Line, Reply, Request};

/// The talks on one connection. Replies come in the order in which commands were sent.
#[derive(Debug)]
pub(super) struct RedisLine {
    names: Names,
    options: RedisOptions,
    clock: Arc<dyn Clock>,
    breaker: Arc<Breaker>,
    inbox: Inbox,
    peer: Peer,
    outgoing: Vec<u8>,
    waiting: VecDeque<Waiting>,
    /// Those of the first in the queue that have come.
    replies: Vec<Value>,
}

#[derive(Debug)]
enum Waiting {
    Greeting(Greeting),
    Talk { id: u64, talk: Talk },
}

impl RedisLine {
    pub(super) fn new(
        options: &RedisOptions,
        names: &Names,
        clock: &Arc<dyn Clock>,
        breaker: &Arc<Breaker>,
    ) -> Self {
        let greeting = Greeting::of(options);
        Self {
            names: names.clone(),
            options: options.clone(),
            clock: Arc::clone(clock),
            breaker: Arc::clone(breaker),
            inbox: Inbox::new(),
            peer: Peer::default(),
            outgoing: greeting.commands.bytes().to_vec(),
            waiting: VecDeque::from([Waiting::Greeting(greeting)]),
            replies: Vec::new(),
        }
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
                    Said::More => self.enqueue(id, talk, done),
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

    fn take_outgoing(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.outgoing)
    }

    fn room(&mut self) -> &mut [u8] {
        self.inbox.room()
    }

    fn filled(
        &mut self,
        count: usize,
        done: &mut Vec<(u64, Result<Reply, Error>)>,
    ) -> Result<(), Error> {
        let broken = |error: std::io::Error| super::link::unreachable(&self.options, error);
        self.inbox.filled(count).map_err(broken)?;
        while let Some(first) = self.waiting.front() {
            let wanted = match first {
                Waiting::Greeting(greeting) => greeting.commands.replies(),
                Waiting::Talk { talk, .. } => talk.commands().replies(),
            };
            let gathered = self.inbox.gather_some(&mut self.replies, wanted);
            if !gathered.map_err(|error| super::link::unreachable(&self.options, error))? {
                return Ok(());
            }
            self.hear(done)?;
        }
        // Nobody asked for more.
        let rest = self.inbox.check_idle();
        rest.map_err(|error| super::link::unreachable(&self.options, error))
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
        super::link::unreachable(&self.options, error)
    }
}
