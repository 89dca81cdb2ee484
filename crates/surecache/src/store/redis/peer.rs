//! Who is at the other end of a connection: which life of which server.
//!
//! The incarnation goes into every stamp, so that what a restart, a promotion or a restored dump
//! brings back is not believed. It is asked for on a new connection, again after a server said that
//! it is not what it was, and each second while the connection is used. A replica has none:
//! generations that a replica serves may be older than an invalidation.

use std::time::Duration;

use surecache_resp::Value;

use super::refused::{self, Refused};
use crate::base::Error;
use crate::store::Incarnation;

/// What is known about the server of a connection.
#[derive(Debug, Default)]
pub(super) struct Peer {
    /// The answer to the last question, and when it was asked.
    told: Option<(Told, Duration)>,
}

#[derive(Debug)]
enum Told {
    /// INFO may not be asked, or its answer is none.
    Nothing(Refused),
    Primary(Incarnation),
    /// By the role that it names.
    Replica(String),
}

impl Peer {
    /// True where the server is to be asked again who it is.
    pub(super) fn is_to_be_asked(&self, uptime: Duration) -> bool {
        let asked = self.told.as_ref().map(|(_, asked)| *asked);
        asked.is_none_or(|asked| uptime.saturating_sub(asked) >= GOOD_FOR)
    }

    /// Takes the answers to INFO's sections `server` and `replication`.
    pub(super) fn tell(&mut self, server: &Value, replication: &Value, uptime: Duration) {
        let told = told(server, replication).unwrap_or_else(Told::Nothing);
        self.told = Some((told, uptime));
    }

    /// The server said something that makes it doubtful.
    pub(super) fn doubt(&mut self) {
        // A replica is one until it says otherwise.
        if !self.is_replica() {
            self.told = None;
        }
    }

    /// True where the server said that it is no primary.
    pub(super) fn is_replica(&self) -> bool {
        matches!(self.told, Some((Told::Replica(_), _)))
    }

    /// The life that generations are stamped with.
    ///
    /// # Errors
    /// `Unavailable` where the server is a replica, or does not say who it is.
    pub(super) fn incarnation(&self) -> Result<Incarnation, Error> {
        match &self.told {
            Some((Told::Primary(incarnation), _)) => Ok(*incarnation),
            Some((Told::Replica(role), _)) => {
                let message = "wanted the primary of a Redis server, found one with role";
                Err(Error::unavailable(format!("{message}: {role}")))
            }
            Some((Told::Nothing(refused), _)) => Err(refused
                .error("say who it is (INFO)")
                .with_hint("give the user the rule +info: without it regions are not cached")),
            None => Err(Error::unavailable("the Redis server was not asked who it is")),
        }
    }
}

fn told(server: &Value, replication: &Value) -> Result<Told, Refused> {
    let server = text(server)?;
    let replication = text(replication)?;
    let (Some(run), Some(role), Some(history)) = (
        field(server, "run_id:"),
        field(replication, "role:"),
        field(replication, "master_replid:"),
    ) else {
        return Err(Refused::unexpected("INFO without run_id, role and master_replid"));
    };
    if role != "master" {
        return Ok(Told::Replica(role.to_owned()));
    }
    let mut hasher = blake3::Hasher::new_derive_key("surecache redis incarnation 1");
    hasher.update(run.as_bytes()).update(&[0]).update(history.as_bytes());
    let mut incarnation = [0; 16];
    incarnation.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    Ok(Told::Primary(Incarnation(incarnation)))
}

pub(super) fn text(info: &Value) -> Result<&str, Refused> {
    let text = match info {
        Value::Bulk(_) | Value::Verbatim { .. } => info.as_bytes(),
        Value::Error(error) => return Err(refused::of(error)),
        _ => None,
    };
    let text = text.and_then(|text| std::str::from_utf8(text).ok());
    text.ok_or_else(|| Refused::unexpected("INFO without text"))
}

pub(super) fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.strip_prefix(name)).map(str::trim_end)
}

/// How long an answer is good: a promotion behind a connection that stays open is noticed by every
/// read that starts so much later.
const GOOD_FOR: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    fn info(run: &str, role: &str, history: &str) -> [Value; 2] {
        let server = format!("# Server\r\nredis_version:7.0.15\r\nrun_id:{run}\r\n");
        let replication = format!("# Replication\r\nrole:{role}\r\nmaster_replid:{history}\r\n");
        [server, replication].map(|text| Value::Bulk(text.as_bytes().into()))
    }

    fn incarnation(answers: &[Value; 2]) -> Result<Incarnation, Error> {
        let mut peer = Peer::default();
        peer.tell(&answers[0], &answers[1], Duration::ZERO);
        peer.incarnation()
    }

    #[test]
    fn another_life_or_another_history_is_another_incarnation() {
        let one = incarnation(&info("aa", "master", "bb")).unwrap();
        assert_eq!(one, incarnation(&info("aa", "master", "bb")).unwrap());
        assert_ne!(one, incarnation(&info("ab", "master", "bb")).unwrap());
        assert_ne!(one, incarnation(&info("aa", "master", "bc")).unwrap());
        assert_ne!(one, incarnation(&info("a", "master", "abb")).unwrap());
    }

    #[test]
    fn a_replica_has_no_incarnation() {
        let error = incarnation(&info("aa", "slave", "bb")).unwrap_err();
        let wanted = "wanted the primary of a Redis server, found one with role: slave";
        assert_eq!(error.to_string(), wanted);
    }

    #[test]
    fn a_server_that_refuses_info_is_named_with_the_rule_to_add() {
        let text = "NOPERM this user has no permissions to run the 'info' command";
        let error = incarnation(&[Value::Error(text.into()), Value::Nil]).unwrap_err();
        assert!(error.to_string().contains("NOPERM"), "{error}");
        assert!(error.to_string().contains("hint: give the user the rule +info"), "{error}");
    }

    #[test]
    fn it_is_asked_when_new_doubtful_or_a_second_old() {
        let (mut peer, second) = (Peer::default(), Duration::from_secs(1));
        assert!(peer.is_to_be_asked(second));
        let [server, replication] = info("aa", "master", "bb");
        peer.tell(&server, &replication, second);
        assert!(!peer.is_to_be_asked(second * 2 - Duration::from_nanos(1)));
        assert!(peer.is_to_be_asked(second * 2));
        peer.doubt();
        assert!(peer.is_to_be_asked(second));
    }
}
