//! Sets.

use std::collections::BTreeSet;

use super::{Answer, Applied, Combination, Command, Operation, index};

type Members = BTreeSet<Vec<u8>>;

pub(super) fn apply(set: &mut Members, command: &Command, seed: u64) -> Option<Applied> {
    let asked = &command.members;
    Some(match command.operation {
        Operation::SetAdd => {
            let added = asked.iter().filter(|member| set.insert(member.to_vec())).count();
            (Answer::count(added), added > 0)
        }
        Operation::SetContains => {
            (Answer::Flags(asked.iter().map(|member| set.contains(member)).collect()), false)
        }
        Operation::SetCount => (Answer::count(set.len()), false),
        Operation::SetMembers => (Answer::Members(set.iter().cloned().collect()), false),
        Operation::SetPop(count) => {
            let popped = drawn(set, count.unwrap_or(1), Draws(seed));
            popped.iter().for_each(|member| {
                set.remove(member);
            });
            let is_changed = !popped.is_empty();
            (Answer::Members(popped), is_changed)
        }
        Operation::SetRandom(count) => (Answer::Members(random(set, count, Draws(seed))), false),
        Operation::SetRemove => {
            let removed = asked.iter().filter(|member| set.remove(*member)).count();
            (Answer::count(removed), removed > 0)
        }
        // All are at hand: one page.
        Operation::SetScan { .. } => {
            (Answer::Page { cursor: 0, members: set.iter().cloned().collect() }, false)
        }
        _ => return None,
    })
}

/// What sets make together.
pub fn combine(how: Combination, sets: Vec<Members>) -> Members {
    let mut sets = sets.into_iter();
    let first = sets.next().unwrap_or_default();
    sets.fold(first, |mut made, other| {
        match how {
            Combination::Difference => made.retain(|member| !other.contains(member)),
            Combination::Intersection => made.retain(|member| other.contains(member)),
            Combination::Union => made.extend(other),
        }
        made
    })
}

fn random(set: &Members, count: Option<i64>, mut draws: Draws) -> Vec<Vec<u8>> {
    match count {
        Some(count) if count < 0 => {
            let all: Vec<_> = set.iter().collect();
            let wanted = if all.is_empty() { 0 } else { count.unsigned_abs() };
            (0..wanted).map(|_| all[draws.below(all.len())].clone()).collect()
        }
        count => drawn(set, count.map_or(1, |count| index(count) as u64), draws),
    }
}

/// So many different members: the beginning of a shuffled deck.
fn drawn(set: &Members, count: u64, mut draws: Draws) -> Vec<Vec<u8>> {
    let mut deck: Vec<_> = set.iter().cloned().collect();
    let wanted = usize::try_from(count).unwrap_or(usize::MAX).min(deck.len());
    for at in 0..wanted {
        let other = at + draws.below(deck.len() - at);
        deck.swap(at, other);
    }
    deck.truncate(wanted);
    deck
}

/// Numbers that follow from a seed.
///
/// Source: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
struct Draws(u64);

impl Draws {
    /// A number below one that is not 0.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        // Of the product of 64 bits with the end, what is above them: below the end.
        usize::try_from((u128::from(bits) * end as u128) >> 64).unwrap_or(0)
    }
}
