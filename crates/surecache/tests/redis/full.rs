//! Servers without room: what is asked for is given, what ends validity is done.

use surecache::driver::{Codec, Plain};
use surecache_testkit::RedisServer;
use surecache_testkit::history::History;

use crate::ground::{
    Answers, Dice, GENERATIONS, Key, LIMIT, NAMESPACE, Table, cache, generations, numbers,
    outcomes, plain_numbers, row, tell, text, until,
};

/// There is room for the lease and not for the value.
#[test]
fn an_answer_that_has_no_room_is_given_and_counted() {
    let server = RedisServer::with(&["--maxmemory", "3mb", "--maxmemory-policy", "noeviction"]);
    let (cache, large) = (cache(&server.location()), "x".repeat(4_000_000));
    let table = Table::new(&large);
    assert_eq!(table.read(&cache, 1), format!("{large} 1"));
    assert_eq!((outcomes(&cache, "loaded"), numbers(&cache).puts.get("full")), (1, Some(&1)));
    table.write("small");
    // The server may be full of what it was just sent, for a while.
    until("a small answer that is found", LIMIT, || {
        assert_eq!(table.read(&cache, 1), "small 1");
        outcomes(&cache, "hit") > 0
    });
}

#[test]
fn a_full_server_gives_what_it_has_and_takes_invalidations() {
    let server = RedisServer::start();
    let (here, table) = (cache(&server.location()), Table::new("old"));
    table.read(&here, 1);
    fill(&server);
    assert_eq!((table.read(&here, 1), outcomes(&here, "hit")), ("old 1".to_owned(), 1));
    table.write("new");
    here.invalidate([row(1)]).unwrap();
    assert_eq!(generations(&server), GENERATIONS - 1);
    // One whose generation is gone, and one that was never there.
    assert_eq!([table.read(&here, 1), table.read(&here, 2)], ["new 1", "new 2"]);
    tell(&server, "CONFIG SET maxmemory 0");
    assert_eq!([table.read(&here, 1), table.read(&here, 1)], ["new 1", "new 1"]);
    assert_eq!(outcomes(&here, "hit"), 2);
}

/// Deleting makes room: it must not be what there is no room for.
#[test]
fn a_full_server_takes_deletes() {
    let server = RedisServer::start();
    let (here, table) = (cache(&server.location()), Table::new("old"));
    let plain = Plain::new(here.core());
    let key = format!("{NAMESPACE}:1:k").into_bytes();
    table.read(&here, 1);
    assert!(plain.set(&key, Codec::Raw, b"value", None).unwrap());
    fill(&server);
    here.invalidate_key(&Answers, &Key { id: 1 }).unwrap();
    assert_eq!(plain.delete(&[key]).unwrap(), 1);
    table.write("new");
    assert_eq!(table.read(&here, 1), "new 1");
}

/// Neither the new value nor the old one is there then, and it is counted.
#[test]
fn a_plain_value_that_has_no_room_is_counted_and_ends_the_old_one() {
    let server = RedisServer::start();
    let here = cache(&server.location());
    let plain = Plain::new(here.core());
    let key = format!("{NAMESPACE}:1:k").into_bytes();
    assert!(plain.set(&key, Codec::Raw, b"old", None).unwrap());
    fill(&server);
    assert!(!plain.set(&key, Codec::Raw, b"new", None).unwrap());
    assert_eq!(plain_numbers(here.core()).puts.get("full"), Some(&1));
    assert_eq!(plain.get(&key, |_| Some(())).unwrap(), None);
}

/// They go in one step, so there is room for all or for none.
#[test]
fn plain_values_that_have_no_room_together_end_the_old_ones() {
    let server = RedisServer::start();
    let here = cache(&server.location());
    let plain = Plain::new(here.core());
    let keys: Vec<_> = (0..20).map(|at| format!("{NAMESPACE}:1:{at}").into_bytes()).collect();
    let all = |text: &[u8]| -> Vec<bool> {
        let values: Vec<_> = keys.iter().map(|key| (&key[..], Codec::Raw, text.to_vec())).collect();
        plain.set_many(&values, None).unwrap()
    };
    assert_eq!(all(b"old"), [true; 20]);
    fill(&server);
    assert_eq!(all(b"new"), [false; 20]);
    assert_eq!(plain_numbers(here.core()).puts.get("full"), Some(&20));
    assert!(keys.iter().all(|key| plain.get(key, |_| Some(())).unwrap().is_none()));
}

/// A server that forgets what it likes: entries, leases, and generations, which are the smallest.
/// A generation that was evicted comes back as another one.
#[test]
fn generations_that_are_evicted_under_pressure_bring_no_stale_answer() {
    let server = RedisServer::with(&["--maxmemory", "3mb", "--maxmemory-policy", "allkeys-lru"]);
    let caches = [cache(&server.location()), cache(&server.location())];
    let (dice, ballast) = (Dice::new(7), Table::new(&"x".repeat(16_000)));
    let rows: Vec<_> = (0..WRITTEN).map(|_| (Table::new("0"), History::new())).collect();
    std::thread::scope(|scope| {
        for reader in 0..4 {
            let (cache, dice, ballast, rows) = (&caches[reader % 2], &dice, &ballast, &rows);
            scope.spawn(move || {
                for _ in 0..400 {
                    ballast.read(cache, PRESSURE + number(dice.roll(300)));
                    let id = number(dice.roll(WRITTEN));
                    let (table, history) = &rows[usize::try_from(id).unwrap()];
                    history.read(|| version(&table.read(cache, id)));
                }
            });
        }
        for version in 1..=200 {
            let id = number(dice.roll(WRITTEN));
            let (table, history) = &rows[usize::try_from(id).unwrap()];
            let commit = || table.write(&version.to_string());
            history.write(version, commit, || caches[0].invalidate([row(id)]).unwrap());
        }
    });
    for (_, history) in &rows {
        assert_eq!(history.stale_reads(), []);
        assert!(history.read_count() > 100);
    }
    assert!(!text(&server, "INFO stats").contains("evicted_keys:0\r"), "nothing was evicted");
    assert!(outcomes(&caches[0], "hit") > 0, "nothing was ever cached");
}

/// The number of rows that are written.
const WRITTEN: u64 = 5;

/// The first of the rows that only take room.
const PRESSURE: i64 = 1000;

fn number(roll: u64) -> i64 {
    i64::try_from(roll).unwrap()
}

/// The version in an answer.
fn version(given: &str) -> u64 {
    given.split_once(' ').unwrap().0.parse().unwrap()
}

/// Leaves no room, whatever the server needs for itself.
fn fill(server: &RedisServer) {
    tell(server, "CONFIG SET maxmemory-policy noeviction");
    tell(server, "CONFIG SET maxmemory 1000");
}
