//! The control page: the one thing that every process of a store sees without asking.
//!
//! A preallocated file, mapped by all. Its fixed part is written before the store gets its name.
//! Beside the gates of the writers, words change afterwards, all with atomic stores that can fail
//! neither on a full disk nor half-way: the state, by which a process learns that the files it has
//! open are no longer the store; the salt, which goes into every incarnation and record; and the
//! revisions.
//!
//! Nobody makes a reference to what is mapped, but to single words as atomics: others change it.
//! The fixed part is copied out, and in, by its pointer.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use memmap2::MmapRaw;

use super::bells::Bells;
use super::gate::Gate;
use super::machine::Machine;
use super::options::{EmbeddedOptions, SHARDS};
use super::revisions::Revisions;
use crate::base::sync::Arc;
use crate::store::Incarnation;

/// The control page of an open store.
#[derive(Debug)]
pub(super) struct Control {
    page: MmapRaw,
    path: PathBuf,
    identity: Identity,
    fixed: Fixed,
    bells: Arc<Bells>,
}

/// The part that is written once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Fixed {
    pub(super) folder_id: [u8; 16],
    pub(super) machine: Machine,
    pub(super) map_bytes: u64,
    pub(super) max_readers: u64,
}

impl Fixed {
    pub(super) fn new(folder_id: [u8; 16], machine: Machine, options: &EmbeddedOptions) -> Self {
        let (map_bytes, max_readers) = (options.map_bytes(), u64::from(options.max_readers()));
        Self { folder_id, machine, map_bytes, max_readers }
    }
}

/// Which file: a copy, or a folder restored from a backup, is another one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    fn of(metadata: &fs::Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }
}

impl Control {
    /// Writes the page of a new store.
    pub(super) fn create(path: &Path, fixed: &Fixed) -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file = options.read(true).write(true).create_new(true).mode(0o600).open(path)?;
        let identity = Identity::of(&file.metadata()?);
        let mut page = vec![0; FILE_BYTES];
        page[..16].copy_from_slice(MAGIC);
        page[STATE..STATE + 4].copy_from_slice(&LIVE.to_ne_bytes());
        page[FIXED..HEAD_BYTES].copy_from_slice(&encode(fixed, identity));
        // Written in full, not only reserved: a page of a hole could not be stored to later.
        file.write_all(&page)?;
        file.sync_all()?;
        let page = MmapRaw::map_raw(&file)?;
        (0..=SHARDS).try_for_each(|number| gate(&page, number).make())
    }

    /// Maps the page; `None` where the file is not the control page of a store of this format, or
    /// not the file that it was written to.
    pub(super) fn open(path: &Path) -> io::Result<Option<Self>> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        let metadata = file.metadata()?;
        if metadata.len() != FILE_BYTES as u64 {
            return Ok(None);
        }
        let page = MmapRaw::map_raw(&file)?;
        let is_ours = read::<16>(&page, 0) == *MAGIC;
        let decoded = decode(&read(&page, FIXED)).filter(|_| is_ours);
        let Some((fixed, identity)) = decoded else { return Ok(None) };
        if identity != Identity::of(&metadata) {
            return Ok(None);
        }
        let bells = Bells::open(&file)?;
        Ok(Some(Self { page, path: path.to_owned(), identity, fixed, bells }))
    }

    pub(super) fn fixed(&self) -> &Fixed {
        &self.fixed
    }

    /// Notes that the processes of another space have taken the store over. Nobody else may have
    /// it open.
    pub(super) fn adopt(&mut self, machine: Machine) -> io::Result<()> {
        self.fixed.machine = machine;
        write(&self.page, FIXED, &encode(&self.fixed, self.identity));
        self.page.flush()
    }

    /// True until some process has found the store damaged.
    pub(super) fn is_live(&self) -> bool {
        self.state().load(Ordering::Acquire) == LIVE
    }

    /// Tells every process that these files are no longer the store. True for the first to tell.
    pub(super) fn retire(&self) -> bool {
        self.state().swap(RETIRED, Ordering::AcqRel) == LIVE
    }

    /// True while the path still leads to this page: somebody may have removed the folder.
    pub(super) fn is_in_place(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|metadata| Identity::of(&metadata) == self.identity)
    }

    /// Goes into every record: one with another salt is void.
    pub(super) fn salt(&self) -> u64 {
        self.salt_word().load(Ordering::SeqCst)
    }

    /// Makes every record and every stamp void, at once, for all processes.
    pub(super) fn void_all(&self) {
        self.salt_word().fetch_add(1, Ordering::SeqCst);
    }

    /// The folder's id joined with a salt: one for each life of the contents.
    pub(super) fn incarnation(&self, salt: u64) -> Incarnation {
        let mut bytes = self.fixed.folder_id;
        bytes[8..].iter_mut().zip(salt.to_le_bytes()).for_each(|(byte, salt)| *byte ^= salt);
        Incarnation(bytes)
    }

    /// What tells who waits for a lock.
    pub(super) fn bells(&self) -> &Arc<Bells> {
        &self.bells
    }

    /// The gate of an environment, by number. Must not be used after `self` is dropped.
    pub(super) fn gate(&self, number: usize) -> Gate {
        gate(&self.page, number)
    }

    /// The revisions of an environment, by number. Must not be used after `self` is dropped.
    pub(super) fn revisions(&self, number: usize) -> Revisions {
        assert!(number <= SHARDS, "there are revisions for each shard and for meta");
        // SAFETY: lies within the file and is aligned; who uses them keeps the page.
        #[expect(unsafe_code, reason = "words shared with other processes")]
        unsafe {
            Revisions::at(self.page.as_mut_ptr().add(PAGE_BYTES + number * Revisions::BYTES))
        }
    }

    fn state(&self) -> &AtomicU32 {
        // SAFETY: lies within the page, which stays mapped for as long as `self`, is aligned, and
        // is only used as an atomic.
        #[expect(unsafe_code, reason = "a word shared with other processes")]
        unsafe {
            AtomicU32::from_ptr(self.page.as_mut_ptr().add(STATE).cast())
        }
    }

    fn salt_word(&self) -> &AtomicU64 {
        // SAFETY: as in `state`.
        #[expect(unsafe_code, reason = "a word shared with other processes")]
        unsafe {
            AtomicU64::from_ptr(self.page.as_mut_ptr().add(SALT).cast())
        }
    }
}

fn gate(page: &MmapRaw, number: usize) -> Gate {
    assert!(number <= SHARDS, "there is a gate for each shard and one for meta");
    // SAFETY: lies within the page and is aligned; a page gets its name only when `create` has made
    // its gates; who uses one keeps the page.
    #[expect(unsafe_code, reason = "a mutex in shared memory")]
    unsafe {
        Gate::at(page.as_mut_ptr().add(GATES + number * Gate::BYTES))
    }
}

/// Copies a part of the page out. Not of what others may be changing.
fn read<const BYTES: usize>(page: &MmapRaw, offset: usize) -> [u8; BYTES] {
    assert!(offset + BYTES <= page.len(), "a part lies within the page");
    let mut part = [0; BYTES];
    // SAFETY: lies within the page, by the assertion. The magic is never changed, and the fixed
    // part only by `adopt`: both are read by who has the folder's lock, which it needs.
    #[expect(unsafe_code, reason = "a page shared with other processes")]
    unsafe {
        ptr::copy_nonoverlapping(page.as_ptr().add(offset), part.as_mut_ptr(), BYTES);
    }
    part
}

/// Copies a part into the page. Nobody else may have it open.
fn write(page: &MmapRaw, offset: usize, part: &[u8]) {
    assert!(offset + part.len() <= page.len(), "a part lies within the page");
    // SAFETY: lies within the page, by the assertion; there is no reference to it, and who calls
    // this is alone.
    #[expect(unsafe_code, reason = "a page shared with other processes")]
    unsafe {
        ptr::copy_nonoverlapping(part.as_ptr(), page.as_mut_ptr().add(offset), part.len());
    }
}

/// The fixed part, as it lies in the page.
type FixedBytes = [u8; HEAD_BYTES - FIXED];

fn encode(fixed: &Fixed, identity: Identity) -> FixedBytes {
    let Fixed { folder_id, machine, map_bytes, max_readers } = fixed;
    let numbers = [machine.pid_space, identity.device, identity.inode, *map_bytes, *max_readers];
    let mut bytes = [0; HEAD_BYTES - FIXED];
    let (body, check) = bytes.split_at_mut(CHECK - FIXED);
    body[..16].copy_from_slice(folder_id);
    body[16..32].copy_from_slice(&machine.boot);
    for (slot, number) in body[32..].as_chunks_mut::<8>().0.iter_mut().zip(numbers) {
        *slot = number.to_le_bytes();
    }
    check.copy_from_slice(&blake3::hash(body).as_bytes()[..8]);
    bytes
}

fn decode(bytes: &FixedBytes) -> Option<(Fixed, Identity)> {
    let (body, check) = bytes.split_at(CHECK - FIXED);
    if *check != blake3::hash(body).as_bytes()[..8] {
        return None;
    }
    let (folder_id, rest) = body.split_first_chunk()?;
    let (boot, rest) = rest.split_first_chunk()?;
    let numbers: &[[u8; 8]; 5] = rest.as_chunks::<8>().0.try_into().ok()?;
    let [pid_space, device, inode, map_bytes, max_readers] = numbers.map(u64::from_le_bytes);
    let machine = Machine { boot: *boot, pid_space };
    let fixed = Fixed { folder_id: *folder_id, machine, map_bytes, max_readers };
    Some((fixed, Identity { device, inode }))
}

/// The smallest page of any system. The revisions lie behind it.
const PAGE_BYTES: usize = 4096;
/// What is mapped: the whole file.
const FILE_BYTES: usize = PAGE_BYTES + (SHARDS + 1) * Revisions::BYTES;
/// Name and format version.
const MAGIC: &[u8; 16] = b"surecache-embed3";
/// Offsets in the page.
const STATE: usize = 16;
const SALT: usize = 24;
const FIXED: usize = 32;
const CHECK: usize = FIXED + 72;
const HEAD_BYTES: usize = CHECK + 8;
const GATES: usize = 1024;
/// States.
const LIVE: u32 = 1;
const RETIRED: u32 = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random;

    fn fixed() -> Fixed {
        let machine = Machine { boot: [7; 16], pid_space: 9 };
        Fixed { folder_id: [1; 16], machine, map_bytes: 1 << 30, max_readers: 16 }
    }

    #[test]
    fn the_fixed_part_comes_back() {
        let identity = Identity { device: 3, inode: 4 };
        let bytes = encode(&fixed(), identity);
        assert_eq!(decode(&bytes), Some((fixed(), identity)));
        for position in 0..bytes.len() {
            let mut flipped = bytes;
            flipped[position] ^= 1;
            assert_eq!(decode(&flipped), None, "byte {position}");
        }
    }

    /// A folder of a test, which goes with it.
    struct Folder(PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_page_that_is_taken_over_keeps_its_words_and_one_with_another_start_is_none() {
        let name = format!("surecache-control-{}", u64::from_ne_bytes(random::bytes().unwrap()));
        let folder = Folder(std::env::temp_dir().join(name));
        fs::create_dir(&folder.0).unwrap();
        let path = folder.0.join("control");
        Control::create(&path, &fixed()).unwrap();
        let mut control = Control::open(&path).unwrap().unwrap();
        assert_eq!((*control.fixed(), control.is_live(), control.salt()), (fixed(), true, 0));
        control.void_all();
        let machine = Machine { boot: [8; 16], pid_space: 10 };
        control.adopt(machine).unwrap();
        let other = Control::open(&path).unwrap().unwrap();
        assert_eq!(*other.fixed(), Fixed { machine, ..fixed() });
        assert_eq!((other.is_live(), other.salt()), (true, 1));
        assert!(control.retire() && !other.retire() && !other.is_live());
        for position in (0..16).chain(FIXED..HEAD_BYTES) {
            let flip = |by: u8| {
                let mut bytes = fs::read(&path).unwrap();
                bytes[position] ^= by;
                // Not truncated: the page is mapped.
                let file = OpenOptions::new().write(true).open(&path);
                file.unwrap().write_all(&bytes[..HEAD_BYTES]).unwrap();
            };
            flip(1);
            assert!(Control::open(&path).unwrap().is_none(), "byte {position}");
            flip(1);
        }
        assert!(Control::open(&path).unwrap().is_some());
    }
}
