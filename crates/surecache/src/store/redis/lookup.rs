//! Addresses of names. The system's way to find them has no time-out, so each name is looked up in
//! a thread of its own, once for all who ask meanwhile.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::time::Duration;

use crate::base::fork::PerProcess;
use crate::base::sync::{Arc, Condvar, Mutex, PoisonError, lock};

/// The addresses of a host.
///
/// # Errors
/// What the system says; a time-out.
pub(super) fn addresses(host: &str, port: u16, timeout: Duration) -> io::Result<Vec<SocketAddr>> {
    if let Ok(ip) = host.parse() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    static LOOKUPS: PerProcess<Lookups> = PerProcess::new();
    let mut found = LOOKUPS.get_or_make(Lookups::default).ask(host, timeout, by_system)?;
    found.iter_mut().for_each(|address| address.set_port(port));
    Ok(found)
}

/// What is being looked up.
#[derive(Debug, Default)]
struct Lookups {
    running: Arc<Mutex<HashMap<String, Arc<Lookup>>>>,
}

#[derive(Debug, Default)]
struct Lookup {
    found: Mutex<Option<Found>>,
    ended: Condvar,
}

/// An error can be told to one only; what it says, to all.
type Found = Result<Vec<SocketAddr>, (ErrorKind, String)>;

impl Lookups {
    fn ask(
        &self,
        host: &str,
        timeout: Duration,
        look_up: impl FnOnce(&str) -> io::Result<Vec<SocketAddr>> + Send + 'static,
    ) -> io::Result<Vec<SocketAddr>> {
        let lookup = {
            let mut running = lock(&self.running);
            match running.get(host) {
                Some(lookup) => Arc::clone(lookup),
                None => {
                    let lookup = self.begin(host, look_up)?;
                    running.insert(host.to_owned(), Arc::clone(&lookup));
                    lookup
                }
            }
        };
        lookup.wait(timeout).map_err(|(kind, text)| io::Error::new(kind, text))
    }

    fn begin(
        &self,
        host: &str,
        look_up: impl FnOnce(&str) -> io::Result<Vec<SocketAddr>> + Send + 'static,
    ) -> io::Result<Arc<Lookup>> {
        let lookup = Arc::new(Lookup::default());
        let (running, ended, host) =
            (Arc::clone(&self.running), Arc::clone(&lookup), host.to_owned());
        let thread = std::thread::Builder::new().name("surecache-lookup".to_owned());
        thread.spawn(move || {
            let found = look_up(&host).map_err(|error| (error.kind(), error.to_string()));
            lock(&running).remove(&host);
            *lock(&ended.found) = Some(found);
            ended.ended.notify_all();
        })?;
        Ok(lookup)
    }
}

impl Lookup {
    fn wait(&self, at_most: Duration) -> Found {
        let found = lock(&self.found);
        let waited = self.ended.wait_timeout_while(found, at_most, |found| found.is_none());
        let found = waited.unwrap_or_else(PoisonError::into_inner).0.clone();
        found.unwrap_or_else(|| {
            Err((ErrorKind::TimedOut, "its name was not found in time".to_owned()))
        })
    }
}

fn by_system(host: &str) -> io::Result<Vec<SocketAddr>> {
    Ok((host, 0).to_socket_addrs()?.collect())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    const LOCAL: SocketAddr =
        SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

    #[test]
    fn an_address_is_its_own_and_a_name_is_looked_up() {
        for host in ["127.0.0.1", "::1", "localhost"] {
            let found = addresses(host, 7, Duration::from_secs(10)).unwrap();
            assert!(!found.is_empty(), "{host}");
            let is_local = |address: &SocketAddr| address.ip().is_loopback();
            assert!(found.iter().all(|each| is_local(each) && each.port() == 7), "{found:?}");
        }
    }

    /// Else each attempt to connect would leave a thread behind for as long as the system looks.
    #[test]
    fn a_lookup_that_hangs_costs_a_time_out_and_one_thread() {
        let (lookups, (release, released)) = (Lookups::default(), channel::<()>());
        let hangs = move |_: &str| {
            let _ = released.recv();
            Ok(vec![LOCAL])
        };
        let short = Duration::from_millis(20);
        let error = lookups.ask("cache", short, hangs).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        for _ in 0..3 {
            let again = lookups.ask("cache", short, |_| panic!("looked up twice"));
            assert_eq!(again.unwrap_err().kind(), ErrorKind::TimedOut);
        }
        std::thread::scope(|scope| {
            let patient = scope.spawn(|| {
                lookups.ask("cache", Duration::from_secs(10), |_| Ok(vec![LOCAL])).unwrap()
            });
            release.send(()).unwrap();
            assert_eq!(patient.join().unwrap(), [LOCAL]);
        });
    }

    #[test]
    fn everybody_is_told_what_went_wrong() {
        let refuses = |_: &str| Err(io::Error::new(ErrorKind::NotFound, "no such name"));
        let error = Lookups::default().ask("cache", Duration::from_secs(10), refuses).unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (ErrorKind::NotFound, "no such name")
        );
    }
}
