//! One step of a walk through the keys of a namespace.
//!
//! Where leases are listed too they have a walk of their own, which comes first: a put ends a lease
//! and leaves an entry, which the walk through the entries meets from then on.

use std::num::NonZeroU32;

use surecache_resp::Value;

use super::super::commands::{Commands, decimal};
use super::super::names::Names;
use super::super::replies::{Read, scanned};
use crate::base::Error;
use crate::key::Glob;
use crate::store::{Listed, Scanned};

/// What is walked through, and how far it went.
#[derive(Debug)]
pub(super) struct Scan {
    glob: Glob,
    half: Half,
    /// The server's own.
    cursor: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Half {
    Entries,
    Leases,
}

impl Scan {
    /// The step that a cursor stands for: a letter for the half, and the server's cursor.
    pub(super) fn begin(glob: &Glob, cursor: &[u8], listed: Listed) -> Result<Self, Error> {
        let (half, cursor) = match (cursor, listed) {
            ([], Listed::Entries) => (Half::Entries, &b"0"[..]),
            ([], Listed::EntriesAndLeases) => (Half::Leases, &b"0"[..]),
            ([ENTRIES, cursor @ ..], _) => (Half::Entries, cursor),
            ([LEASES, cursor @ ..], Listed::EntriesAndLeases) => (Half::Leases, cursor),
            _ => return Err(Error::misuse("wanted a cursor that the store gave, found: another")),
        };
        Ok(Self { glob: glob.clone(), half, cursor: cursor.to_vec() })
    }

    pub(super) fn ask(&self, commands: &mut Commands, names: &Names, count: NonZeroU32) {
        let pattern = match self.half {
            Half::Entries => names.entries(&self.glob),
            Half::Leases => names.leases(&self.glob),
        };
        let count = decimal(count.get().into());
        commands.add(&[b"SCAN", &self.cursor, b"MATCH", &pattern, b"COUNT", count.as_bytes()]);
    }

    pub(super) fn hear(&self, reply: Value, names: &Names) -> Read<Scanned> {
        let (cursor, found) = scanned(reply)?;
        let name = |key: &Vec<u8>| {
            let name = match self.half {
                Half::Entries => names.plain(key),
                Half::Leases => names.leased(key),
            }?;
            self.glob.matches(name).then(|| name.to_vec())
        };
        let keys = found.iter().filter_map(name).collect();
        let (letter, over) = match self.half {
            Half::Entries => (ENTRIES, None),
            Half::Leases => (LEASES, Some(vec![ENTRIES, b'0'])),
        };
        let cursor = if cursor == b"0" { over } else { Some([&[letter], &cursor[..]].concat()) };
        Ok(Scanned { keys, cursor })
    }
}

const ENTRIES: u8 = b'e';
const LEASES: u8 = b'l';
