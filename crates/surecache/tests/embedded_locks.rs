//! Locks in the embedded store's files: what stays, what goes, what comes back with a folder.
#![cfg(feature = "embedded")]
#![expect(clippy::unwrap_used, reason = "a test panics where something is amiss")]

use std::sync::Arc;
use std::time::Duration;

use heed::types::Bytes;
use heed::{CommitOrAbort, EnvOpenOptions};
use surecache::stores::{Embedded, EmbeddedOptions, LockName, Locked, Token};
use surecache::{Clock, TagId};
use surecache_testkit::{Ask, Folder, ManualClock};

const MAP_BYTES: u64 = 16 << 20;
const HOUR: Duration = Duration::from_secs(3600);

fn open(folder: &Folder, clock: &Arc<ManualClock>) -> Embedded {
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    let options = EmbeddedOptions::new().with_map_bytes(MAP_BYTES);
    Embedded::open(folder.path(), "test", &options, clock).unwrap()
}

fn name(number: u32) -> LockName {
    LockName::lock(&number.to_be_bytes())
}

fn token(number: u32) -> Token {
    let spread = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes();
    Token([spread, spread].concat().try_into().unwrap())
}

#[track_caller]
fn take(store: &Embedded, number: u32, period: Duration) -> u64 {
    match store.lock(&name(number), token(number), 1, period) {
        Locked::Taken { fencing_token } => fencing_token,
        other @ Locked::Full { .. } => panic!("wanted the lock, found: {other:?}"),
    }
}

/// How many places are recorded in a store that nobody has open: the first byte of a key tells.
fn places(folder: &Folder) -> usize {
    let meta = folder.path().join("v3/meta");
    // SAFETY: a test's own folder, which nobody else has open.
    #[expect(unsafe_code, reason = "a memory map of files")]
    let env = unsafe { EnvOpenOptions::new().map_size(MAP_BYTES as usize).open(meta).unwrap() };
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
    records.filter(|record| record.as_ref().unwrap().0[0] == 3).count()
}

/// The clock at the wall was set back by a day in between.
#[test]
fn fencing_tokens_do_not_fall_in_a_folder_that_is_opened_anew() {
    let (folder, clock) = (Folder::new(), Arc::new(ManualClock::new()));
    let store = open(&folder, &clock);
    let first = take(&store, 1, HOUR);
    drop(store);
    clock.set_unix_ms(clock.unix_ms() - 86_400_000);
    let store = open(&folder, &clock);
    assert_eq!(store.holders(&name(1), 1), [token(1)]);
    assert_eq!(take(&store, 2, HOUR), first + 1);
}

/// Generations go for room, held locks and the last token do not.
#[test]
fn held_locks_are_exempt_from_eviction() {
    let (folder, clock) = (Folder::new(), Arc::new(ManualClock::new()));
    let store = open(&folder, &clock);
    let mut last = 0;
    for number in 0..200 {
        last = take(&store, number, HOUR);
    }
    clock.set_unix_ms(1);
    let tag = |number: u64| {
        let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
        TagId([spread, number.to_be_bytes()].concat().try_into().unwrap())
    };
    for part in 0..400_u64 {
        let tags: Vec<_> = (part * 100..part * 100 + 100).map(tag).collect();
        store.establish(&tags, HOUR);
    }
    let tags: Vec<_> = (0..40_000).map(tag).collect();
    let kept = store.generations(&tags).iter().flatten().count();
    assert!(kept < 39_000, "nothing was dropped: {kept}");
    for number in 0..200 {
        assert_eq!(store.holders(&name(number), 1), [token(number)], "the lock {number} was lost");
    }
    assert_eq!(take(&store, 200, HOUR), last + 1);
}

/// Those of processes that were killed while they held them.
#[test]
fn places_of_dead_holders_do_not_gather() {
    let (folder, clock) = (Folder::new(), Arc::new(ManualClock::new()));
    let store = open(&folder, &clock);
    for number in 0..5000 {
        take(&store, number, Duration::from_secs(2));
        clock.advance(Duration::from_millis(10));
    }
    drop(store);
    let gathered = places(&folder);
    assert!(gathered < 1500, "places of 5000 taken and never given back: {gathered}");
}
