//! Stored bytes that are not what was stored: never a value, always a refusal and a load.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use surecache::stores::{Condition, EntryKey, Put, Reply, Request, Store};
use surecache::{Scope, Summary};
use surecache_testkit::Fault;

use crate::answers::{Key, Loads, Spec, Which, user};
use crate::door::Door;
use crate::ground::{Ground, on_each_ground};

on_each_ground! {
    an_entry_with_any_byte_changed_is_refused,
    an_entry_cut_off_or_prolonged_is_refused,
    an_entry_copied_under_another_key_is_refused,
    bytes_that_are_no_entry_are_refused,
}

/// A door that tells under which name and how its last answer was stored.
struct Watched {
    door: Door,
    store: Arc<dyn Store>,
    last: Arc<Mutex<Option<Stored>>>,
    loads: Loads,
}

/// A name, and the bytes under it.
type Stored = (EntryKey, Vec<u8>);

impl Watched {
    fn new(ground: &Ground) -> Self {
        let last = Arc::new(Mutex::new(None));
        let door = ground.door_on({
            let last = Arc::clone(&last);
            move |request| {
                if let Request::Put { entry, bytes, .. } = request {
                    *last.lock().unwrap() = Some(((*entry).clone(), bytes.to_vec()));
                }
                Fault::None
            }
        });
        Self { door, store: ground.store(), last, loads: Loads::new() }
    }

    /// Reads; each load gives another number.
    fn ask(&self, which: Which, spec: &Spec, key: Key) -> String {
        let script = self.loads.run(|number| Ok(number.to_string()));
        self.door.get_from(which, spec, &key, &script).unwrap()
    }

    /// Reads, where a load is wanted; how it was stored.
    fn load(&self, which: Which, spec: &Spec, key: Key) -> Stored {
        let next = self.loads.count() + 1;
        assert_eq!(self.ask(which, spec, key), next.to_string(), "a value that nobody loaded now");
        self.last.lock().unwrap().take().expect("a put")
    }

    fn plant(&self, entry: &EntryKey, bytes: &[u8]) {
        let request =
            Request::Put { entry, bytes, expires_unix_ms: u64::MAX, condition: Condition::Always };
        assert!(matches!(self.store.call(request).unwrap(), Reply::Put(Put::Stored)));
    }

    /// Plants bytes under the name of user 42's answer; the next read must load.
    fn refuses(&self, entry: &EntryKey, bytes: &[u8]) {
        self.plant(entry, bytes);
        self.load(Which::Outer, &Spec::public(), user(42));
    }

    fn refused(&self) -> BTreeMap<String, u64> {
        self.door.summary().refusals
    }
}

fn an_entry_with_any_byte_changed_is_refused(ground: &Ground) {
    let watched = Watched::new(ground);
    let (entry, good) = watched.load(Which::Outer, &Spec::public(), user(42));
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        watched.refuses(&entry, &bytes);
    }
    let refused = watched.refused();
    assert_eq!(refused.values().sum::<u64>(), good.len() as u64, "{refused:?}");
    for name in ["forged", "foreign_key", "other_format", "other_key"] {
        assert!(refused.contains_key(name), "{name}: {refused:?}");
    }
    // Whole again, it is believed: the refusals were the damage's.
    watched.plant(&entry, &good);
    assert_eq!(watched.ask(Which::Outer, &Spec::public(), user(42)), "1");
}

fn an_entry_cut_off_or_prolonged_is_refused(ground: &Ground) {
    let watched = Watched::new(ground);
    let (entry, good) = watched.load(Which::Outer, &Spec::public(), user(42));
    for length in 0..good.len() {
        watched.refuses(&entry, &good[..length]);
    }
    watched.refuses(&entry, &[good.as_slice(), &[0]].concat());
    watched.refuses(&entry, &[good.as_slice(), &good].concat());
    let refused = watched.refused();
    assert_eq!(refused.values().sum::<u64>(), good.len() as u64 + 2, "{refused:?}");
}

fn an_entry_copied_under_another_key_is_refused(ground: &Ground) {
    let watched = Watched::new(ground);
    let public = Spec::public();
    let (entry, _) = watched.load(Which::Outer, &public, user(42));
    let for_user = public.clone().with_scope(|_| Scope::user(1));
    let newer = Watched::new(ground);
    let others = [
        newer.load(Which::OuterNewer, &public, user(42)),
        watched.load(Which::Outer, &public, user(43)),
        watched.load(Which::Inner, &public, user(42)),
        watched.load(Which::Outer, &for_user, user(42)),
        watched.load(Which::Outer, &public.clone().on_user_row(), user(42)),
    ];
    for (other, bytes) in &others {
        assert_ne!(other, &entry);
        watched.refuses(&entry, bytes);
    }
    assert_eq!(watched.refused(), BTreeMap::from([("foreign_key".to_owned(), 5)]));
}

fn bytes_that_are_no_entry_are_refused(ground: &Ground) {
    let watched = Watched::new(ground);
    let (entry, good) = watched.load(Which::Outer, &Spec::public(), user(42));
    // `cos\nsystem\n(S'true'\ntR.`: what a pickle that runs a command looks like.
    let bomb = b"cos\nsystem\n(S'true'\ntR.".to_vec();
    let many = vec![0xff; 1 << 16];
    let zeros = vec![0; good.len()];
    for bytes in [vec![], vec![1], bomb, many, zeros] {
        watched.refuses(&entry, &bytes);
    }
    let Summary { outcomes, refusals, .. } = watched.door.summary();
    assert_eq!(refusals.values().sum::<u64>(), 5, "{refusals:?}");
    assert_eq!(outcomes, BTreeMap::from([("loaded".to_owned(), 6)]));
}
