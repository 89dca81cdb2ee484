//! Patterns mean what they mean to the server.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use surecache::stores::Glob;
use surecache_testkit::RedisServer;

/// Few signs, so that they meet often; two of them are no ASCII.
const SIGNS: &[u8] = b"ab-]\\[^*?\xc3\xfc";

#[test]
fn a_pattern_matches_what_it_matches_on_the_server() {
    let server = RedisServer::start();
    let keys = some_keys();
    for key in &keys {
        assert!(!server.command(&[b"SET", key, b""]).is_error());
    }
    let pattern = prop::collection::vec(prop::sample::select(SIGNS), 0..9);
    let mut runner = TestRunner::new(Config { cases: 3000, ..Config::default() });
    let run = runner.run(&pattern, |pattern| {
        let glob = Glob::new(&pattern);
        let mut ours: Vec<_> = keys.iter().filter(|key| glob.matches(key)).cloned().collect();
        let told = server.command(&[b"KEYS", &pattern]).into_array().unwrap();
        let mut theirs: Vec<_> = told.into_iter().map(|key| key.into_bulk().unwrap()).collect();
        ours.sort();
        theirs.sort();
        prop_assert_eq!(ours, theirs);
        Ok(())
    });
    run.unwrap();
}

/// All texts of one and two signs, and some of three and four.
fn some_keys() -> Vec<Vec<u8>> {
    let mut keys: Vec<_> = SIGNS.iter().map(|sign| vec![*sign]).collect();
    let mut last = keys.clone();
    for keep_one_in in [1, 3, 40] {
        let longer =
            last.iter().flat_map(|key| SIGNS.iter().map(|sign| [&key[..], &[*sign]].concat()));
        last = longer.step_by(keep_one_in).collect();
        keys.extend(last.iter().cloned());
    }
    keys
}
