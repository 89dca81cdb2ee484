//! Damaged files are set aside for fresh ones; a wrong value never comes out of them.
#![cfg(feature = "embedded")]
#![expect(clippy::unwrap_used, reason = "a test panics where something is amiss")]

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use surecache::stores::{Condition, Embedded, EmbeddedOptions, EntryKey, Put};
use surecache::{SystemClock, TagId};
use surecache_testkit::{Ask, Folder};

fn open(folder: &Folder) -> Embedded {
    let options = EmbeddedOptions::new();
    Embedded::open(folder.path(), "test", &options, Arc::new(SystemClock)).unwrap()
}

fn key(number: usize) -> EntryKey {
    EntryKey::plain(format!("entry {number}").as_bytes())
}

fn value(number: usize) -> Vec<u8> {
    number.to_le_bytes().repeat(100)
}

fn fill(store: &Embedded) {
    for number in 0..ENTRIES {
        assert_eq!(store.put(&key(number), &value(number), Condition::Always), Put::Stored);
    }
}

fn data_files(folder: &Folder) -> Vec<PathBuf> {
    (0..4).map(|number| folder.path().join(format!("v3/shard-{number}/data.mdb"))).collect()
}

/// Every page but the first two, by which LMDB finds the others.
fn blank(file: &File) {
    let length = usize::try_from(file.metadata().unwrap().len()).unwrap();
    file.write_all_at(&vec![0; length - 8192], 8192).unwrap();
}

#[test]
fn a_store_damaged_while_open_is_replaced_by_a_fresh_one() {
    let folder = Folder::new();
    let (store, other) = (open(&folder), open(&folder));
    fill(&store);
    for path in data_files(&folder) {
        blank(&OpenOptions::new().write(true).open(path).unwrap());
    }
    for number in 0..ENTRIES {
        let found = store.entry(&key(number));
        assert!(found.is_none() || found == Some(value(number)), "a wrong value: {number}");
    }
    assert_eq!(store.counts().retired, 1);
    fill(&other);
    assert!((0..ENTRIES).all(|number| store.entry(&key(number)) == Some(value(number))));
    drop((store, other));
    open(&folder);
    assert_eq!(folder.names(), ["lock", "v3"], "damaged files are kept");
}

/// Whatever was stamped under the damaged generations must not be believed.
#[test]
fn damaged_generations_void_every_stamp_and_an_invalidation_succeeds() {
    let folder = Folder::new();
    let store = open(&folder);
    let tags: Vec<_> = (0..50).map(|number| TagId([number; 16])).collect();
    let before = store.establish(&tags, LIFE);
    let meta = folder.path().join("v3/meta/data.mdb");
    blank(&OpenOptions::new().write(true).open(meta).unwrap());
    store.invalidate(&tags[..1]);
    assert_eq!(store.counts().retired, 1);
    let after = store.establish(&tags, LIFE);
    for (before, after) in before.iter().zip(&after) {
        assert_ne!(before.generation, after.generation);
        assert_ne!(before.incarnation, after.incarnation);
    }
}

/// To read what is cut off would kill the process.
#[test]
fn a_store_that_was_cut_off_is_replaced_when_it_is_opened() {
    let folder = Folder::new();
    fill(&open(&folder));
    for path in data_files(&folder) {
        let file = OpenOptions::new().write(true).open(path).unwrap();
        file.set_len(4 * 4096).unwrap();
    }
    let store = open(&folder);
    assert!((0..ENTRIES).all(|number| store.entry(&key(number)).is_none()));
    assert_eq!(store.counts().retired, 1);
    fill(&store);
}

#[test]
fn files_of_something_else_are_replaced_when_they_are_opened() {
    for name in ["v3/control", "v3/meta/data.mdb", "v3/shard-2/data.mdb"] {
        let folder = Folder::new();
        fill(&open(&folder));
        fs::write(folder.path().join(name), b"something else".repeat(5000)).unwrap();
        let store = open(&folder);
        assert!((0..ENTRIES).all(|number| store.entry(&key(number)).is_none()), "{name}");
        fill(&store);
        drop(store);
        assert!((0..ENTRIES).all(|number| open(&folder).entry(&key(number)).is_some()), "{name}");
    }
}

#[test]
fn what_is_left_of_an_interrupted_start_is_cleared_away() {
    let folder = Folder::new();
    for name in ["fresh-0123456789abcdef/meta", "retired-0123456789abcdef/meta"] {
        fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    fs::create_dir(folder.path().join("v3")).unwrap();
    fill(&open(&folder));
    open(&folder);
    assert_eq!(folder.names(), ["lock", "v3"]);
}

const ENTRIES: usize = 200;
const LIFE: Duration = Duration::from_secs(3600);
