//! The command line.

use std::path::PathBuf;

/// What the program was asked to do.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Command {
    Help,
    Serve(Arguments),
}

/// How to serve.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Arguments {
    pub(crate) listen: String,
    pub(crate) data: PathBuf,
    pub(crate) events: u32,
    location: Option<String>,
}

pub(crate) const HELP: &str = "\
A service with profiles and permission-dependent dashboards, cached by surecache.

usage: axum-service --data DIR [--listen ADDRESS] [--location LOCATION] [--events COUNT]

  --data DIR           where the database lies; made and filled where it is missing
  --listen ADDRESS     address and port; port 0 takes a free one; default 127.0.0.1:8080
  --location LOCATION  the cache: embedded:///folder or memory://name; default: the folder
                       cache in the data folder
  --events COUNT       how many events a new database gets; default 200000
  --help               this text

The address is printed when the service is ready. SIGINT and SIGTERM stop it.";

impl Command {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// What was wanted and what was found, for people.
    pub(crate) fn parse(mut given: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut data, mut listen, mut location, mut events) = (None, None, None, None);
        while let Some(name) = given.next() {
            let place = match name.as_str() {
                "--data" => &mut data,
                "--events" => &mut events,
                "--help" | "-h" => return Ok(Self::Help),
                "--listen" => &mut listen,
                "--location" => &mut location,
                other => return Err(format!("no such option: {other}\nhint: axum-service --help")),
            };
            let Some(value) = given.next() else {
                return Err(format!("wanted a value, found none after: {name}"));
            };
            if place.replace(value).is_some() {
                return Err(format!("wanted each option once, found twice: {name}"));
            }
        }
        let Some(data) = data.map(PathBuf::from) else {
            return Err("wanted a folder for the database, found no --data\n\
                        hint: axum-service --data ./data"
                .to_owned());
        };
        let events = events.as_deref().unwrap_or("200000");
        let Ok(events) = events.parse() else {
            return Err(format!("wanted a number of events, found: {events}"));
        };
        let listen = listen.unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        Ok(Self::Serve(Arguments { listen, data, events, location }))
    }
}

impl Arguments {
    /// Where the cache is: for each database its own, as two databases must not share answers.
    pub(crate) fn location(&self) -> String {
        self.location.clone().unwrap_or_else(|| {
            let data = std::path::absolute(&self.data).unwrap_or_else(|_| self.data.clone());
            format!("embedded://{}", data.join("cache").display())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, String> {
        Command::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn the_data_folder_is_all_that_is_needed() {
        let Ok(Command::Serve(found)) = parse("--data /srv/shop") else { panic!() };
        assert_eq!((found.listen.as_str(), found.events), ("127.0.0.1:8080", 200_000));
        assert_eq!(found.location(), "embedded:///srv/shop/cache");
    }

    #[test]
    fn everything_can_be_said() {
        let line = "--listen [::1]:0 --location memory://shop --data /srv --events 7";
        let Ok(Command::Serve(found)) = parse(line) else { panic!() };
        assert_eq!((found.listen.as_str(), found.events), ("[::1]:0", 7));
        assert_eq!(found.location(), "memory://shop");
        assert_eq!(parse("--data x --help"), Ok(Command::Help));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (line, message) in [
            ("", "found no --data"),
            ("--data", "found none after: --data"),
            ("--data a --data b", "found twice: --data"),
            ("--data a --port 80", "no such option: --port"),
            ("--data a --events many", "wanted a number of events, found: many"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(message), "{line}: {error}");
        }
    }
}
