//! What a process keeps near of an embedded store: used where it is still the same, and only there.
#![cfg(feature = "embedded")]
#![expect(clippy::unwrap_used, reason = "a test panics where something is amiss")]

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use surecache::driver::{Codec, Core, Form, Plain, PlainEdit};
use surecache::stores::{Embedded, EmbeddedOptions, Glob, Request};
use surecache::{Clock, Config, Error};
use surecache_testkit::{FaultyStore, Folder, ManualClock};

/// A folder and its clock, opened as often as is wanted: each handle keeps what it has read itself.
struct Ground {
    folder: Folder,
    clock: Arc<ManualClock>,
    fetches: Arc<AtomicUsize>,
}

impl Ground {
    fn new() -> Self {
        let (clock, fetches) = (Arc::new(ManualClock::new()), Arc::default());
        Self { folder: Folder::new(), clock, fetches }
    }

    fn open(&self) -> (Core, Plain) {
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let (options, fetches) = (EmbeddedOptions::new(), Arc::clone(&self.fetches));
        let store =
            Embedded::open(self.folder.path(), "test", &options, Arc::clone(&clock)).unwrap();
        let store = FaultyStore::new(store).with_rule(move |request| {
            let is_read = matches!(request, Request::Fetch { .. } | Request::FetchMany { .. });
            fetches.fetch_add(usize::from(is_read), Ordering::Relaxed);
            surecache_testkit::Fault::None
        });
        let config = Config::new("test").with_secret("the secret of the tests").with_clock(clock);
        let core = Core::with_store(Arc::new(store), &config).unwrap();
        (core.clone(), Plain::new(&core))
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::Relaxed)
    }
}

const KEY: &[u8] = b":1:key";

fn get(plain: &Plain) -> Option<Vec<u8>> {
    plain.get(KEY, |value| Some(value.payload.to_vec())).unwrap()
}

fn set(plain: &Plain, value: &[u8], ttl: Option<Duration>) {
    assert!(plain.set(KEY, Codec::Raw, value, ttl).unwrap());
}

#[test]
fn what_was_read_is_not_fetched_again() {
    let ground = Ground::new();
    let (_, plain) = ground.open();
    set(&plain, b"value", None);
    for _ in 0..3 {
        assert_eq!(get(&plain).as_deref(), Some(&b"value"[..]));
        assert_eq!(ground.fetches(), 1);
    }
    set(&plain, b"other", None);
    for _ in 0..3 {
        assert_eq!(get(&plain).as_deref(), Some(&b"other"[..]));
        assert_eq!(ground.fetches(), 2);
    }
}

/// Its name, and what is found after it.
type Change<'a> = (&'a str, &'a dyn Fn(), Option<&'a [u8]>);

#[test]
fn what_others_change_is_not_believed() {
    let ground = Ground::new();
    let ((core, other), (_, plain)) = (ground.open(), ground.open());
    let glob = || Glob::new(b"*");
    let is_done = |edit: Result<_, Error>| assert!(matches!(edit.unwrap(), PlainEdit::Done(_)));
    let counted = || assert_eq!(other.count(KEY, 1, None).unwrap(), PlainEdit::Done(Some(10)));
    let all = || drop(other.delete_matching(&glob(), b"", NonZeroU32::MAX).unwrap());
    let changes: [Change<'_>; 8] = [
        ("set", &|| set(&other, b"8", None), Some(b"8")),
        ("replace", &|| is_done(other.replace(KEY, Codec::Integer, b"9", None)), Some(b"9")),
        ("count", &counted, Some(b"10")),
        ("delete", &|| assert_eq!(other.delete(&[KEY.to_vec()]).unwrap(), 1), None),
        ("add", &|| is_done(other.add(KEY, Codec::Raw, b"11", None)), Some(b"11")),
        ("delete_matching", &all, None),
        ("another set", &|| set(&other, b"12", None), Some(b"12")),
        ("clear", &|| core.clear().unwrap(), None),
    ];
    set(&plain, b"7", None);
    for (name, change, wanted) in changes {
        get(&plain);
        change();
        assert_eq!(get(&plain).as_deref(), wanted, "after {name}");
    }
}

#[test]
fn what_is_kept_ends_at_its_expiry() {
    let ground = Ground::new();
    let (_, plain) = ground.open();
    set(&plain, b"value", Some(Duration::from_secs(10)));
    ground.clock.advance(Duration::from_millis(9_999));
    assert!(get(&plain).is_some() && get(&plain).is_some());
    ground.clock.advance(Duration::from_millis(1));
    assert_eq!(get(&plain), None);
    // A touch by another handle brings nothing back, and prolongs what is there.
    let (_, other) = ground.open();
    set(&plain, b"value", Some(Duration::from_secs(10)));
    assert!(get(&plain).is_some());
    assert_eq!(other.touch(KEY, Some(Duration::from_secs(100))).unwrap(), PlainEdit::Done(None));
    ground.clock.advance(Duration::from_secs(50));
    assert!(get(&plain).is_some());
    assert_eq!(other.touch(KEY, Some(Duration::from_secs(1))).unwrap(), PlainEdit::Done(None));
    ground.clock.advance(Duration::from_secs(2));
    assert_eq!(get(&plain), None);
}

#[test]
fn files_that_took_the_place_of_others_are_read() {
    let ground = Ground::new();
    let (_, plain) = ground.open();
    set(&plain, b"value", None);
    assert!(get(&plain).is_some());
    std::fs::remove_dir_all(ground.folder.path().join("v3")).unwrap();
    // The path is looked at once a second.
    ground.clock.advance(Duration::from_secs(2));
    assert_eq!(get(&plain), None);
}

/// It has no seal that another door would ask for, and its expiry is the store's alone.
#[test]
fn what_is_foreign_is_not_kept() {
    let ground = Ground::new();
    let (_, sealed) = ground.open();
    let mixed = sealed.clone().with_form(Form::Mixed);
    let ttl = Some(Duration::from_secs(10));
    assert!(mixed.set(KEY, Codec::Foreign, b"12", ttl).unwrap());
    assert_eq!(get(&mixed).as_deref(), Some(&b"12"[..]));
    assert_eq!(get(&sealed), None);
    ground.clock.advance(Duration::from_secs(10));
    assert_eq!(get(&mixed), None);
}
