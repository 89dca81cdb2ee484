//! Many talks at once: the words of all leave in one write.

use surecache_resp::Value;

use super::commands::Commands;
use super::names::Names;
use super::peer::Peer;
use super::talk::{Said, Talk};
use crate::base::{Error, Moment};
use crate::store::{Condition, Reply, Request};

/// Talks on one connection.
#[derive(Debug)]
pub(super) struct Round {
    talks: Vec<Spoken>,
    commands: Commands,
}

#[derive(Debug)]
struct Spoken {
    talk: Talk,
    /// How many requests it is about.
    requests: usize,
    /// To each of them, once it is over.
    reply: Option<Result<Reply, Error>>,
}

impl Round {
    /// The first words of all. Neighbouring puts without a condition are made in one step.
    ///
    /// # Errors
    /// As [`Talk::begin`].
    pub(super) fn begin(
        requests: &[Request<'_>],
        names: &Names,
        peer: &Peer,
        now: Moment,
    ) -> Result<Self, Error> {
        let (mut talks, mut rest) = (Vec::new(), requests);
        while !rest.is_empty() {
            let (some, others) = rest.split_at(puts(rest).max(1));
            let talk = match some {
                [one] => Talk::begin(one, names, peer, now)?,
                puts => Talk::begin_puts(puts, names, now),
            };
            talks.push(Spoken { talk, requests: some.len(), reply: None });
            rest = others;
        }
        let mut round = Self { talks, commands: Commands::default() };
        round.gather();
        Ok(round)
    }

    pub(super) fn is_over(&self) -> bool {
        self.talks.iter().all(|spoken| spoken.reply.is_some())
    }

    /// What those say that are not over.
    pub(super) fn commands(&self) -> &Commands {
        &self.commands
    }

    /// Takes the replies, as many as the commands bring.
    pub(super) fn hear(&mut self, replies: Vec<Value>, names: &Names, peer: &mut Peer) {
        let mut replies = replies.into_iter();
        for spoken in self.talks.iter_mut().filter(|spoken| spoken.reply.is_none()) {
            let own = replies.by_ref().take(spoken.talk.commands().replies()).collect();
            if let Said::Done(done) = spoken.talk.hear(own, names, peer) {
                spoken.reply = Some(done);
            }
        }
        self.gather();
    }

    /// As [`Talk::met_outage`], of any of them.
    pub(super) fn met_outage(&self) -> bool {
        self.talks.iter().any(|spoken| spoken.talk.met_outage())
    }

    /// As [`Talk::met_doubt`], of any of them.
    pub(super) fn met_doubt(&self) -> bool {
        self.talks.iter().any(|spoken| spoken.talk.met_doubt())
    }

    /// The replies of all that are over, in the order of the requests.
    pub(super) fn into_replies(self) -> Vec<Result<Reply, Error>> {
        self.talks.into_iter().flat_map(Spoken::into_replies).collect()
    }

    fn gather(&mut self) {
        self.commands = Commands::default();
        for spoken in self.talks.iter().filter(|spoken| spoken.reply.is_none()) {
            self.commands.append(spoken.talk.commands());
        }
    }
}

impl Spoken {
    fn into_replies(self) -> Vec<Result<Reply, Error>> {
        let Some(reply) = self.reply else { return Vec::new() };
        let again = |reply: &Result<Reply, Error>| match reply {
            Ok(reply) => Ok(reply.clone()),
            Err(error) => Err(Error::new(error.kind(), error.to_string())),
        };
        let mut replies: Vec<_> = (1..self.requests).map(|_| again(&reply)).collect();
        replies.push(reply);
        replies
    }
}

/// How many of the first requests are puts that go in one step.
fn puts(requests: &[Request<'_>]) -> usize {
    let mut sum = 0;
    let fits = |request: &&Request<'_>| match request {
        Request::Put { bytes, condition: Condition::Always, .. } => {
            sum += bytes.len();
            sum <= MOST_BYTES
        }
        _ => false,
    };
    requests.iter().take_while(fits).count()
}

/// Bounds how long one step keeps a server from others.
const MOST_BYTES: usize = 262_144;
