//! Stamps: digests of generations and of who served them.

use crate::base::mutant::{self, Mutant};
use crate::entry::Stamp;
use crate::store::{Digest, Reading};

/// The stamp of a generation as it was read; an absent one has none and matches nothing.
fn stamp(reading: Option<&Reading>) -> Option<Stamp> {
    let Some(reading) = reading else {
        return mutant::is(Mutant::AbsentIsAValue).then_some(Stamp([0; 16]));
    };
    let mut hasher = blake3::Hasher::new();
    hasher.update(&reading.generation.0);
    hasher.update(&reading.incarnation.0);
    Some(Stamp(first_half(&hasher.finalize())))
}

/// The stamps of many, in order.
pub(crate) fn stamps(readings: &[Option<Reading>]) -> Vec<Option<Stamp>> {
    readings.iter().map(|reading| stamp(reading.as_ref())).collect()
}

/// The digest of a list of stamps: what a lease carries.
pub(crate) fn digest(stamps: &[Stamp]) -> Digest {
    let mut hasher = blake3::Hasher::new();
    for stamp in stamps {
        hasher.update(&stamp.0);
    }
    Digest(first_half(&hasher.finalize()))
}

fn first_half(hash: &blake3::Hash) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&hash.as_bytes()[..16]);
    half
}
