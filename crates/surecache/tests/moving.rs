//! A value that is moved to another key while others write under both.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use surecache::driver::{Answer, Codec, Command, Core, Operation, Plain, PlainEdit};
use surecache::stores::{Memory, Request};
use surecache::{Config, SystemClock};
use surecache_testkit::{Fault, FaultyStore, Side, unique_name};

const OLD: &[u8] = b"test:1:key";
const NEW: &[u8] = b"test:2:key";

fn memory(name: &str) -> Memory {
    Memory::named(name, "test", Arc::new(SystemClock))
}

fn open(store: FaultyStore<Memory>) -> Plain {
    let config = Config::new("test").with_secret("the secret of a test");
    Plain::new(&Core::with_store(Arc::new(store), &config).unwrap())
}

/// A door, and another one at the same store, which does something before each put of the first.
fn disturbed(act: impl Fn(&Plain, usize) + Send + Sync + 'static) -> Plain {
    let (name, puts) = (unique_name(), AtomicUsize::new(0));
    let other = open(FaultyStore::new(memory(&name)));
    set(&other, OLD, b"value");
    open(FaultyStore::new(memory(&name)).with_pause(move |request, side| {
        if matches!((request, side), (Request::Put { .. }, Side::Before)) {
            act(&other, puts.fetch_add(1, Ordering::SeqCst));
        }
    }))
}

fn set(plain: &Plain, key: &[u8], value: &[u8]) {
    let minute = Some(Duration::from_secs(60));
    assert!(plain.set(key, Codec::Pickle, value, minute).unwrap());
}

fn get(plain: &Plain, key: &[u8]) -> Option<Vec<u8>> {
    plain.get(key, |value| Some(value.payload.to_vec())).unwrap()
}

#[test]
fn a_value_is_moved_with_its_expiry() {
    let plain = disturbed(|_, _| ());
    assert_eq!(plain.rename(OLD, NEW).unwrap(), PlainEdit::Done(None));
    assert_eq!((get(&plain, OLD), get(&plain, NEW)), (None, Some(b"value".to_vec())));
    let left = plain.expiry(NEW).unwrap().unwrap().unwrap();
    assert!(left <= Duration::from_secs(60) && left > Duration::from_secs(50), "{left:?}");
    assert_eq!(plain.rename(OLD, NEW).unwrap(), PlainEdit::Missing);
    assert_eq!(get(&plain, NEW), Some(b"value".to_vec()));
}

#[test]
fn a_value_that_has_no_end_has_none_under_its_other_key() {
    let plain = disturbed(|_, _| ());
    plain.set(OLD, Codec::Pickle, b"value", None).unwrap();
    assert_eq!(plain.rename(OLD, NEW).unwrap(), PlainEdit::Done(None));
    assert_eq!(plain.expiry(NEW).unwrap(), Some(None));
}

#[test]
fn a_value_that_is_moved_to_its_own_key_stays() {
    let plain = disturbed(|_, _| ());
    assert_eq!(plain.rename(OLD, OLD).unwrap(), PlainEdit::Done(None));
    assert_eq!(get(&plain, OLD), Some(b"value".to_vec()));
}

/// Put 0 is the copy, put 1 drops what was copied.
#[test]
fn what_is_stored_before_the_old_key_is_dropped_is_moved_too() {
    let plain = disturbed(|other, put| {
        if put == 1 {
            set(other, OLD, b"newer");
        }
    });
    assert_eq!(plain.rename(OLD, NEW).unwrap(), PlainEdit::Done(None));
    assert_eq!((get(&plain, OLD), get(&plain, NEW)), (None, Some(b"newer".to_vec())));
}

/// Two move the same value, and the first of them is done; what somebody then stores under the new
/// key is not overwritten by the second.
#[test]
fn what_is_stored_after_another_has_moved_the_value_stays() {
    let plain = disturbed(|other, put| {
        if put == 0 {
            assert_eq!(other.rename(OLD, NEW).unwrap(), PlainEdit::Done(None));
            set(other, NEW, b"newer");
        }
    });
    assert_eq!(plain.rename(OLD, NEW).unwrap(), PlainEdit::Missing);
    assert_eq!(get(&plain, NEW), Some(b"newer".to_vec()));
}

#[test]
fn who_is_overtaken_after_the_copy_is_done_too() {
    let plain = disturbed(|other, put| {
        if put == 1 {
            assert_eq!(other.rename(OLD, NEW).unwrap(), PlainEdit::Done(None));
            set(other, NEW, b"newer");
        }
    });
    assert_eq!(plain.rename(OLD, NEW).unwrap(), PlainEdit::Done(None));
    assert_eq!(get(&plain, NEW), Some(b"newer".to_vec()));
}

#[test]
fn a_collection_is_not_moved() {
    let plain = disturbed(|_, _| ());
    plain.delete(&[OLD.to_vec()]).unwrap();
    let command = Command { operation: Operation::SetAdd, members: vec![b"a".to_vec()] };
    assert_eq!(plain.collect(&[OLD.to_vec()], command).unwrap(), Answer::Count(1));
    assert!(plain.rename(OLD, NEW).unwrap_err().to_string().contains("a plain value"));
    assert_eq!(get(&plain, NEW), None);
}

#[test]
fn a_store_that_fails_half_way_leaves_the_value_under_both_keys() {
    let name = unique_name();
    let mut puts = 0;
    let store = FaultyStore::new(memory(&name)).with_rule(move |request| {
        let is_put = matches!(request, Request::Put { .. });
        puts += usize::from(is_put);
        if is_put && puts == 3 { Fault::FailBefore } else { Fault::None }
    });
    let plain = open(store);
    set(&plain, OLD, b"value");
    plain.rename(OLD, NEW).unwrap_err();
    let value = Some(b"value".to_vec());
    assert_eq!((get(&plain, OLD), get(&plain, NEW)), (value.clone(), value));
}
