//! Commands on their way out, counted.

use surecache_resp::{begin_command, write_argument, write_command};

use super::scripts::Script;

/// A pipeline: commands in the form that servers take, and how many replies they bring.
#[derive(Debug, Default)]
pub(super) struct Commands {
    bytes: Vec<u8>,
    replies: usize,
}

impl Commands {
    /// Adds a command.
    pub(super) fn add(&mut self, arguments: &[&[u8]]) {
        write_command(&mut self.bytes, arguments);
        self.replies += 1;
    }

    /// Adds a command with a list of keys behind its name.
    pub(super) fn add_keys<K: AsRef<[u8]>>(
        &mut self,
        name: &[u8],
        keys: impl ExactSizeIterator<Item = K>,
    ) {
        begin_command(&mut self.bytes, 1 + keys.len());
        write_argument(&mut self.bytes, name);
        keys.for_each(|key| write_argument(&mut self.bytes, key.as_ref()));
        self.replies += 1;
    }

    /// Adds the call of a script.
    pub(super) fn add_script(&mut self, script: &Script, keys: &[&[u8]], arguments: &[&[u8]]) {
        begin_command(&mut self.bytes, 3 + keys.len() + arguments.len());
        write_argument(&mut self.bytes, b"EVALSHA");
        write_argument(&mut self.bytes, script.name());
        write_argument(&mut self.bytes, decimal(keys.len() as u64).as_bytes());
        keys.iter().chain(arguments).for_each(|each| write_argument(&mut self.bytes, each));
        self.replies += 1;
    }

    /// Adds all of another's.
    pub(super) fn append(&mut self, other: &Self) {
        self.bytes.extend_from_slice(&other.bytes);
        self.replies += other.replies;
    }

    /// What is sent.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many replies it brings.
    pub(super) fn replies(&self) -> usize {
        self.replies
    }
}

/// A number as servers take it.
pub(super) fn decimal(number: u64) -> String {
    number.to_string()
}
