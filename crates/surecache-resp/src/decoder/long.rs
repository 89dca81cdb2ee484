//! A string that is longer than what has arrived of it, read into the bytes that are returned.

/// The bytes of a string and of its line's end.
pub(super) struct Long {
    /// As far as memory was taken; zeros after `filled`.
    bytes: Vec<u8>,
    filled: usize,
    whole: usize,
}

impl Long {
    /// One of which `held` has arrived, of `whole` bytes.
    pub(super) fn begin(held: &[u8], whole: usize) -> Self {
        let mut bytes = Vec::with_capacity(size_after(held.len(), whole));
        bytes.extend_from_slice(held);
        Self { bytes, filled: held.len(), whole }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.filled == self.whole
    }

    /// Where the next bytes go. Empty once it is whole.
    pub(super) fn room(&mut self) -> &mut [u8] {
        let size = self.bytes.len();
        if self.filled == size {
            let larger = size_after(size, self.whole);
            self.bytes.reserve_exact(larger - size);
            self.bytes.resize(larger, 0);
        }
        &mut self.bytes[self.filled..]
    }

    pub(super) fn filled(&mut self, n: usize) {
        assert!(n <= self.bytes.len() - self.filled, "filled with more than the room: {n}");
        self.filled += n;
    }

    /// The bytes, once it is whole.
    pub(super) fn take(&mut self) -> Option<Vec<u8>> {
        self.is_whole().then(|| std::mem::take(&mut self.bytes))
    }
}

/// At most twice what has arrived: an announced length costs nothing.
fn size_after(size: usize, whole: usize) -> usize {
    whole.min(STEP.max(size.saturating_mul(2)))
}

/// Bytes for which memory is taken at once; more only as they arrive.
const STEP: usize = 256 << 10;
