//! Hashes.

use std::collections::BTreeMap;

use super::{Answer, Applied, Command, Operation};

pub(super) fn apply(fields: &mut BTreeMap<Vec<u8>, Vec<u8>>, command: &Command) -> Option<Applied> {
    let asked = &command.members;
    Some(match &command.operation {
        Operation::HashContains => {
            (Answer::Flags(asked.iter().map(|field| fields.contains_key(field)).collect()), false)
        }
        Operation::HashCount => (Answer::count(fields.len()), false),
        Operation::HashDelete => {
            let deleted = asked.iter().filter(|field| fields.remove(*field).is_some()).count();
            (Answer::count(deleted), deleted > 0)
        }
        Operation::HashFields => (Answer::Members(fields.keys().cloned().collect()), false),
        Operation::HashGet => {
            (Answer::Values(asked.iter().map(|field| fields.get(field).cloned()).collect()), false)
        }
        Operation::HashItems => {
            let items = fields.iter().map(|(field, value)| (field.clone(), value.clone()));
            (Answer::Items(items.collect()), false)
        }
        Operation::HashSet { values } => {
            let pairs = asked.iter().cloned().zip(values.iter().cloned());
            let added = pairs.filter_map(|(field, value)| match fields.insert(field, value) {
                None => Some(()),
                Some(_) => None,
            });
            (Answer::count(added.count()), true)
        }
        _ => return None,
    })
}
