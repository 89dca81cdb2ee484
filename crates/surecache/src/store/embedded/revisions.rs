//! By what a process knows that an entry is still what it has read, without reading it again.
//!
//! Each environment has words in the control page, and each record that says what there is (an
//! entry, an epoch) belongs to one of them, by its key. A writer makes the word odd before its
//! transaction is committed and even again, and greater, when it is over. So who has seen the same
//! even number before a read and now has read what stands there now. A writer that is killed in
//! between leaves odd numbers: nobody trusts them, until the next writer, of whatever, makes them
//! even.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::base::mutant::{self, Mutant};

/// The words of an environment. Live in a mapped page that outlives them.
#[derive(Debug)]
pub(super) struct Revisions {
    words: *mut u64,
}

// SAFETY: the words are atomic, for threads of any process.
#[expect(unsafe_code, reason = "words in shared memory")]
unsafe impl Send for Revisions {}
// SAFETY: as above.
#[expect(unsafe_code, reason = "words in shared memory")]
unsafe impl Sync for Revisions {}

impl Revisions {
    /// The words at a place in a mapped page.
    ///
    /// # Safety
    /// The place has [`Revisions::BYTES`] bytes, is aligned to eight, stays mapped while the words
    /// are used, and nobody changes it otherwise.
    #[expect(unsafe_code, reason = "words in shared memory")]
    pub(super) unsafe fn at(place: *mut u8) -> Self {
        Self { words: place.cast() }
    }

    /// The number now of what lies under a key; `None` while it is being changed.
    pub(super) fn of(&self, key: &[u8]) -> Option<u64> {
        let number = self.word(index(key)).load(Ordering::SeqCst);
        number.is_multiple_of(2).then_some(number)
    }

    /// Ends the changes of a writer that was killed. Within the gate, and once nothing of what it
    /// did can come to be seen any more.
    pub(super) fn settle(&self) {
        for index in 0..Self::WORDS {
            let word = self.word(index);
            word.fetch_add(word.load(Ordering::SeqCst) % 2, Ordering::SeqCst);
        }
    }

    fn word(&self, index: usize) -> &AtomicU64 {
        assert!(index < Self::WORDS, "a word of this environment");
        // SAFETY: within the words, by the assertion, which are valid by the promise given to `at`.
        #[expect(unsafe_code, reason = "words in shared memory")]
        unsafe {
            AtomicU64::from_ptr(self.words.add(index))
        }
    }

    /// Keys that share a word are taken for changed together: more words, fewer of those.
    const WORDS: usize = 2048;
    pub(super) const BYTES: usize = Self::WORDS * size_of::<AtomicU64>();
}

/// What a transaction changes, from before it is committed until it is over, however it ends. One
/// at a time in an environment, as its writers are.
#[derive(Debug)]
pub(super) struct Changes<'e> {
    revisions: &'e Revisions,
    changed: Vec<usize>,
}

impl<'e> Changes<'e> {
    pub(super) fn new(revisions: &'e Revisions) -> Self {
        Self { revisions, changed: Vec::new() }
    }

    /// What lies under a key is about to be put or deleted.
    pub(super) fn note(&mut self, key: &[u8]) {
        if mutant::is(Mutant::RevisionKept) {
            return;
        }
        let index = index(key);
        self.revisions.word(index).fetch_or(1, Ordering::SeqCst);
        self.changed.push(index);
    }
}

impl Drop for Changes<'_> {
    fn drop(&mut self) {
        self.changed.sort_unstable();
        self.changed.dedup();
        for &index in &self.changed {
            self.revisions.word(index).fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Keys are hashes; their first byte says which environment they lie in.
fn index(key: &[u8]) -> usize {
    let bytes = key.get(1..).and_then(|key| key.first_chunk()).copied().unwrap_or_default();
    usize::from(u16::from_le_bytes(bytes)) % Revisions::WORDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_hidden_while_it_changes_and_never_comes_back() {
        let mut words = vec![0_u64; Revisions::WORDS];
        // SAFETY: the words outlive what looks at them, which alone uses them.
        #[expect(unsafe_code, reason = "words of a test")]
        let revisions = unsafe { Revisions::at(words.as_mut_ptr().cast()) };
        let (one, other) = (b"0a key", b"0xother");
        let before = revisions.of(one);
        let mut changes = Changes::new(&revisions);
        changes.note(one);
        changes.note(one);
        assert_eq!((before, revisions.of(one), revisions.of(other)), (Some(0), None, Some(0)));
        drop(changes);
        assert_eq!((revisions.of(one), revisions.of(other)), (Some(2), Some(0)));
        // As a writer leaves it that was killed.
        std::mem::forget({
            let mut changes = Changes::new(&revisions);
            changes.note(one);
            changes
        });
        assert_eq!(revisions.of(one), None);
        revisions.settle();
        assert_eq!((revisions.of(one), revisions.of(other)), (Some(4), Some(0)));
        Changes::new(&revisions).note(one);
        assert_eq!(revisions.of(one), Some(6));
    }
}
