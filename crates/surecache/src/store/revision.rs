//! What tells that an entry has not changed.

/// The state of an entry in its store, as [`Store::revision`](super::Store::revision) gives it.
///
/// A store that gives one owes: what was fetched after a revision was given is what a fetch would
/// give as long as the same revision is given, but that time alone changes no revision: who keeps
/// an entry looks at its expiry. It differs before any call that changed the entry, or made it
/// absent, has returned.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Revision {
    /// The same for an entry at all times, spread evenly over entries.
    pub place: u64,
    /// What changes with the entry.
    pub state: [u64; 4],
}
