//! Sorted sets. Members with equal scores are in the order of their bytes.

use std::collections::BTreeMap;

use super::{AddRule, Answer, Applied, Command, Operation, Order, ScoreRange, index, span};

type Scores = BTreeMap<Vec<u8>, f64>;

pub(super) fn apply(set: &mut Scores, command: &Command) -> Option<Applied> {
    let asked = &command.members;
    Some(match &command.operation {
        Operation::SortedAdd { scores, rule } => add(set, asked, scores, *rule),
        Operation::SortedCount => (Answer::count(set.len()), false),
        Operation::SortedCountIn(range) => {
            (Answer::count(set.values().filter(|score| range.holds(**score)).count()), false)
        }
        Operation::SortedPop(order, count) => {
            let mut popped = ordered(set, *order);
            popped.truncate(usize::try_from(*count).unwrap_or(usize::MAX));
            remove(set, popped.iter().map(|(member, _)| member));
            let is_changed = !popped.is_empty();
            (Answer::Scored(popped), is_changed)
        }
        Operation::SortedRange(start, stop, order) => {
            let all = ordered(set, *order);
            (Answer::Scored(all[span(*start, *stop, all.len())].to_vec()), false)
        }
        Operation::SortedRangeIn(range, order, limit) => {
            (Answer::Scored(limited(within(set, *range, *order), *limit)), false)
        }
        Operation::SortedRank(order) => {
            let member = asked.first()?;
            let all = ordered(set, *order);
            let found = all.iter().position(|(each, _)| each == member);
            (Answer::Rank(found.map(|rank| (rank as u64, all[rank].1))), false)
        }
        Operation::SortedRemove => removed(remove(set, asked.iter())),
        Operation::SortedRemoveIn(range) => {
            let gone = within(set, *range, Order::Rising);
            removed(remove(set, gone.iter().map(|(member, _)| member)))
        }
        Operation::SortedRemoveRange(start, stop) => {
            let all = ordered(set, Order::Rising);
            let gone = &all[span(*start, *stop, all.len())];
            removed(remove(set, gone.iter().map(|(member, _)| member)))
        }
        Operation::SortedScore => (Answer::Score(set.get(asked.first()?).copied()), false),
        _ => return None,
    })
}

fn add(set: &mut Scores, members: &[Vec<u8>], scores: &[f64], rule: AddRule) -> Applied {
    let (mut added, mut changed, mut last) = (0, 0, None);
    for (member, given) in members.iter().zip(scores) {
        let before = set.get(member).copied();
        let score = match before {
            Some(before) if rule.is_sum => before + given,
            _ => *given,
        };
        if score.is_nan() {
            return (Answer::NotANumber, false);
        }
        let is_allowed = match before {
            None => !rule.is_there_only,
            Some(before) => {
                !(rule.is_new_only
                    || rule.is_rise_only && score <= before
                    || rule.is_fall_only && score >= before)
            }
        };
        last = is_allowed.then_some(score);
        if is_allowed {
            added += usize::from(before.is_none());
            changed += usize::from(before.is_some_and(|before| before != score));
            // A score that is equal stays as it is written.
            if before != Some(score) {
                set.insert(member.clone(), score);
            }
        }
    }
    let answer = match rule {
        AddRule { is_sum: true, .. } => Answer::Score(last),
        AddRule { counts_changes: true, .. } => Answer::count(added + changed),
        _ => Answer::count(added),
    };
    (answer, added + changed > 0)
}

fn ordered(set: &Scores, order: Order) -> Vec<(Vec<u8>, f64)> {
    let mut all: Vec<_> = set.iter().map(|(member, score)| (member.clone(), *score)).collect();
    // Stable, so that equal scores stay in the order of their members.
    all.sort_by(|(_, one), (_, other)| one.partial_cmp(other).unwrap_or(std::cmp::Ordering::Equal));
    if order == Order::Falling {
        all.reverse();
    }
    all
}

fn within(set: &Scores, range: ScoreRange, order: Order) -> Vec<(Vec<u8>, f64)> {
    let mut all = ordered(set, order);
    all.retain(|(_, score)| range.holds(*score));
    all
}

fn limited(all: Vec<(Vec<u8>, f64)>, limit: Option<(i64, i64)>) -> Vec<(Vec<u8>, f64)> {
    let Some((after, most)) = limit else { return all };
    if after < 0 {
        return Vec::new();
    }
    let most = if most < 0 { usize::MAX } else { index(most) };
    all.into_iter().skip(index(after)).take(most).collect()
}

fn remove<'a>(set: &mut Scores, members: impl Iterator<Item = &'a Vec<u8>>) -> usize {
    members.filter(|member| set.remove(*member).is_some()).count()
}

fn removed(count: usize) -> Applied {
    (Answer::count(count), count > 0)
}
