//! The first words on a connection: who comes, and which database it wants.

use surecache_resp::Value;

use super::commands::{Commands, decimal};
use super::options::RedisOptions;
use super::refused;
use crate::base::Error;

/// What is said first, and how many of its replies matter.
#[derive(Debug)]
pub(super) struct Greeting {
    pub(super) commands: Commands,
    vital: usize,
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
        let vital = commands.replies();
        // May be forbidden: a connection without a name is as good.
        commands.add(&[b"CLIENT", b"SETNAME", options.client_name.as_bytes()]);
        Self { commands, vital }
    }

    /// Reads the replies.
    ///
    /// # Errors
    /// `Unavailable` where the server refuses user, password or database.
    pub(super) fn hear(&self, replies: &[Value]) -> Result<(), Error> {
        match replies.iter().take(self.vital).find_map(Value::error) {
            Some(error) => Err(refused::of(error).error("let surecache in")),
            None => Ok(()),
        }
    }
}
