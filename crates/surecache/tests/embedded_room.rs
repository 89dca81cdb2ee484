//! What happens when there is no more room: for entries, for generations, for readers.
#![cfg(feature = "embedded")]
#![expect(clippy::unwrap_used, reason = "a test panics where something is amiss")]

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use heed::types::Bytes;
use heed::{CommitOrAbort, EnvOpenOptions};
use surecache::stores::{
    Acquired, Condition, Embedded, EmbeddedOptions, EntryKey, Mark, Put, Request, Store, Token,
};
use surecache::{Clock, SystemClock, TagId};
use surecache_testkit::{Ask, Folder, ManualClock};

const MAP_BYTES: u64 = 16 << 20;

fn small() -> EmbeddedOptions {
    EmbeddedOptions::new().with_map_bytes(MAP_BYTES)
}

fn open(folder: &Folder) -> Embedded {
    Embedded::open(folder.path(), "test", &small(), Arc::new(SystemClock)).unwrap()
}

fn open_at(folder: &Folder, clock: &Arc<ManualClock>) -> Embedded {
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    Embedded::open(folder.path(), "test", &small(), clock).unwrap()
}

fn key(number: usize) -> EntryKey {
    EntryKey::plain(format!("entry {number}").as_bytes())
}

fn tag(number: u64) -> TagId {
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    TagId([spread, number.to_be_bytes()].concat().try_into().unwrap())
}

fn value(number: usize, length: usize) -> Vec<u8> {
    number.to_le_bytes().into_iter().cycle().take(length).collect()
}

/// The numbers of entries and leases in a store that nobody has open: the last byte of a key
/// tells.
fn records(folder: &Folder) -> (usize, usize) {
    let (mut entries, mut leases) = (0, 0);
    for number in 0..4 {
        for last in last_bytes(&folder.path().join(format!("v3/shard-{number}"))) {
            entries += usize::from(last == 1);
            leases += usize::from(last == 2);
        }
    }
    (entries, leases)
}

fn last_bytes(shard: &Path) -> Vec<u8> {
    // SAFETY: a test's own folder, which nobody else has open.
    #[expect(unsafe_code, reason = "a memory map of files")]
    let env = unsafe { EnvOpenOptions::new().map_size(MAP_BYTES as usize).open(shard).unwrap() };
    let transaction = env.read_txn().unwrap();
    let database = env
        .open_databases_and_commit(transaction, |opener, transaction| {
            let database = opener.open_database::<Bytes, Bytes>(transaction, None)?;
            Ok::<_, heed::Error>(CommitOrAbort::<_, ()>::Commit(database))
        })
        .unwrap()
        .commit()
        .flatten()
        .unwrap();
    let transaction = env.read_txn().unwrap();
    let records = database.iter(&transaction).unwrap();
    records.map(|record| *record.unwrap().0.last().unwrap()).collect()
}

fn used_bytes(folder: &Folder) -> u64 {
    let sizes = (0..4).map(|number| {
        let path = folder.path().join(format!("v3/shard-{number}/data.mdb"));
        fs::metadata(path).unwrap().len()
    });
    sizes.sum()
}

#[test]
fn a_full_map_evicts_and_never_outgrows_its_size() {
    for length in [100, 1000, 5000, 60_000] {
        let folder = Folder::new();
        let store = open(&folder);
        let many = usize::try_from(MAP_BYTES).unwrap() * 3 / 2 / (length + 60);
        for number in 0..many {
            let put = store.put(&key(number), &value(number, length), Condition::Always);
            assert_eq!(put, Put::Stored, "entry {number} of {length} bytes");
            assert_eq!(store.entry(&key(number)), Some(value(number, length)));
        }
        let kept = (0..many).filter(|&number| {
            let found = store.entry(&key(number));
            assert!(found.is_none() || found == Some(value(number, length)), "wrong: {number}");
            found.is_some()
        });
        let kept = kept.count();
        assert!(
            kept * (length + 60) > (MAP_BYTES / 4) as usize,
            "{kept} of {length} bytes are kept"
        );
        assert!(used_bytes(&folder) <= MAP_BYTES);
        assert!(store.counts().evicted >= (many - kept) as u64);
        assert_eq!(store.counts().full, 0);
    }
}

/// Who deletes what is absent changes nothing, so the eviction itself has to be known.
#[test]
fn what_was_evicted_is_not_known_any_more() {
    let folder = Folder::new();
    let store = open(&folder);
    let revisions = || (0..100).map(|number| store.revision(&key(number), SystemClock.now()));
    for number in 0..100 {
        store.put(&key(number), &value(number, 1000), Condition::Always);
    }
    let before: Vec<_> = revisions().collect();
    for number in 100..30_000 {
        store.put(&key(number), &value(number, 1000), Condition::Always);
    }
    let evicted: Vec<_> = (0..100).filter(|&number| store.entry(&key(number)).is_none()).collect();
    assert!(evicted.len() > 10, "too few went to tell: {}", evicted.len());
    let now: Vec<_> = revisions().collect();
    for number in evicted {
        assert_ne!(now[number], before[number], "entry {number}");
    }
}

#[test]
fn sizes_in_turn_are_stored_even_where_the_gaps_are_small() {
    let folder = Folder::new();
    let store = open(&folder);
    let mut full = 0;
    for number in 0..4000 {
        let length = [300, 150_000, 3000, 20_000][number % 4];
        let put = store.put(&key(number), &value(number, length), Condition::Always);
        full += usize::from(put != Put::Stored);
        let wanted = (put == Put::Stored).then(|| value(number, length));
        assert_eq!(store.entry(&key(number)), wanted);
    }
    assert!(full < 40, "not stored: {full} of 4000");
}

#[test]
fn a_value_larger_than_the_room_is_not_stored_and_the_old_one_goes() {
    let folder = Folder::new();
    let store = open(&folder);
    assert_eq!(store.put(&key(1), b"old", Condition::Always), Put::Stored);
    assert_eq!(store.put(&key(2), b"other", Condition::Always), Put::Stored);
    let huge = vec![1; 10 << 20];
    assert_eq!(store.put(&key(1), &huge, Condition::Always), Put::Full);
    assert_eq!(store.entry(&key(1)), None);
    assert_eq!(store.entry(&key(2)).as_deref(), Some(&b"other"[..]));
    assert_eq!(store.counts().full, 1);
}

/// Who changes an entry is told that there was no room, and has it as it was.
#[test]
fn a_change_larger_than_the_room_leaves_the_old_one() {
    let folder = Folder::new();
    let store = open(&folder);
    let old = value(1, 300);
    assert_eq!(store.put(&key(1), &old, Condition::Always), Put::Stored);
    let huge = vec![1; 10 << 20];
    let seen = Condition::Unchanged(Some(Mark::of(&old)));
    assert_eq!(store.put(&key(1), &huge, seen), Put::Full);
    assert_eq!(store.entry(&key(1)), Some(old));
}

#[test]
fn leases_and_generations_are_exempt_from_eviction() {
    let folder = Folder::new();
    let store = open(&folder);
    let tags: Vec<_> = (0..200).map(tag).collect();
    let made = store.establish(&tags, HOUR);
    let token = |number: u8| Token([number; 16]);
    for number in 0..200 {
        let taken = store.acquire(&key(1_000_000 + usize::from(number)), token(number), HOUR);
        assert!(matches!(taken, Acquired::Taken { .. }));
    }
    for number in 0..40_000 {
        assert_eq!(store.put(&key(number), &[7; 1000], Condition::Always), Put::Stored);
    }
    assert!(store.counts().evicted > 10_000);
    assert_eq!(store.generations(&tags), made.into_iter().map(Some).collect::<Vec<_>>());
    for number in 0..200 {
        let lease = key(1_000_000 + usize::from(number));
        let put = store.put(&lease, b"loaded", Condition::Leased(token(number)));
        assert_eq!(put, Put::Stored, "the lease {number} was lost");
    }
}

#[test]
fn expired_entries_go_before_those_that_live() {
    let folder = Folder::new();
    let clock = Arc::new(ManualClock::new());
    let store = open_at(&folder, &clock);
    let soon = clock.unix_ms() + 1000;
    for number in 0..4000 {
        store.put_until(&key(number), &[1; 1000], soon, Condition::Always);
    }
    clock.advance(Duration::from_secs(2));
    for number in 4000..8000 {
        assert_eq!(store.put(&key(number), &[2; 1000], Condition::Always), Put::Stored);
    }
    let kept = (4000..8000).filter(|&number| store.entry(&key(number)).is_some()).count();
    // By chance alone, two of three would be.
    assert!(kept > 3200, "kept of 4000 that live: {kept}");
}

/// Those of processes that were killed while they loaded.
#[test]
fn dead_leases_do_not_gather() {
    let folder = Folder::new();
    let clock = Arc::new(ManualClock::new());
    let store = open_at(&folder, &clock);
    for round in 0..20 {
        for number in 0..500 {
            let mut token = [7; 16];
            token[..8].copy_from_slice(&(number * 31 + round * 7919_u64).to_le_bytes());
            let entry = key(usize::try_from(round * 500 + number).unwrap());
            store.acquire(&entry, Token(token), Duration::from_secs(2));
        }
        clock.advance(Duration::from_secs(3));
    }
    drop(store);
    let (_, leases) = records(&folder);
    assert!(leases < 3000, "leases of 10000 taken and never given back: {leases}");
}

/// Absence is safe: what was stamped with them is loaded anew.
#[test]
fn generations_over_their_budget_are_dropped_and_never_come_back() {
    let folder = Folder::new();
    let store = open(&folder);
    let mut made = Vec::new();
    for part in 0..400_u64 {
        let tags: Vec<_> = (part * 100..part * 100 + 100).map(tag).collect();
        made.extend(tags.iter().copied().zip(store.establish(&tags, HOUR)));
    }
    let tags: Vec<_> = made.iter().map(|(tag, _)| *tag).collect();
    let found = store.generations(&tags);
    let kept = found.iter().flatten().count();
    assert!(kept > 5_000 && kept < made.len(), "kept of {}: {kept}", made.len());
    for ((_, made), found) in made.iter().zip(&found) {
        assert!(found.is_none_or(|found| found == *made), "a generation was rewritten");
    }
    let length = fs::metadata(folder.path().join("v3/meta/data.mdb")).unwrap().len();
    assert!(length <= MAP_BYTES / 8, "meta outgrew its part: {length}");
}

/// Generations that live long enough are only read: nobody waits for the writer.
#[test]
fn a_hot_establish_writes_nothing() {
    let folder = Folder::new();
    let clock = Arc::new(ManualClock::new());
    let store = open_at(&folder, &clock);
    let tags: Vec<_> = (0..10).map(tag).collect();
    let made = store.establish(&tags, HOUR);
    let meta = folder.path().join("v3/meta/data.mdb");
    let before = fs::read(&meta).unwrap();
    for _ in 0..10 {
        clock.advance(HOUR / 50);
        assert_eq!(store.establish(&tags, HOUR), made);
    }
    assert!(fs::read(&meta).unwrap() == before, "the file was written to");
    clock.advance(HOUR / 10);
    assert_eq!(store.establish(&tags, HOUR), made);
    assert!(fs::read(&meta).unwrap() != before, "the lives were not prolonged");
}

/// Threads hold a slot from their first read to their end.
#[test]
fn more_readers_than_there_are_slots_for_are_told_what_to_do() {
    let folder = Folder::new();
    let options = small().with_max_readers(16);
    let store = Embedded::open(folder.path(), "test", &options, Arc::new(SystemClock)).unwrap();
    assert_eq!(store.put(&key(1), b"value", Condition::Always), Put::Stored);
    let (all_read, crowded) = (Barrier::new(20), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                let entry = key(1);
                match store.call(Request::Fetch { entry: &entry, tags: &[] }) {
                    Ok(_) => {}
                    Err(error) => {
                        assert!(error.is_unavailable(), "{error}");
                        assert!(error.to_string().contains("\nhint: "), "{error}");
                        crowded.fetch_add(1, Ordering::Relaxed);
                    }
                }
                all_read.wait();
            });
        }
    });
    let crowded = crowded.into_inner();
    assert!((4..=5).contains(&crowded), "refused of 20 readers with 16 slots: {crowded}");
    // Their ends may lag behind the scope's.
    let again = || store.call(Request::Fetch { entry: &key(1), tags: &[] }).is_ok();
    thread::scope(|scope| {
        scope.spawn(|| while !again() {});
    });
}

const HOUR: Duration = Duration::from_secs(3600);
