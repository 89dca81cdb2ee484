//! Something between the cache and its server mixes up replies, cuts them off, holds them back and
//! sends them twice. Errors are allowed; foreign values and hangs are not.

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use surecache::driver::{Codec, Plain, PlainValue};
use surecache::{BlockingCache, Clock as _, SystemClock};
use surecache_testkit::RedisServer;

use crate::ground::{Dice, Table, cache, numbers, plain_numbers};
use crate::relay::{Relay, shape};

/// A fifth of the replies are those to other questions, of the same form.
#[test]
fn replies_to_other_questions_bring_no_foreign_value() {
    let met = survive(Mischief { foreign: 200, ..Mischief::default() });
    assert!(met.refused > 100, "{met:?}");
}

#[test]
fn connections_that_are_cut_in_the_middle_of_a_reply_bring_no_foreign_value() {
    let met = survive(Mischief { cut: 30, ..Mischief::default() });
    assert!(met.unanswered > 10 && met.refused == 0, "{met:?}");
}

/// The second one may come at once, or when the next question was asked.
#[test]
fn replies_that_come_twice_bring_no_foreign_value() {
    let met = survive(Mischief { twice: 50, ..Mischief::default() });
    assert!(met.unanswered > 10, "{met:?}");
}

#[test]
fn all_mischief_at_once_brings_no_foreign_value() {
    let mischief = Mischief { foreign: 200, cut: 10, twice: 20, late: 20, ..Mischief::default() };
    let met = survive(mischief);
    assert!(met.refused > 100 && met.unanswered > 10, "{met:?}");
}

/// How many replies of a thousand meet what.
#[derive(Default)]
struct Mischief {
    foreign: u64,
    cut: u64,
    twice: u64,
    late: u64,
    seen: Mutex<HashMap<String, Vec<Vec<u8>>>>,
}

impl Mischief {
    fn pass(&self, dice: &Dice, client: &mut TcpStream, reply: &[u8]) -> io::Result<()> {
        let other = self.swap(dice, reply);
        let meets = |rate| dice.roll(1000) < rate;
        if meets(self.late) {
            std::thread::sleep(Duration::from_millis(dice.roll(20)));
        }
        if meets(self.foreign) {
            return client.write_all(&other);
        }
        if meets(self.cut) {
            client.write_all(&reply[..reply.len() / 2])?;
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        client.write_all(reply)?;
        if meets(self.twice) {
            std::thread::sleep(Duration::from_millis(dice.roll(2)));
            client.write_all(reply)?;
        }
        Ok(())
    }

    /// Remembers a reply, and finds another of the same form.
    fn swap(&self, dice: &Dice, reply: &[u8]) -> Vec<u8> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let alike = seen.entry(shape(reply)).or_default();
        let place = |count: usize| usize::try_from(dice.roll(count as u64)).unwrap();
        if alike.len() < 100 {
            alike.push(reply.to_vec());
        } else {
            let place = place(alike.len());
            alike[place] = reply.to_vec();
        }
        alike[place(alike.len())].clone()
    }
}

/// Eight threads of two caches read the same 200 keys, plain ones and answers, until enough was
/// found: a cache that meets many failures in a row does not ask for a while, whoever reads.
fn survive(mischief: Mischief) -> Met {
    let (server, dice) = (RedisServer::start(), Dice::new(11));
    let relay = Relay::with(&server, move |client, reply| mischief.pass(&dice, client, reply));
    let caches = [cache(&relay.location()), cache(&relay.location())];
    let table = Table::with("row", |_| std::thread::yield_now());
    let began = SystemClock.uptime();
    loop {
        read_all(&caches, &table);
        let (met, took) = (Met::by(&caches), SystemClock.uptime() - began);
        assert!(took < Duration::from_secs(20), "it took {took:?}: {met:?}");
        if met.found > 100 {
            return met;
        }
    }
}

fn read_all(caches: &[BlockingCache; 2], table: &Table) {
    std::thread::scope(|scope| {
        for reader in 0..8 {
            let cache = &caches[reader % 2];
            scope
                .spawn(move || (0..200).for_each(|id| read(cache, table, (id + 7 * reader) % 200)));
        }
    });
}

/// How reads of plain keys and answers ended.
#[derive(Debug)]
struct Met {
    found: u64,
    refused: u64,
    unanswered: u64,
}

impl Met {
    fn by(caches: &[BlockingCache]) -> Self {
        let each = caches.iter().flat_map(|cache| [numbers(cache), plain_numbers(cache.core())]);
        let each: Vec<_> = each.collect();
        let count = |name| each.iter().filter_map(|summary| summary.outcomes.get(name)).sum();
        let refused = each.iter().flat_map(|summary| summary.refusals.values()).sum();
        Self { found: count("hit"), refused, unanswered: count("unavailable") }
    }
}

/// Whoever is given a value is given the key's.
fn read(cache: &BlockingCache, table: &Table, id: usize) {
    let plain = Plain::new(cache.core());
    let (key, wanted) = (format!("ns:1:{id}").into_bytes(), format!("value {id}"));
    let text = |value: &PlainValue| String::from_utf8(value.payload.to_vec()).ok();
    for _ in 0..2 {
        match plain.get(&key, text) {
            Ok(Some(found)) => assert_eq!(found, wanted),
            Ok(None) => drop(plain.set(&key, Codec::Raw, wanted.as_bytes(), None)),
            Err(error) => assert!(error.is_unavailable(), "{error}"),
        }
    }
    let id = i64::try_from(id).unwrap();
    for _ in 0..2 {
        match table.try_read(cache, id) {
            Ok(given) => assert_eq!(given, format!("row {id}")),
            Err(error) => assert!(!format!("{error:?}").contains("Loader"), "{error:?}"),
        }
    }
}
