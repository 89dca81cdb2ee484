//! The first words on a connection: who comes, and which database it wants.

use surecache_resp::Value;

use super::commands::{Commands, decimal};
use super::options::{Place, RedisOptions};
use super::refused;
use super::trouble::Trouble;
use crate::base::Error;

/// What is said first, and how many of its replies matter.
#[derive(Debug)]
pub(super) struct Greeting {
    pub(super) commands: Commands,
    vital: usize,
    asks_role: bool,
}

impl Greeting {
    pub(super) fn of(options: &RedisOptions) -> Self {
        let mut commands = Commands::default();
        let password = options.password.as_deref().map(str::as_bytes);
        match (options.username.as_deref().map(str::as_bytes), password) {
            (Some(user), Some(password)) => commands.add(&[b"AUTH", user, password]),
            (_, Some(password)) => commands.add(&[b"AUTH", password]),
            (_, None) => {}
        }
        if options.database != 0 {
            commands.add(&[b"SELECT", decimal(options.database.into()).as_bytes()]);
        }
        // A sentinel that was cut off may have named the primary before.
        let asks_role = matches!(options.place, Place::Service { .. });
        if asks_role {
            commands.add(&[b"ROLE"]);
        }
        let vital = commands.replies();
        // May be forbidden: a connection without a name is as good.
        commands.add(&[b"CLIENT", b"SETNAME", options.client_name.as_bytes()]);
        Self { commands, vital, asks_role }
    }

    /// Reads the replies.
    ///
    /// # Errors
    /// `Unavailable` where the server refuses user, password or database.
    pub(super) fn hear(&self, replies: &[Value]) -> Result<(), Trouble> {
        let vital = replies.get(..self.vital).unwrap_or(replies);
        if let Some(error) = vital.iter().find_map(Value::error) {
            let refused = refused::of(error);
            let error = refused.error("let surecache in");
            return Err(Trouble { error, is_outage: refused.is_outage() });
        }
        let role = vital.last().filter(|_| self.asks_role).and_then(Value::as_array);
        match role.and_then(<[Value]>::first).and_then(Value::as_bulk) {
            Some(b"master") => Ok(()),
            Some(role) => Err(Trouble::outage(Error::unavailable(format!(
                "wanted the primary of the service, found a server with role: {}",
                role.escape_ascii()
            )))),
            None => Ok(()),
        }
    }
}
