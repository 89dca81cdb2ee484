//! Stamps: what stands in an entry for a generation and for who served it.

use crate::base::mutant::{self, Mutant};
use crate::entry::Stamp;
use crate::key::EntryKey;
use crate::store::{Digest, Reading};

/// The stamp of a generation as it was read; an absent one has none and matches nothing.
///
/// Both are random and independent, so their exclusive or tells two pairs apart as well as a hash
/// of its length would: see `docs/decisions`.
pub(crate) fn stamp(reading: &Option<Reading>) -> Option<Stamp> {
    let Some(reading) = reading else {
        return mutant::is(Mutant::AbsentIsAValue).then_some(Stamp([0; 16]));
    };
    let generation = u128::from_be_bytes(reading.generation.0);
    if mutant::is(Mutant::IncarnationIgnored) {
        return Some(Stamp(reading.generation.0));
    }
    let incarnation = u128::from_be_bytes(reading.incarnation.0);
    Some(Stamp((generation ^ incarnation).to_be_bytes()))
}

/// The stamps of many, in order.
pub(crate) fn stamps(readings: &[Option<Reading>]) -> Vec<Option<Stamp>> {
    readings.iter().map(stamp).collect()
}

/// The digest of an entry's name and a list of stamps: what a lease carries.
pub(crate) fn digest(entry: &EntryKey, stamps: &[Stamp]) -> Digest {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(entry.as_bytes().len() as u64).to_be_bytes());
    hasher.update(entry.as_bytes());
    for stamp in stamps {
        hasher.update(&stamp.0);
    }
    let mut digest = [0; 16];
    digest.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    Digest(digest)
}
