//! A full disk: the store keeps to the room that it has, deletions hold, and no signal kills the
//! process.
#![cfg(feature = "embedded")]
#![expect(clippy::unwrap_used, reason = "a test panics where something is amiss")]

use std::ffi::CString;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use surecache::stores::{Condition, Embedded, EmbeddedOptions, EntryKey, Put, Store, Token};
use surecache::stores::{Digest, Request};
use surecache::{Error, SystemClock, TagId};
use surecache_testkit::{Ask, Folder, machine_lacks};

/// A small file system of its own, gone with the test.
struct Disk {
    folder: Folder,
}

impl Disk {
    /// `None` where the machine does not let the tests mount one.
    fn mount(mebibytes: usize) -> Option<Self> {
        let folder = Folder::new();
        let target = CString::new(folder.path().as_os_str().as_bytes()).unwrap();
        let options = CString::new(format!("size={mebibytes}m,mode=700")).unwrap();
        // SAFETY: all strings end with a zero and live through the call.
        #[expect(unsafe_code, reason = "mounts a file system")]
        let code = unsafe {
            let kind = c"tmpfs".as_ptr();
            libc::mount(kind, target.as_ptr(), kind, 0, options.as_ptr().cast())
        };
        if code != 0 {
            machine_lacks("the right to mount a small tmpfs (full disk)");
            return None;
        }
        Some(Self { folder })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes what is left.
    fn fill(&self) {
        let mut file = File::create(self.path().join("ballast")).unwrap();
        for length in [1 << 16, 4096, 1] {
            while file.write_all(&vec![1; length]).is_ok() {}
        }
    }

    fn make_room(&self) {
        fs::remove_file(self.path().join("ballast")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let target = CString::new(self.path().as_os_str().as_bytes()).unwrap();
        // SAFETY: the string ends with a zero and lives through the call.
        #[expect(unsafe_code, reason = "takes the file system away")]
        unsafe {
            libc::umount2(target.as_ptr(), libc::MNT_DETACH);
        }
    }
}

fn open(disk: &Disk) -> Result<Embedded, Error> {
    let folder = disk.path().join("store");
    let options = EmbeddedOptions::new().with_map_bytes(64 << 20);
    Embedded::open(&folder, "test", &options, Arc::new(SystemClock))
}

fn key(number: usize) -> EntryKey {
    EntryKey::plain(format!("entry {number}").as_bytes())
}

fn tag(number: u64) -> TagId {
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    TagId([spread, number.to_be_bytes()].concat().try_into().unwrap())
}

#[test]
fn a_full_disk_is_like_a_full_map() {
    let Some(disk) = Disk::mount(12) else { return };
    let store = open(&disk).unwrap();
    let mut stored = 0;
    for number in 0..20_000 {
        match store.put(&key(number), &[7; 1000], Condition::Always) {
            Put::Stored => stored += 1,
            other => assert_eq!(other, Put::Full),
        }
    }
    assert!(stored > 1000, "stored on 12 MiB: {stored}");
    disk.fill();
    for number in 0..20_000 {
        let found = store.entry(&key(number));
        assert!(found.is_none_or(|found| found == [7; 1000]), "a wrong value: {number}");
    }
    for number in 20_000..21_000 {
        let put = store.put(&key(number), &[8; 50_000], Condition::Always);
        assert!(matches!(put, Put::Stored | Put::Full));
    }
    disk.make_room();
    assert_eq!(store.put(&key(1), b"value", Condition::Always), Put::Stored);
    assert_eq!(store.counts().retired, 0);
}

/// A new value that is not stored must not leave the old one to be read.
#[test]
fn what_is_deleted_or_replaced_on_a_full_disk_is_gone() {
    let Some(disk) = Disk::mount(12) else { return };
    let store = open(&disk).unwrap();
    for number in 0..1000 {
        assert_eq!(store.put(&key(number), b"old", Condition::Always), Put::Stored);
    }
    disk.fill();
    for number in 0..500 {
        let put = store.put(&key(number), &[9; 30_000], Condition::Always);
        let wanted = (put == Put::Stored).then(|| vec![9; 30_000]);
        assert_eq!(store.entry(&key(number)), wanted, "the old value is still read: {number}");
    }
    for number in 500..1000 {
        store.delete(&[key(number)]);
        assert_eq!(store.entry(&key(number)), None);
    }
    store.clear();
    assert!((0..1000).all(|number| store.entry(&key(number)).is_none()));
}

/// Also where the readers of other processes keep its pages from being used anew.
#[test]
fn an_invalidation_succeeds_on_a_full_disk() {
    let Some(disk) = Disk::mount(12) else { return };
    let store = open(&disk).unwrap();
    let tags: Vec<_> = (0..3000).map(tag).collect();
    let made = store.establish(&tags, HOUR);
    disk.fill();
    for (tag, made) in tags.iter().zip(&made) {
        store.invalidate(std::slice::from_ref(tag));
        let found = store.generations(std::slice::from_ref(tag));
        assert!(found != [Some(*made)], "still believed after its invalidation: {tag:?}");
    }
    assert_eq!(store.counts().voided, 0, "the room kept in reserve was not enough");
    let acquire = Request::Acquire {
        entry: &key(1),
        token: Token([1; 16]),
        digest: Digest([1; 16]),
        period: HOUR,
        replace: None,
    };
    // Taken or refused: either leaves the caller with a load of its own.
    let _ = store.call(acquire);
}

#[test]
fn a_store_cannot_be_made_on_a_full_disk_and_says_so() {
    let Some(disk) = Disk::mount(4) else { return };
    fs::create_dir(disk.path().join("store")).unwrap();
    let mode = fs::Permissions::from_mode(0o700);
    fs::set_permissions(disk.path().join("store"), mode).unwrap();
    disk.fill();
    let error = open(&disk).unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    assert!(error.to_string().contains("No space left"), "{error}");
    disk.make_room();
    open(&disk).unwrap();
}

const HOUR: Duration = Duration::from_secs(3600);
