//! `clear` ends what the namespace has, and nothing else.

use surecache::driver::{Codec, Plain};
use surecache_testkit::RedisServer;

use crate::ground::{Table, cache, config_of, core, generations, keys, outcomes};

/// The name of one is the beginning of the other's.
#[test]
fn a_namespace_that_begins_with_the_name_of_the_cleared_one_is_kept() {
    let server = RedisServer::start();
    fill(&server.location(), "prod", &["prod:1:k", "prod:2:k", "prod:1:", "free"]);
    fill(&server.location(), "prod2", &["prod2:1:k", "free"]);
    fill(&server.location(), "pro", &["pro:1:k"]);
    clear(&server.location(), "prod");
    assert_eq!(keys(&server, "*:1:*"), ["pro:1:k", "prod2:1:k"]);
    assert_eq!(keys(&server, "*:~:*"), ["prod2:~:free"]);
}

#[test]
fn the_empty_namespace_clears_only_what_has_none() {
    let server = RedisServer::start();
    foreign(&server, &["celery", "x:1:k", ":lock:k"]);
    fill(&server.location(), "", &[":1:k", ":-2:k", "free"]);
    fill(&server.location(), "prod", &["prod:1:k"]);
    clear(&server.location(), "");
    assert_eq!(entries(&server), [":lock:k", "celery", "prod:1:k", "x:1:k"]);
}

/// Each of the others would be matched by the name as a pattern.
#[test]
fn glob_characters_in_a_namespace_mean_themselves() {
    let server = RedisServer::start();
    let namespace = "a*b?[x]\\^";
    fill(&server.location(), namespace, &[&format!("{namespace}:1:k"), "free"]);
    let others = ["aab?[x]\\^:1:k", "a*b![x]\\^:1:k", "a*b?x\\^:1:k", "a*b?[x]^:1:k", "abyx^:1:k"];
    foreign(&server, &others);
    clear(&server.location(), namespace);
    let mut wanted = others.map(str::to_owned);
    wanted.sort();
    assert_eq!(entries(&server), wanted);
}

#[test]
fn the_other_databases_of_the_server_are_kept() {
    let server = RedisServer::start();
    let other = format!("{}?db=1", server.location());
    for location in [&server.location(), &other] {
        fill(location, "prod", &["prod:1:k"]);
    }
    clear(&server.location(), "prod");
    assert_eq!(entries(&server), Vec::<String>::new());
    let plain = Plain::new(&core(&other, &config_of("prod")));
    assert_eq!(plain.get(b"prod:1:k", |_| Some(())).unwrap(), Some(()));
}

#[test]
fn the_keys_of_other_programs_are_kept() {
    let server = RedisServer::start();
    let others = ["celery", "prod", "prod-1:k", "prod:lock:x", "prod:r:queue", "prod:x1:k"];
    foreign(&server, &others);
    fill(&server.location(), "prod", &["prod:1:k"]);
    clear(&server.location(), "prod");
    assert_eq!(entries(&server), others);
}

/// A lease is somebody's load, which goes on. Of the generations the namespace's goes, with which
/// every answer of a region ends.
#[test]
fn leases_and_generations_are_kept_and_answers_end() {
    let server = RedisServer::start();
    let (cache, table) = (cache(&server.location()), Table::new("old"));
    for id in 0..2000 {
        table.read(&cache, id);
    }
    foreign(&server, &["ns:l:{ns:1:k}"]);
    let before = generations(&server);
    assert_eq!(keys(&server, "ns:r:*").len(), 2000);
    cache.core().clear().unwrap();
    assert_eq!((generations(&server), keys(&server, "ns:r:*").len()), (before - 1, 0));
    assert_eq!(keys(&server, "ns:l:*"), ["ns:l:{ns:1:k}"]);
    table.write("new");
    assert_eq!(table.read(&cache, 7), "new 7");
    assert_eq!(outcomes(&cache, "loaded"), 2001);
}

fn fill(location: &str, namespace: &str, keys: &[&str]) {
    let plain = Plain::new(&core(location, &config_of(namespace)));
    for key in keys {
        assert!(plain.set(key.as_bytes(), Codec::Raw, b"value", None).unwrap());
        assert_eq!(plain.get(key.as_bytes(), |_| Some(())).unwrap(), Some(()));
    }
}

fn clear(location: &str, namespace: &str) {
    core(location, &config_of(namespace)).clear().unwrap();
}

/// Keys of another program.
fn foreign(server: &RedisServer, keys: &[&str]) {
    for key in keys {
        assert!(!server.command(&[b"SET", key.as_bytes(), b"theirs"]).is_error());
    }
}

/// All keys but those of reports.
fn entries(server: &RedisServer) -> Vec<String> {
    keys(server, "*").into_iter().filter(|key| !key.contains(":s:")).collect()
}
