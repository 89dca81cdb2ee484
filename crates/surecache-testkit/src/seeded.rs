//! A repeatable plan of faults.

use surecache::stores::Request;

use crate::Fault;

/// Draws a fault for each request; the same seed and requests give the same faults.
#[derive(Clone, Debug)]
pub struct Seeded {
    state: u64,
    rates: Rates,
    stored: Vec<Vec<u8>>,
}

/// How many requests of a thousand meet which fault.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Rates {
    /// Carried out, answered by an error.
    pub fail_after: u16,
    /// Not carried out, answered by an error.
    pub fail_before: u16,
    /// Answered with damaged entries: a bit flipped, an end cut off, or the bytes of another
    /// entry.
    pub damage: u16,
}

impl Seeded {
    /// The plan of a seed.
    pub fn new(seed: u64, rates: Rates) -> Self {
        Self { state: seed, rates, stored: Vec::new() }
    }

    /// What goes wrong with the next request.
    pub fn next(&mut self, request: &Request<'_>) -> Fault {
        if let Request::Put { bytes, .. } = request {
            self.remember(bytes);
        }
        let Rates { fail_after, fail_before, damage } = self.rates;
        let before = u64::from(fail_before);
        let after = before + u64::from(fail_after);
        let damaged = after + u64::from(damage);
        match self.draw() % 1000 {
            drawn if drawn < before => Fault::FailBefore,
            drawn if drawn < after => Fault::FailAfter,
            drawn if drawn < damaged => self.damage(),
            _ => Fault::None,
        }
    }

    fn damage(&mut self) -> Fault {
        let (kind, at) = (self.draw() % 3, self.draw_below(4096));
        match kind {
            0 => Fault::Flip { bit: at },
            1 if !self.stored.is_empty() => {
                Fault::Foreign(self.stored[at % self.stored.len()].clone())
            }
            _ => Fault::Truncate { bytes: at % 64 },
        }
    }

    fn remember(&mut self, bytes: &[u8]) {
        if self.stored.len() == REMEMBERED {
            let place = self.draw_below(REMEMBERED);
            self.stored.swap_remove(place);
        }
        self.stored.push(bytes.to_vec());
    }

    fn draw_below(&mut self, limit: usize) -> usize {
        usize::try_from(self.draw() % limit as u64).unwrap_or(0)
    }

    /// `SplitMix64` (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Entries kept, to be handed out as foreign ones.
const REMEMBERED: usize = 8;

#[cfg(test)]
mod tests {
    use surecache::stores::{Condition, EntryKey};

    use super::*;

    const RATES: Rates = Rates { fail_after: 100, fail_before: 200, damage: 300 };

    fn faults(seed: u64) -> Vec<Fault> {
        let mut plan = Seeded::new(seed, RATES);
        let key = EntryKey::plain(b"k");
        (0..10_000_u32)
            .map(|number| {
                plan.next(&Request::Put {
                    entry: &key,
                    bytes: &number.to_le_bytes(),
                    expires_unix_ms: u64::MAX,
                    condition: Condition::Always,
                })
            })
            .collect()
    }

    #[test]
    fn a_seed_repeats_its_faults() {
        assert_eq!(faults(1), faults(1));
        assert_ne!(faults(1), faults(2));
    }

    #[test]
    fn the_rates_are_kept() {
        let faults = faults(3);
        let count =
            |wanted: fn(&Fault) -> bool| faults.iter().filter(|fault| wanted(fault)).count();
        assert!((800..1200).contains(&count(|fault| *fault == Fault::FailAfter)));
        assert!((1800..2200).contains(&count(|fault| *fault == Fault::FailBefore)));
        assert!((3700..4300).contains(&count(|fault| *fault == Fault::None)));
        assert!(count(|fault| matches!(fault, Fault::Foreign(_))) > 500);
        assert!(count(|fault| matches!(fault, Fault::Truncate { .. })) > 500);
        assert!(count(|fault| matches!(fault, Fault::Flip { .. })) > 500);
    }
}
