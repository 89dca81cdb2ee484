//! Walks through plain keys: those that match a pattern, listed or deleted, a page at a time.

use std::num::NonZeroU32;

use super::Plain;
use super::call::{PlainCall, PlainDone, State};
use crate::base::Error;
use crate::base::mutant::{self, Mutant};
use crate::key::{EntryKey, Glob};
use crate::store::{Listed, Request, Scanned};

/// Where a walk goes on; `None` at its end.
pub type PlainCursor = Option<Vec<u8>>;

/// One page of a walk.
#[derive(Clone, Debug)]
pub(super) struct Page {
    glob: Glob,
    cursor: Vec<u8>,
    count: NonZeroU32,
    listed: Listed,
}

impl Plain {
    /// A page of the keys that match and have a value: in any order, and perhaps some that another
    /// page has. Begins with an empty cursor. A key that has a value all through a walk is on one
    /// of its pages. The values are not looked at: one that is not believed counts as one.
    ///
    /// # Errors
    /// As [`Plain::get`].
    pub fn keys(
        &self,
        glob: &Glob,
        cursor: &[u8],
        count: NonZeroU32,
    ) -> Result<(Vec<Vec<u8>>, PlainCursor), Error> {
        match self.run(self.listing(glob, cursor, count))? {
            PlainDone::Keys(keys, cursor) => Ok((keys, cursor)),
            other => Err(other.unexpected()),
        }
    }

    /// Deletes the values of a page of the keys that match, and voids loads of them that are
    /// running; how many values there were. At the end of a walk every load of such a key that ran
    /// at its beginning is void.
    ///
    /// # Errors
    /// As [`Plain::set`].
    pub fn delete_matching(
        &self,
        glob: &Glob,
        cursor: &[u8],
        count: NonZeroU32,
    ) -> Result<(usize, PlainCursor), Error> {
        match self.run(self.deleting_matching(glob, cursor, count))? {
            PlainDone::DeletedPage(count, cursor) => Ok((count, cursor)),
            other => Err(other.unexpected()),
        }
    }

    /// A call of `keys`.
    pub fn listing(&self, glob: &Glob, cursor: &[u8], count: NonZeroU32) -> PlainCall {
        let page = Page::new(glob, cursor, count, Listed::Entries);
        self.call(Vec::new(), State::Keys(page))
    }

    /// A call of `delete_matching`.
    pub fn deleting_matching(&self, glob: &Glob, cursor: &[u8], count: NonZeroU32) -> PlainCall {
        let listed = match mutant::is(Mutant::PatternLeavesLoads) {
            false => Listed::EntriesAndLeases,
            true => Listed::Entries,
        };
        self.call(Vec::new(), State::Match(Page::new(glob, cursor, count, listed)))
    }
}

impl Page {
    fn new(glob: &Glob, cursor: &[u8], count: NonZeroU32, listed: Listed) -> Self {
        Self { glob: glob.clone(), cursor: cursor.to_vec(), count, listed }
    }

    pub(super) fn request(&self) -> Request<'_> {
        let Self { glob, cursor, count, listed } = self;
        Request::Scan { glob, cursor, count: *count, listed: *listed }
    }
}

/// The entries of a page.
pub(super) fn entries(scanned: &Scanned) -> Vec<EntryKey> {
    scanned.keys.iter().map(|key| EntryKey::plain(key)).collect()
}
