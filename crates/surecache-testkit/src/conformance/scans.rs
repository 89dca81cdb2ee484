//! Walks through the keys.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::num::NonZeroU32;
use std::time::Duration;

use surecache::driver::{Codec, Core, Plain};
use surecache::stores::{Condition, EntryKey, Glob, Listed, Put, Reply, Request, Store};
use surecache::{Clock, Config};

use super::{PERIOD, Subject, assert_taken, token};
use crate::Ask;

/// Of the drop-in API only, of this namespace only, and whatever form the keys have.
pub fn a_walk_lists_the_plain_keys_that_match(subject: &Subject) {
    let (store, plain) = (subject.store(), plain(subject));
    let wanted: BTreeSet<_> = (0..300).map(|number| format!("a:{number}")).collect();
    wanted.iter().for_each(|key| set(&plain, key));
    let versioned = ["conformance:1:k", "conformance:-2:k", "conformance:x", "k"];
    versioned.iter().for_each(|key| set(&plain, key));
    store.put(&EntryKey::region(b"a:answer"), b"value", Condition::Always);
    set(&plain_in(subject, "other"), "a:of another namespace");
    let walked = |glob: &str, count| walk(&*store, glob, count, Listed::Entries, |_| ());
    for count in [1, 7, 1000] {
        assert_eq!(walked("a:*", count), wanted);
        assert_eq!(walked("a:1[12]?", count).len(), 20);
        assert_eq!(walked("conformance:1:*", count), set_of(["conformance:1:k"]));
        assert_eq!(walked("*k", count), set_of(["conformance:1:k", "conformance:-2:k", "k"]));
        assert_eq!(walked("conformance:x", count), set_of(["conformance:x"]));
    }
    assert_eq!(walked("*", 100).len(), 304);
}

/// As a read would not find them.
pub fn a_walk_lists_nothing_that_is_over(subject: &Subject) {
    let (store, plain) = (subject.store(), plain(subject));
    for (key, ttl) in [("short", Some(Duration::from_secs(1))), ("long", None)] {
        assert!(must(plain.set(key.as_bytes(), Codec::Raw, b"value", ttl)));
    }
    for key in ["deleted", "moved"] {
        set(&plain, key);
    }
    store.delete(&[EntryKey::plain(b"deleted")]);
    subject.clock().advance(Duration::from_secs(1));
    for listed in [Listed::Entries, Listed::EntriesAndLeases] {
        assert_eq!(walk(&*store, "*", 10, listed, |_| ()), set_of(["long", "moved"]));
    }
    store.clear();
    set(&plain, "new");
    assert_eq!(walk(&*store, "*", 10, Listed::Entries, |_| ()), set_of(["new"]));
}

/// However the store moves its records about.
pub fn a_walk_misses_nothing_that_stays_while_others_come_and_go(subject: &Subject) {
    let (store, plain) = (subject.store(), plain(subject));
    let stays: BTreeSet<_> = (0..200).map(|number| format!("stays:{number}")).collect();
    for (number, key) in stays.iter().enumerate() {
        set(&plain, &format!("goes:{number}"));
        set(&plain, key);
    }
    let found = walk(&*store, "stays:*", 5, Listed::Entries, |page| {
        store.delete(&[EntryKey::plain(format!("goes:{page}").as_bytes())]);
        set(&plain, &format!("comes:{page}"));
    });
    assert_eq!(found, stays);
}

/// One that is written to without end, too.
pub fn a_walk_ends_while_others_write(subject: &Subject) {
    let (store, plain) = (subject.store(), plain(subject));
    for number in 0..100 {
        set(&plain, &format!("key:{number}"));
    }
    walk(&*store, "*", 4, Listed::EntriesAndLeases, |page| set(&plain, &format!("new:{page}")));
}

/// The usual case of a cold key.
pub fn a_walk_lists_what_is_being_loaded_where_that_is_asked(subject: &Subject) {
    let (store, plain) = (subject.store(), plain(subject));
    set(&plain, "both");
    for key in ["both", "conformance:1:k", "loading"] {
        assert_taken(store.acquire(&EntryKey::plain(key.as_bytes()), token(1), PERIOD));
    }
    assert_taken(store.acquire(&EntryKey::region(b"loading"), token(1), PERIOD));
    let of_another = subject.store_in("other");
    assert_taken(of_another.acquire(&EntryKey::plain(b"elsewhere"), token(1), PERIOD));
    let walked = |listed| walk(&*store, "*", 2, listed, |_| ());
    assert_eq!(walked(Listed::Entries), set_of(["both"]));
    let all = set_of(["both", "conformance:1:k", "loading"]);
    assert_eq!(walked(Listed::EntriesAndLeases), all);
    assert!(store.renew(&EntryKey::plain(b"loading"), token(1), PERIOD));
    assert_eq!(walked(Listed::EntriesAndLeases), all);
    for (glob, found) in
        [("conf*", vec!["conformance:1:k"]), ("l*", vec!["loading"]), ("x", vec![])]
    {
        assert_eq!(walk(&*store, glob, 2, Listed::EntriesAndLeases, |_| ()), set_of(found));
    }
}

/// The lease goes and an entry comes in one step. A walk that looked at the entries first, and at
/// the leases afterwards, would meet neither.
pub fn a_walk_meets_a_load_that_stores_on_its_way(subject: &Subject) {
    let (store, plain) = (subject.store(), plain(subject));
    let keys: BTreeSet<_> = (0..100).map(|number| format!("conformance:1:{number}")).collect();
    for key in &keys {
        // What is stored must be an entry that names its key: one that another store holds.
        set(&plain, key);
    }
    let entry_of = |key: &String| EntryKey::plain(key.as_bytes());
    let sealed: Vec<_> = keys.iter().filter_map(|key| store.entry(&entry_of(key))).collect();
    assert_eq!(sealed.len(), keys.len());
    store.delete(&keys.iter().map(entry_of).collect::<Vec<_>>());
    for key in &keys {
        assert_taken(store.acquire(&entry_of(key), token(1), PERIOD));
    }
    let found = walk(&*store, "conformance:1:*", 1, Listed::EntriesAndLeases, |page| {
        if page == 0 {
            for (key, bytes) in keys.iter().zip(&sealed) {
                let put = store.put(&entry_of(key), bytes, Condition::Leased(token(1)));
                assert_eq!(put, Put::Stored);
            }
        }
    });
    assert_eq!(found, keys);
}

/// Whether there is an entry under the key or none yet.
pub fn deleting_what_matches_voids_loads_in_flight(subject: &Subject) {
    let (store, plain) = (subject.store(), plain(subject));
    set(&plain, "a:warm");
    let loading = ["a:cold", "a:warm", "b:cold"].map(|key| EntryKey::plain(key.as_bytes()));
    for entry in &loading {
        assert_taken(store.acquire(entry, token(1), PERIOD));
    }
    let (mut cursor, mut deleted) = (Some(Vec::new()), 0);
    while let Some(from) = cursor {
        let page = must(plain.delete_matching(&Glob::new(b"a:*"), &from, some(1)));
        deleted += page.0;
        cursor = page.1;
    }
    assert_eq!(deleted, 1);
    let puts = loading.map(|entry| store.put(&entry, b"late", Condition::Leased(token(1))));
    assert_eq!(puts, [Put::Fenced, Put::Fenced, Put::Stored]);
}

/// Rather than to begin anew, and to go on for ever.
pub fn a_cursor_of_another_kind_is_refused(subject: &Subject) {
    let glob = Glob::new(b"*");
    let asked = subject.store().call(Request::Scan {
        glob: &glob,
        cursor: b"no cursor of any store",
        count: some(1),
        listed: Listed::Entries,
    });
    assert!(matches!(asked, Err(error) if error.is_misuse()));
}

/// All that a walk lists. Calls `between` with the number of the page after each.
fn walk(
    store: &dyn Store,
    glob: &str,
    count: u32,
    listed: Listed,
    mut between: impl FnMut(usize),
) -> BTreeSet<String> {
    let (glob, mut found) = (Glob::new(glob.as_bytes()), BTreeSet::new());
    let mut cursor = Vec::new();
    for page in 0..MOST_PAGES {
        let scan = Request::Scan { glob: &glob, cursor: &cursor, count: some(count), listed };
        let Reply::Scanned(scanned) = must(store.call(scan)) else { panic!("no answer to Scan") };
        found.extend(scanned.keys.into_iter().map(|key| must(String::from_utf8(key))));
        between(page);
        match scanned.cursor {
            Some(next) => cursor = next,
            None => return found,
        }
    }
    panic!("wanted a walk that ends, found one of {MOST_PAGES} pages");
}

fn plain(subject: &Subject) -> Plain {
    plain_in(subject, "conformance")
}

/// The door of plain keys: its entries name their keys.
fn plain_in(subject: &Subject, namespace: &str) -> Plain {
    let clock = subject.clock.clone() as std::sync::Arc<dyn Clock>;
    let config = Config::new(namespace).with_secret("the secret of the tests").with_clock(clock);
    Plain::new(&must(Core::with_store(subject.store_in(namespace), &config)))
}

fn set(plain: &Plain, key: &str) {
    assert!(must(plain.set(key.as_bytes(), Codec::Raw, b"value", None)));
}

#[track_caller]
fn must<T, E: Display>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("the store failed: {error}"),
    }
}

fn some(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap_or(NonZeroU32::MAX)
}

fn set_of<'a>(keys: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    keys.into_iter().map(str::to_owned).collect()
}

/// Far more than any walk here takes, with one place a page.
const MOST_PAGES: usize = 20_000;
