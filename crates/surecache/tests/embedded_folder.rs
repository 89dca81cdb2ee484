//! Whose folder it is, with which options it is open, and what makes a store start afresh.
#![cfg(feature = "embedded")]
#![expect(clippy::unwrap_used, reason = "a test panics where something is amiss")]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use surecache::stores::{Condition, Embedded, EmbeddedOptions, EntryKey, Put, Store};
use surecache::{Error, SystemClock, TagId};
use surecache_testkit::{Ask, Folder, machine_lacks};

fn open(folder: &Path) -> Result<Embedded, Error> {
    open_with(folder, "test", &EmbeddedOptions::new())
}

fn open_with(folder: &Path, space: &str, options: &EmbeddedOptions) -> Result<Embedded, Error> {
    Embedded::open(folder, space, options, Arc::new(SystemClock))
}

fn fill(store: &impl Store) {
    assert_eq!(store.put(&key(), b"value", Condition::Always), Put::Stored);
}

fn key() -> EntryKey {
    EntryKey::plain(b"key")
}

#[test]
fn what_is_made_can_be_entered_by_its_owner_only() {
    let parent = Folder::new();
    let folder = parent.path().join("a/b");
    let store = open(&folder).unwrap();
    fill(&store);
    store.establish(&[TagId([1; 16])], Duration::from_secs(60));
    let mut seen = 0;
    let mut folders = vec![parent.path().join("a")];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let (path, metadata) = entry.map(|e| (e.path(), e.metadata().unwrap())).unwrap();
            let others = metadata.permissions().mode() & 0o077;
            assert_eq!(others, 0, "others may use {}", path.display());
            seen += 1;
            if metadata.is_dir() {
                folders.push(path);
            }
        }
    }
    assert!(seen > 15, "wanted to see all files, found: {seen}");
}

#[test]
fn a_folder_that_others_can_enter_is_refused_with_what_to_do() {
    let folder = Folder::new();
    for mode in [0o755, 0o750, 0o701, 0o777] {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
        let error = open(folder.path()).unwrap_err();
        assert!(error.is_misuse(), "{error}");
        let wanted = format!("found mode {mode:03o}: {}\nhint: chmod 700", folder.path().display());
        assert!(error.to_string().contains(&wanted), "{error}");
    }
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    open(folder.path()).unwrap();
}

#[test]
fn the_folder_of_another_user_is_refused() {
    let folder = Folder::new();
    if chown(folder.path(), Some(12_345), None).is_err() {
        machine_lacks("the right to give a folder to another user (foreign owner)");
        return;
    }
    let error = open(folder.path()).unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("found user 12345: "), "{error}");
}

#[test]
fn a_relative_path_is_refused() {
    let error = open(Path::new("cache")).unwrap_err();
    assert!(error.is_misuse() && error.to_string().ends_with("found: cache"), "{error}");
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let folder = Folder::new();
    for options in [
        EmbeddedOptions::new().with_map_bytes(4096),
        EmbeddedOptions::new().with_map_bytes(u64::MAX),
        EmbeddedOptions::new().with_max_readers(1),
    ] {
        let error = open_with(folder.path(), "test", &options).unwrap_err();
        assert!(error.is_misuse(), "{error}");
    }
    assert!(!folder.names().contains(&"v3".to_owned()));
}

/// The second would have to open the files again, which drops the locks of the first.
#[test]
fn one_process_opens_a_folder_with_one_set_of_options() {
    let folder = Folder::new();
    let first = open(folder.path()).unwrap();
    let other = EmbeddedOptions::new().with_max_readers(100);
    let error = open_with(folder.path(), "test", &other).unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("100"), "{error}");
    fill(&first);
    drop(first);
    let second = open_with(folder.path(), "test", &other).unwrap();
    assert_eq!(second.entry(&key()), None);
}

#[test]
fn namespaces_and_spellings_share_what_is_open() {
    let parent = Folder::new();
    let (real, link) = (parent.path().join("real"), parent.path().join("link"));
    let first = open(&real).unwrap();
    fill(&first);
    std::os::unix::fs::symlink(&real, &link).unwrap();
    for path in [link.clone(), real.join("../link/."), real.clone()] {
        let same = open(&path).unwrap();
        assert_eq!(same.entry(&key()).as_deref(), Some(&b"value"[..]));
        let other = open_with(&path, "other", &EmbeddedOptions::new()).unwrap();
        assert_eq!(other.entry(&key()), None);
    }
    assert_eq!(first.entry(&key()).as_deref(), Some(&b"value"[..]));
}

#[test]
fn a_store_outlives_its_handles() {
    let folder = Folder::new();
    fill(&open(folder.path()).unwrap());
    assert_eq!(open(folder.path()).unwrap().entry(&key()).as_deref(), Some(&b"value"[..]));
}

/// What was not written out when the machine went down may be torn.
#[test]
fn a_store_from_before_a_restart_of_the_machine_is_wiped() {
    let folder = Folder::new();
    let store = open(folder.path()).unwrap();
    fill(&store);
    let before = store.establish(&[TagId([1; 16])], Duration::from_secs(60));
    drop(store);
    rewrite_boot(&folder.path().join("v3/control"));
    let store = open(folder.path()).unwrap();
    assert_eq!(store.entry(&key()), None);
    let after = store.establish(&[TagId([1; 16])], Duration::from_secs(60));
    assert_ne!(before[0].incarnation, after[0].incarnation);
    drop((store, open(folder.path())));
    assert_eq!(folder.names(), ["lock", "v3"], "what was wiped is still there");
}

/// Another system's id, as if the machine had been started anew since.
fn rewrite_boot(control: &Path) {
    let mut page = fs::read(control).unwrap();
    page[48..64].copy_from_slice(&[9; 16]);
    let check = blake3::hash(&page[32..104]);
    page[104..112].copy_from_slice(&check.as_bytes()[..8]);
    fs::write(control, page).unwrap();
}

/// It may be from before an invalidation.
#[test]
fn a_store_restored_from_a_copy_is_not_believed() {
    let folder = Folder::new();
    let (store, copy) = (folder.path().join("v3"), folder.path().join("copy"));
    fill(&open(folder.path()).unwrap());
    copy_all(&store, &copy);
    fs::remove_dir_all(&store).unwrap();
    fs::rename(&copy, &store).unwrap();
    assert_eq!(open(folder.path()).unwrap().entry(&key()), None);
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.metadata().unwrap().is_dir() {
            copy_all(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Those who open the folder from now on have another store: a deletion must be made there.
#[test]
fn a_process_notices_that_its_files_were_removed() {
    let folder = Folder::new();
    let store = open(folder.path()).unwrap();
    fill(&store);
    fs::remove_dir_all(folder.path()).unwrap();
    assert_eq!(store.delete(&[key()]), 0);
    assert!(folder.path().join("v3").is_dir(), "no new store was made");
    assert_eq!(store.entry(&key()), None);
    assert_eq!(store.counts().retired, 1);
    fill(&store);
    assert_eq!(store.entry(&key()).as_deref(), Some(&b"value"[..]));
}

/// The table of readers and the control page are mapped: a hole in them would kill the process
/// that stores to it when the disk is full.
#[test]
fn mapped_files_have_no_holes() {
    let folder = Folder::new();
    let store = open(folder.path()).unwrap();
    fill(&store);
    let names = ["control", "meta/lock.mdb", "shard-0/lock.mdb", "shard-3/lock.mdb"];
    for name in names {
        let metadata = fs::metadata(folder.path().join("v3").join(name)).unwrap();
        assert!(metadata.blocks() * 512 >= metadata.len(), "holes in {name}");
        let is_table = name != "control";
        assert!(!is_table || metadata.len() == 64 * (4096 + 2), "{name}: {}", metadata.len());
    }
}

/// A program that a service starts has no business in its cache.
#[test]
fn programs_that_are_started_do_not_get_the_files() {
    let folder = Folder::new();
    let store = open(folder.path()).unwrap();
    fill(&store);
    let listed = Command::new("ls").args(["-l", "/proc/self/fd"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let name = folder.path().file_name().unwrap().to_str().unwrap();
    assert!(listed.contains("/proc/") && !listed.contains(name), "{listed}");
}

/// A first reader in each of 300 folders: each open environment takes one of about a thousand
/// thread keys, and three descriptors.
#[test]
fn closed_stores_give_back_what_they_hold() {
    for _ in 0..300 {
        let folder = Folder::new();
        let store = open(folder.path()).unwrap();
        fill(&store);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| assert!(store.entry(&key()).is_some()));
            }
        });
    }
}
