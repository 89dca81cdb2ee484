//! Many talks at once: the words of all leave in one write.

use surecache_resp::Value;

use super::commands::Commands;
use super::names::Names;
use super::peer::Peer;
use super::talk::{Said, Talk};
use crate::base::{Error, Moment};
use crate::store::{Reply, Request};

/// Talks on one connection, each with its reply once it is over.
#[derive(Debug)]
pub(super) struct Round {
    talks: Vec<(Talk, Option<Result<Reply, Error>>)>,
    commands: Commands,
}

impl Round {
    /// The first words of all.
    ///
    /// # Errors
    /// As [`Talk::begin`].
    pub(super) fn begin(
        requests: &[Request<'_>],
        names: &Names,
        peer: &Peer,
        now: Moment,
    ) -> Result<Self, Error> {
        let begun = requests.iter().map(|request| Talk::begin(request, names, peer, now));
        let talks = begun.map(|talk| Ok((talk?, None))).collect::<Result<_, Error>>()?;
        let mut round = Self { talks, commands: Commands::default() };
        round.gather();
        Ok(round)
    }

    pub(super) fn is_over(&self) -> bool {
        self.talks.iter().all(|(_, reply)| reply.is_some())
    }

    /// What those say that are not over.
    pub(super) fn commands(&self) -> &Commands {
        &self.commands
    }

    /// Takes the replies, as many as the commands bring.
    pub(super) fn hear(&mut self, replies: Vec<Value>, names: &Names, peer: &mut Peer) {
        let mut replies = replies.into_iter();
        for (talk, reply) in self.talks.iter_mut().filter(|(_, reply)| reply.is_none()) {
            let own = replies.by_ref().take(talk.commands().replies()).collect();
            if let Said::Done(done) = talk.hear(own, names, peer) {
                *reply = Some(done);
            }
        }
        self.gather();
    }

    /// As [`Talk::met_outage`], of any of them.
    pub(super) fn met_outage(&self) -> bool {
        self.talks.iter().any(|(talk, _)| talk.met_outage())
    }

    /// As [`Talk::met_doubt`], of any of them.
    pub(super) fn met_doubt(&self) -> bool {
        self.talks.iter().any(|(talk, _)| talk.met_doubt())
    }

    /// The replies of all that are over, in the order of the requests.
    pub(super) fn into_replies(self) -> Vec<Result<Reply, Error>> {
        self.talks.into_iter().filter_map(|(_, reply)| reply).collect()
    }

    fn gather(&mut self) {
        self.commands = Commands::default();
        for (talk, reply) in &self.talks {
            if reply.is_none() {
                self.commands.append(talk.commands());
            }
        }
    }
}
