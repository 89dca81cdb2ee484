//! What the sentinels of a service say: where its primary is.
//!
//! A majority of those that the location names must say the same. The server itself is asked too
//! whether it is a primary, by the greeting.

use std::collections::HashMap;
use std::io;

use surecache_resp::Value;

use super::commands::Commands;
use super::link::{Link, unusable};
use super::options::{Place, RedisOptions};
use super::tls;
use super::trouble::Trouble;
use crate::base::Error;
use crate::store::Address;

/// Connections to sentinels, from one election to the next.
#[derive(Debug, Default)]
pub(super) struct Panel(HashMap<Address, Link>);

/// The server that a majority of the sentinels names. Blocks for the time-outs of those that do not
/// answer.
///
/// # Errors
/// `Unavailable` where no majority names one.
pub(super) fn elect(options: &RedisOptions, panel: &mut Panel) -> Result<Address, Trouble> {
    let Place::Service { name, sentinels, .. } = &options.place else {
        let message = "wanted a service with sentinels, found: one server";
        return Err(Trouble::refusal(Error::misuse(message)));
    };
    let mut ballot = Ballot::of(sentinels.len());
    let (mut last, mut is_outage): (Option<Trouble>, _) = (None, false);
    for sentinel in sentinels {
        match panel.ask(options, sentinel, name) {
            Ok(address) => {
                if let Some(elected) = ballot.count(address) {
                    return Ok(elected);
                }
            }
            Err(trouble) => {
                is_outage |= trouble.is_outage;
                // What one of them said is worth more than that another one is silent.
                if last.is_none() || !trouble.is_outage {
                    last = Some(trouble);
                }
            }
        }
    }
    let (most, of) = (ballot.most(), sentinels.len());
    let message =
        format!("wanted a majority of {of} sentinels that name one primary, found: {most}");
    let error = Error::unavailable(message);
    Err(match last {
        Some(last) => Trouble { error: error.with_source(last.error), is_outage },
        None => Trouble::outage(error),
    })
}

impl Panel {
    fn ask(
        &mut self,
        options: &RedisOptions,
        sentinel: &Address,
        name: &str,
    ) -> Result<Address, Trouble> {
        let mut question = Commands::default();
        question.add(&[b"SENTINEL", b"get-master-addr-by-name", name.as_bytes()]);
        let kept = self.0.remove(sentinel).and_then(|link| answer(link, &question).ok());
        let answered = match kept {
            Some(answered) => Ok(answered),
            None => Link::open(options, sentinel).and_then(|link| answer(link, &question)),
        };
        let (link, told) = answered.map_err(|error| Trouble {
            is_outage: !tls::is_refusal(&error),
            error: unusable(&format!("the sentinel {sentinel}"), options.connect_timeout, error),
        })?;
        self.0.insert(sentinel.clone(), link);
        address(&told).ok_or_else(|| {
            let message =
                format!("wanted a sentinel that knows the service {name}, found at {sentinel}");
            Trouble::outage(Error::unavailable(match told.error() {
                Some(error) => format!("{message}: {}", super::refused::of(error)),
                None => format!("{message}: one that does not"),
            }))
        })
    }
}

fn answer(mut link: Link, question: &Commands) -> io::Result<(Link, Value)> {
    let told = link.exchange(question)?.into_iter().next();
    Ok((link, told.unwrap_or(Value::Nil)))
}

/// Votes for servers.
#[derive(Debug)]
struct Ballot {
    needed: usize,
    votes: Vec<(Address, usize)>,
}

impl Ballot {
    fn of(voters: usize) -> Self {
        Self { needed: voters / 2 + 1, votes: Vec::new() }
    }

    /// Adds a vote; the server where that elects it.
    fn count(&mut self, address: Address) -> Option<Address> {
        let known = self.votes.iter().position(|(other, _)| *other == address);
        let at = known.unwrap_or_else(|| {
            self.votes.push((address, 0));
            self.votes.len() - 1
        });
        let (address, votes) = self.votes.get_mut(at)?;
        *votes += 1;
        (*votes >= self.needed).then(|| address.clone())
    }

    /// The most votes that one server has.
    fn most(&self) -> usize {
        self.votes.iter().map(|(_, votes)| *votes).max().unwrap_or(0)
    }
}

fn address(told: &Value) -> Option<Address> {
    let [host, port] = told.as_array()? else { return None };
    let host = std::str::from_utf8(host.as_bulk()?).ok()?.to_owned();
    let port = std::str::from_utf8(port.as_bulk()?).ok()?.parse().ok()?;
    Some(Address::Tcp { host, port })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(port: u16) -> Address {
        Address::Tcp { host: "cache".to_owned(), port }
    }

    #[test]
    fn more_than_half_elect() {
        let cases: [(usize, &[u16], Option<u16>); 7] = [
            (1, &[1], Some(1)),
            (2, &[1], None),
            (2, &[1, 1], Some(1)),
            (3, &[1, 2], None),
            (3, &[1, 2, 2], Some(2)),
            (4, &[1, 1, 2, 2], None),
            (5, &[1, 2, 1, 3, 1], Some(1)),
        ];
        for (voters, votes, elected) in cases {
            let mut ballot = Ballot::of(voters);
            let mut found = votes.iter().filter_map(|port| ballot.count(server(*port)));
            assert_eq!(found.next(), elected.map(server), "{votes:?} of {voters}");
        }
    }
}
