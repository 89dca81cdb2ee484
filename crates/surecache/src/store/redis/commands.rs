//! Commands on their way out, counted.

use surecache_resp::{begin_command, write_argument, write_command, write_joined};

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

    /// Begins a command of a name and so many arguments, each added by [`Commands::argument`].
    pub(super) fn begin(&mut self, name: &[u8], arguments: usize) {
        self.bytes.reserve((1 + arguments) * USUAL_BYTES);
        begin_command(&mut self.bytes, 1 + arguments);
        write_argument(&mut self.bytes, name);
        self.replies += 1;
    }

    /// Adds an argument that is these parts joined.
    pub(super) fn argument(&mut self, parts: &[&[u8]]) {
        write_joined(&mut self.bytes, parts);
    }

    /// Adds a command with a list of keys behind its name.
    pub(super) fn add_keys<K: AsRef<[u8]>>(&mut self, name: &[u8], keys: &[K]) {
        self.begin(name, keys.len());
        keys.iter().for_each(|key| self.argument(&[key.as_ref()]));
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

    /// The last argument, which has so many bytes.
    pub(super) fn last(&self, bytes: usize) -> &[u8] {
        let end = self.bytes.len() - LINE_END_BYTES;
        &self.bytes[end - bytes..end]
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

const LINE_END_BYTES: usize = 2;

/// Of an argument that is a key, with what stands around it.
const USUAL_BYTES: usize = 64;
