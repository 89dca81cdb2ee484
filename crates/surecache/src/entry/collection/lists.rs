//! Lists.

use std::collections::VecDeque;

use super::{Answer, Applied, Command, End, Operation, index, span};

type Elements = VecDeque<Vec<u8>>;

pub(super) fn apply(list: &mut Elements, command: &Command) -> Option<Applied> {
    Some(match command.operation {
        Operation::ListAt(at) => {
            let found = place(list, at).and_then(|at| list.get(at).cloned());
            (Answer::Members(found.into_iter().collect()), false)
        }
        Operation::ListLength => (Answer::count(list.len()), false),
        Operation::ListPop { end, count } => {
            let count = usize::try_from(count.unwrap_or(1)).unwrap_or(usize::MAX).min(list.len());
            let pop = |_| match end {
                End::Left => list.pop_front(),
                End::Right => list.pop_back(),
            };
            (Answer::Members((0..count).filter_map(pop).collect()), count > 0)
        }
        Operation::ListPush(end) => {
            for element in command.members.iter().cloned() {
                match end {
                    End::Left => list.push_front(element),
                    End::Right => list.push_back(element),
                }
            }
            (Answer::count(list.len()), true)
        }
        Operation::ListRange(start, stop) => {
            let span = span(start, stop, list.len());
            (Answer::Members(list.range(span).cloned().collect()), false)
        }
        Operation::ListRemove(count) => {
            let removed = remove(list, command.members.first()?, count);
            (Answer::count(removed), removed > 0)
        }
        Operation::ListSet(at) => {
            let element = command.members.first()?;
            match place(list, at).and_then(|at| list.get_mut(at)) {
                None => (Answer::OutOfRange, false),
                Some(place) => {
                    place.clone_from(element);
                    (Answer::Done, true)
                }
            }
        }
        Operation::ListTrim(start, stop) => {
            let span = span(start, stop, list.len());
            let is_changed = span.len() < list.len();
            list.truncate(span.end);
            list.drain(..span.start);
            (Answer::Done, is_changed)
        }
        _ => return None,
    })
}

/// Where an index is; negative ones count from the end.
fn place(list: &Elements, at: i64) -> Option<usize> {
    let length = i64::try_from(list.len()).unwrap_or(i64::MAX);
    let at = if at < 0 { at.saturating_add(length) } else { at };
    (0..length).contains(&at).then(|| index(at))
}

/// Takes away so many elements equal to one; how many there were.
fn remove(list: &mut Elements, element: &[u8], count: i64) -> usize {
    let places = list.iter().enumerate().filter(|(_, each)| each.as_slice() == element);
    let mut places: Vec<_> = places.map(|(at, _)| at).collect();
    let most = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX).min(places.len());
    match count {
        0 => {}
        1.. => places.truncate(most),
        _ => drop(places.drain(..places.len() - most)),
    }
    // From the last on: the places before it stay where they are.
    places.iter().rev().for_each(|at| drop(list.remove(*at)));
    places.len()
}
