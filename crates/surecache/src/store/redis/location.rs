//! Locations of servers: `redis://[user[:password]@]host[:port][/database]`,
//! `redis+sentinel://[user[:password]@]host[:port][,host...]/service[/database]`, both with TLS as
//! `rediss://` and `rediss+sentinel://`, and `unix://[user[:password]@]/socket[?db=database]`.

use std::path::PathBuf;

use super::options::{Place, RedisOptions};
use super::primary::Primary;
use super::tls::TlsFiles;
use crate::base::Error;
use crate::base::sync::Arc;
use crate::store::Address;

impl RedisOptions {
    /// The server at a location. `#`, `@`, `/`, `:`, `?` and `%` in a name or a password are
    /// written in percent encoding.
    ///
    /// # Errors
    /// Misuse where the location is none; a password is not repeated in it.
    pub fn parse(location: &str) -> Result<Self, Error> {
        let (scheme, rest) = location.split_once("://").ok_or_else(|| unclear("a scheme"))?;
        let (credentials, rest) = match rest.rsplit_once('@') {
            Some((credentials, rest)) => (Some(credentials), rest),
            None => (None, rest),
        };
        let mut options = match scheme {
            "redis" | "rediss" => tcp(rest)?,
            "redis+sentinel" | "rediss+sentinel" => sentinel(rest)?,
            "unix" => unix(rest)?,
            _ => return Err(unclear(SCHEMES)),
        };
        options.tls = scheme.starts_with("rediss").then(TlsFiles::default);
        if let Some(credentials) = credentials {
            let (user, password) = match credentials.split_once(':') {
                Some((user, password)) => (user, Some(password)),
                None => (credentials, None),
            };
            options.username = some(decoded(user)?);
            options.password = password.map(decoded).transpose()?.and_then(some);
            if options.username.is_some() && options.password.is_none() {
                return Err(unclear("a password behind the user's name, as in user:password@"));
            }
        }
        Ok(options)
    }
}

fn tcp(rest: &str) -> Result<RedisOptions, Error> {
    if rest.contains(['?', '#']) {
        return Err(unclear("options in the settings, not behind a ? in the location"));
    }
    let (place, database) = match rest.split_once('/') {
        Some((place, database)) => (place, database),
        None => (rest, ""),
    };
    let mut options = RedisOptions::at(Place::At(address(place, PORT)?));
    if !database.is_empty() {
        options.database = number(database, "the number of a database behind the last /")?;
    }
    Ok(options)
}

fn sentinel(rest: &str) -> Result<RedisOptions, Error> {
    let mut parts = rest.split('/');
    let sentinels = parts.next().unwrap_or_default().split(',');
    let sentinels =
        sentinels.map(|place| address(place, SENTINEL_PORT)).collect::<Result<_, _>>()?;
    let name = decoded(parts.next().unwrap_or_default())?;
    if name.is_empty() {
        return Err(unclear("the name of a service behind the sentinels' hosts"));
    }
    let primary = Arc::new(Primary::new());
    let mut options = RedisOptions::at(Place::Service { name, sentinels, primary });
    match (parts.next(), parts.next()) {
        (None | Some(""), None) => {}
        (Some(database), None) => {
            options.database = number(database, "the number of a database behind the service")?;
        }
        _ => return Err(unclear("nothing behind the number of the database")),
    }
    Ok(options)
}

fn address(place: &str, default_port: u16) -> Result<Address, Error> {
    let (host, port) = host_and_port(place, default_port)?;
    Ok(Address::Tcp { host: host.to_owned(), port })
}

fn host_and_port(place: &str, default_port: u16) -> Result<(&str, u16), Error> {
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or_else(|| unclear("a ] behind the address"))?,
        None => match place.split_once(':') {
            Some((host, _)) => (host, &place[host.len()..]),
            None => (place, ""),
        },
    };
    if host.is_empty() {
        return Err(unclear("a host"));
    }
    match port.strip_prefix(':') {
        Some(port) => Ok((host, number(port, "a port from 1 to 65535 behind the host")?)),
        None if port.is_empty() => Ok((host, default_port)),
        None => Err(unclear("a colon before the port")),
    }
}

fn unix(rest: &str) -> Result<RedisOptions, Error> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = PathBuf::from(decoded(path)?);
    if !path.is_absolute() {
        return Err(unclear("an absolute path to a socket behind unix://"));
    }
    let mut options = RedisOptions::at(Place::At(Address::Unix(path)));
    match query.split_once('=') {
        Some(("db", database)) => options.database = number(database, "?db= and a number")?,
        _ if query.is_empty() => {}
        _ => return Err(unclear("?db= and a number behind the path, or nothing")),
    }
    Ok(options)
}

fn number<T: std::str::FromStr>(text: &str, wanted: &str) -> Result<T, Error> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(unclear(wanted));
    }
    text.parse().map_err(|_| unclear(wanted))
}

/// A part with its percent encoding undone.
fn decoded(part: &str) -> Result<String, Error> {
    let wanted = "two hexadecimal digits behind each %";
    let mut pieces = part.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let digits = piece.get(..2).ok_or_else(|| unclear(wanted))?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| unclear(wanted))?);
        bytes.extend_from_slice(&piece.as_bytes()[2..]);
    }
    String::from_utf8(bytes).map_err(|_| unclear("UTF-8 in percent encoding"))
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// The location itself stays out of the text: it may hold a password.
fn unclear(wanted: &str) -> Error {
    Error::misuse(format!("a location of a Redis server: wanted {wanted}, found: something else"))
        .with_hint("redis://user:password@host:6379/0, unix:///path/to/socket?db=0")
}

const SCHEMES: &str = "redis://, rediss://, redis+sentinel://, rediss+sentinel:// or unix://";

/// Redis' own.
const PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(location: &str) -> (String, u32, Option<String>, Option<String>) {
        let options = RedisOptions::parse(location).unwrap();
        (options.place.to_string(), options.database, options.username, options.password)
    }

    #[test]
    fn every_part_may_be_left_out_but_the_host() {
        let some = |text: &str| Some(text.to_owned());
        let cases = [
            ("redis://cache", ("cache:6379", 0, None, None)),
            ("redis://cache:7000", ("cache:7000", 0, None, None)),
            ("redis://cache/3", ("cache:6379", 3, None, None)),
            ("redis://cache:1/", ("cache:1", 0, None, None)),
            ("redis://[::1]:7/2", ("[::1]:7", 2, None, None)),
            ("redis://:word@cache", ("cache:6379", 0, None, some("word"))),
            ("redis://me:w%40%3a%25@cache", ("cache:6379", 0, some("me"), some("w@:%"))),
            ("redis://me:a@b@cache", ("cache:6379", 0, some("me"), some("a@b"))),
            ("unix:///run/r.sock", ("/run/r.sock", 0, None, None)),
            ("unix://:word@/run/r.sock?db=5", ("/run/r.sock", 5, None, some("word"))),
            ("unix:///a%20b", ("/a b", 0, None, None)),
        ];
        for (location, (address, database, username, password)) in cases {
            let wanted = (address.to_owned(), database, username, password);
            assert_eq!(parsed(location), wanted, "{location}");
        }
    }

    #[test]
    fn a_service_is_named_behind_its_sentinels() {
        let location = "redis+sentinel://me:word@one,two:7000,[::1]/shop/2";
        let options = RedisOptions::parse(location).unwrap();
        let Place::Service { name, sentinels, .. } = options.place else { panic!("no service") };
        let sentinels: Vec<_> = sentinels.iter().map(ToString::to_string).collect();
        assert_eq!(sentinels, ["one:26379", "two:7000", "[::1]:26379"]);
        assert_eq!((name.as_str(), options.database), ("shop", 2));
        assert_eq!(options.username.as_deref(), Some("me"));
    }

    #[test]
    fn a_second_s_is_for_tls() {
        let cases = [
            ("redis://cache", false),
            ("rediss://me:word@cache:7000/2", true),
            ("redis+sentinel://one/shop", false),
            ("rediss+sentinel://one,two/shop", true),
            ("unix:///run/r.sock", false),
        ];
        for (location, is_secured) in cases {
            let options = RedisOptions::parse(location).unwrap();
            assert_eq!(options.tls.is_some(), is_secured, "{location}");
            assert_eq!(options.with_tls_ca_file("ca.pem").is_ok(), is_secured, "{location}");
        }
    }

    #[test]
    fn what_is_no_location_is_refused_without_its_password() {
        let cases = [
            "redis:/cache",
            "redis://",
            "redis://:6379",
            "redis://cache:",
            "redis://cache:x",
            "redis://cache:70000",
            "redis://cache:+1",
            "redis://cache/x",
            "redis://cache/1/2",
            "redis://cache?db=1",
            "redis://[::1",
            "redis://[::1]x",
            "redis://geheim@cache",
            "redis://me:geheim%4@cache",
            "redis://me:geheim%zz@cache",
            "redis://me:geheim%ff@cache",
            "redis+sentinel://one,two",
            "redis+sentinel://one,/shop",
            "redis+sentinel:///shop",
            "redis+sentinel://one/shop/x",
            "redis+sentinel://one/shop/1/2",
            "rediss://cache?ssl_cert_reqs=none",
            "unixs:///run/r.sock",
            "unix://run/r.sock",
            "unix:///run/r.sock?x=1",
            "unix:///run/r.sock?db=x",
            "http://cache",
        ];
        for location in cases {
            let error = RedisOptions::parse(location).unwrap_err();
            assert!(error.is_misuse(), "{location}");
            assert!(!error.to_string().contains("geheim"), "{error}");
        }
    }
}
