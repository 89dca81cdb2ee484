//! What the sentinels of a service say: where its primary is.
//!
//! A majority of those that the location names must say the same. The server itself is asked too
//! whether it is a primary, by the greeting.

use surecache_resp::Value;

use super::commands::Commands;
use super::link::Link;
use super::options::{Place, RedisOptions};
use crate::base::Error;
use crate::store::Address;

/// The server that a majority of the sentinels names. Blocks for the time-outs of those that do not
/// answer.
///
/// # Errors
/// `Unavailable` where no majority names one.
pub(super) fn elect(options: &RedisOptions) -> Result<Address, Error> {
    let Place::Service { name, sentinels, .. } = &options.place else {
        return Err(Error::misuse("wanted a service with sentinels, found: one server"));
    };
    let mut ballot = Ballot::of(sentinels.len());
    let mut last = None;
    for sentinel in sentinels {
        match ask(options, sentinel, name) {
            Ok(address) => {
                if let Some(elected) = ballot.count(address) {
                    return Ok(elected);
                }
            }
            Err(error) => last = Some(error),
        }
    }
    let (most, of) = (ballot.most(), sentinels.len());
    let message =
        format!("wanted a majority of {of} sentinels that name one primary, found: {most}");
    let error = Error::unavailable(message);
    Err(match last {
        Some(last) => error.with_source(last),
        None => error,
    })
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

fn ask(options: &RedisOptions, sentinel: &Address, name: &str) -> Result<Address, Error> {
    let mut link = Link::open(options, sentinel)?;
    let mut commands = Commands::default();
    commands.add(&[b"SENTINEL", b"get-master-addr-by-name", name.as_bytes()]);
    let replies = link.exchange(&commands);
    let replies = replies.map_err(|error| super::link::unreachable(options, error))?;
    let told = replies.into_iter().next().unwrap_or(Value::Nil);
    address(&told).ok_or_else(|| {
        let message =
            format!("wanted a sentinel that knows the service {name}, found at {sentinel}");
        Error::unavailable(match told.error() {
            Some(error) => format!("{message}: {}", super::refused::of(error)),
            None => format!("{message}: one that does not"),
        })
    })
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
