//! What an answer rests on, for the load around it.

use super::found::{added_stamps, declared_stamps};
use crate::entry::Stamp;
use crate::flow::step::{Added, Gain, Subject};

/// What an outer load takes over from a read: its tags, with the stamps that its answer rests on.
/// `None` where these are not known: the outer load may then not be stored.
pub(crate) fn dependencies(subject: &Subject, gain: &Gain) -> Option<Vec<Added>> {
    let (stamps, added) = match gain {
        Gain::Entry(entry) => {
            let tags = entry.header.added.iter().cloned();
            let added = tags.zip(added_stamps(entry)).map(|(tag, stamp)| Added {
                id: subject.terms.namespace.tag_id(&tag),
                tag,
                stamp,
            });
            (declared_stamps(entry).collect(), added.collect())
        }
        Gain::Own(Some(share)) | Gain::Shared(share) => (share.stamps.clone(), share.added.clone()),
        Gain::Own(None) | Gain::Failed(_) | Gain::Nothing => return None,
    };
    let stamps: Vec<Stamp> = stamps;
    if stamps.len() != subject.tag_ids.len() {
        return None;
    }
    let declared = subject.tags.to_vec().into_iter().zip(&subject.tag_ids).zip(stamps);
    let declared = declared.map(|((tag, id), stamp)| Added { tag, id: *id, stamp });
    Some(declared.chain(added).collect())
}
