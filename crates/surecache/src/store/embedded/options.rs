//! What a store is opened with, and the sizes that follow from it.

use crate::base::Error;

/// How large an embedded store is. All processes of a folder must agree.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub struct EmbeddedOptions {
    map_bytes: u64,
    max_readers: u32,
}

impl EmbeddedOptions {
    /// Every option at its default.
    pub fn new() -> Self {
        Self { map_bytes: 1 << 30, max_readers: 4096 }
    }

    /// The most that the files may hold, entries and generations together. The files grow as they
    /// are filled. From 16 MiB to 64 TiB. Default: 1 GiB.
    pub fn with_map_bytes(mut self, map_bytes: u64) -> Self {
        self.map_bytes = map_bytes;
        self
    }

    /// How many threads, of all processes together, may read at any time. From 16 to 65536.
    /// Default: 4096.
    pub fn with_max_readers(mut self, max_readers: u32) -> Self {
        self.max_readers = max_readers;
        self
    }

    /// The most that the files may hold.
    pub fn map_bytes(&self) -> u64 {
        self.map_bytes
    }

    /// How many threads may read at any time.
    pub fn max_readers(&self) -> u32 {
        self.max_readers
    }

    /// # Errors
    /// Misuse for sizes that no store can have.
    pub(crate) fn check(&self) -> Result<(), Error> {
        Sizes::of(self).map(|_| ())
    }
}

impl Default for EmbeddedOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// The sizes of the environments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// The map of one shard.
    pub(super) shard_bytes: usize,
    /// The map of the generations and reports.
    pub(super) meta_bytes: usize,
    /// Slots for reading threads in each environment.
    pub(super) max_readers: u32,
}

impl Sizes {
    pub(super) fn of(options: &EmbeddedOptions) -> Result<Self, Error> {
        let EmbeddedOptions { map_bytes, max_readers } = *options;
        if !(MIN_MAP_BYTES..=MAX_MAP_BYTES).contains(&map_bytes) {
            let wanted = format!("wanted a map of {MIN_MAP_BYTES} to {MAX_MAP_BYTES} bytes");
            return Err(Error::misuse(format!("{wanted}, found: {map_bytes}")));
        }
        if !(MIN_READERS..=MAX_READERS).contains(&max_readers) {
            let wanted = format!("wanted {MIN_READERS} to {MAX_READERS} readers");
            return Err(Error::misuse(format!("{wanted}, found: {max_readers}")));
        }
        let meta = map_bytes / META_PART / GRAIN_BYTES * GRAIN_BYTES;
        let shard = (map_bytes - meta) / SHARDS as u64 / GRAIN_BYTES * GRAIN_BYTES;
        match (usize::try_from(shard), usize::try_from(meta)) {
            (Ok(shard_bytes), Ok(meta_bytes)) => Ok(Self { shard_bytes, meta_bytes, max_readers }),
            _ => Err(Error::misuse(format!(
                "wanted a map that this machine can address, found: {map_bytes}"
            ))),
        }
    }
}

/// Environments for entries: LMDB has one writer at a time in each.
pub(super) const SHARDS: usize = 4;
/// The part of the map that is for generations and reports: a generation takes a tenth of the
/// room of a small entry, and most entries have one of their own.
const META_PART: u64 = 8;
/// A multiple of every page size in use.
const GRAIN_BYTES: u64 = 64 * 1024;
/// Leaves each shard several hundred pages, so that an eviction finds something.
const MIN_MAP_BYTES: u64 = 16 << 20;
/// Half of what a process can address, so that the maps fit beside everything else.
const MAX_MAP_BYTES: u64 = 1 << 46;
const MIN_READERS: u32 = 16;
/// The table of readers is searched from its start when a thread reads for the first time.
const MAX_READERS: u32 = 65_536;

#[cfg(test)]
mod tests {
    use super::{EmbeddedOptions, Sizes};

    #[test]
    fn the_sizes_fit_the_map() {
        for map_bytes in [16 << 20, (1 << 30) + 12345, 1 << 40] {
            let sizes = Sizes::of(&EmbeddedOptions::new().with_map_bytes(map_bytes)).unwrap();
            let sum = 4 * sizes.shard_bytes as u64 + sizes.meta_bytes as u64;
            assert!(sum <= map_bytes && sum > map_bytes - (1 << 20), "{sum} of {map_bytes}");
        }
    }

    #[test]
    fn what_cannot_work_is_refused_with_the_value() {
        let small = EmbeddedOptions::new().with_map_bytes(1 << 20);
        assert!(Sizes::of(&small).unwrap_err().to_string().ends_with("found: 1048576"));
        let huge = EmbeddedOptions::new().with_map_bytes(u64::MAX);
        assert!(Sizes::of(&huge).unwrap_err().is_misuse());
        let lonely = EmbeddedOptions::new().with_max_readers(0);
        assert!(Sizes::of(&lonely).unwrap_err().to_string().ends_with("found: 0"));
    }
}
