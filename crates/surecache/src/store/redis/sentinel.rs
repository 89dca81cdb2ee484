//! Where the primary of a service is, as its sentinels know it.
//!
//! They are asked for each new connection, the one that is written first first; what the first of
//! them answers is taken, and the server itself asked whether it is a primary: a sentinel that was
//! cut off may name the one before.

use surecache_resp::Value;

use super::commands::Commands;
use super::link::Link;
use super::options::{Place, RedisOptions};
use crate::base::Error;
use crate::store::Address;

/// The address of the server. Blocks for the time-outs of the sentinels that do not answer.
///
/// # Errors
/// `Unavailable` where no sentinel answers, or none knows the service.
pub(super) fn find(options: &RedisOptions) -> Result<Address, Error> {
    let (name, sentinels) = match &options.place {
        Place::At(address) => return Ok(address.clone()),
        Place::Service { name, sentinels } => (name, sentinels),
    };
    let mut last = Error::unavailable("wanted a sentinel, found: none");
    for sentinel in sentinels {
        match ask(options, sentinel, name) {
            Ok(address) => return Ok(address),
            Err(error) => last = error,
        }
    }
    Err(last)
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
