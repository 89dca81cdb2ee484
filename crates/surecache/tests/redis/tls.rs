//! Servers with TLS: who is believed, who is told what, and that nothing goes another way.

use surecache::driver::{Codec, Plain};
use surecache::{BlockingCache, Config, Error};
use surecache_resp::Value;
use surecache_testkit::{RedisServer, certificate};

use crate::ground::{LIMIT, Table, ask, assert_is_shared, config, outcomes, row, text, until};

#[test]
fn answers_are_given_and_ended_over_tls() {
    let server = RedisServer::on_tls("server", &[]);
    let (cache, table) = (cache(&server), Table::new("old"));
    let read = || table.read(&cache, 1);
    assert_eq!([read(), read()], ["old 1", "old 1"]);
    table.write("new");
    cache.invalidate([row(1)]).unwrap();
    assert_eq!((read(), table.loads(), outcomes(&cache, "hit")), ("new 1".to_owned(), 2, 1));
}

/// Far more than a record, or a buffer of a socket, holds.
#[test]
fn a_large_value_comes_whole() {
    let server = RedisServer::on_tls("server", &[]);
    let cache = cache(&server);
    let plain = Plain::new(cache.core());
    let value: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    assert!(plain.set(b"ns:1:k", Codec::Raw, &value, None).unwrap());
    let found = plain.get(b"ns:1:k", |found| Some(*found.payload == *value));
    assert_eq!(found.unwrap(), Some(true));
}

/// What another thread subscribes with; that the message wakes is shown in `tests/redis`.
#[test]
fn a_waiter_of_another_process_subscribes_over_tls() {
    let server = RedisServer::on_tls("server", &[]);
    let [one, other] = [cache(&server), cache(&server)];
    let slow = Table::with("old", move |_| {
        until("a subscription", LIMIT, || text(&server, "CLIENT LIST").contains("cmd=subscribe"));
    });
    assert_is_shared(&slow, &one, &other);
}

/// Whoever stands between the two has no certificate that counts. It is not an outage: the way out
/// is told at every call, and the callers load.
#[test]
fn a_server_that_cannot_prove_who_it_is_is_told_nothing() {
    let cases = [
        ("server", "stranger", "UnknownIssuer", "hint: set tls_ca_file"),
        ("elsewhere", "authority", "not valid for name", "hint: write the location with a name"),
        ("expired", "authority", "expired", "expired"),
    ];
    for (shown, trusted, why, hint) in cases {
        let server = RedisServer::on_tls(shown, &[]);
        let cache = open(&server.location(), config().with_tls_ca_file(certificate(trusted)));
        for call in 1..=6 {
            let error = set(&cache).unwrap_err();
            let text = error.to_string();
            assert!(error.is_unavailable(), "{text}");
            assert!(text.contains(why) && text.contains(hint), "{shown}, call {call}: {text}");
        }
        let table = Table::new("old");
        assert_eq!(table.read(&cache, 1), "old 1");
        assert_eq!(ask(&server, "DBSIZE"), Value::Integer(0));
    }
}

#[test]
fn a_service_behind_sentinels_is_asked_over_tls() {
    let server = RedisServer::on_tls("server", &[]);
    let sentinel = RedisServer::sentinel(&server, "shop");
    let location = sentinel.location().replacen("rediss", "rediss+sentinel", 1) + "/shop";
    let trusting = |name| config().with_tls_ca_file(certificate(name));
    let (cache, table) = (open(&location, trusting("authority")), Table::new("old"));
    assert_eq!([table.read(&cache, 1), table.read(&cache, 1)], ["old 1", "old 1"]);
    assert_eq!(outcomes(&cache, "hit"), 1);
    let mistrusting = open(&location, trusting("stranger"));
    let named = format!("the sentinel 127.0.0.1:{} cannot be used", sentinel.port().unwrap());
    for call in 1..=6 {
        let error = set(&mistrusting).unwrap_err().to_string();
        assert!(error.contains("hint: set tls_ca_file"), "call {call}: {error}");
        assert!(error.contains(&named), "call {call}: {error}");
    }
}

#[test]
fn a_server_that_wants_a_certificate_of_its_clients_gets_one() {
    let server = RedisServer::on_tls("server", &["--tls-auth-clients", "yes"]);
    let trusting = config().with_tls_ca_file(certificate("authority"));
    let error = set(&open(&server.location(), trusting.clone())).unwrap_err().to_string();
    assert!(error.contains("hint: it may want tls_cert_file"), "{error}");
    let (certificate, key) = identity("client");
    set(&open(&server.location(), trusting.with_tls_identity(certificate, key))).unwrap();
}

/// Each waits for the other to begin, or takes its first words for rubbish.
#[test]
fn a_server_that_speaks_tls_where_the_client_does_not_is_refused_in_time() {
    let (secured, open_to_all) = (RedisServer::on_tls("server", &[]), RedisServer::on_tcp(&[]));
    let plainly = secured.location().replacen("rediss", "redis", 1);
    assert!(set(&open(&plainly, config())).unwrap_err().is_unavailable());
    let safely = open_to_all.location().replacen("redis", "rediss", 1);
    let trusting = config().with_tls_ca_file(certificate("authority"));
    assert!(set(&open(&safely, trusting)).unwrap_err().is_unavailable());
    assert_eq!(ask(&open_to_all, "DBSIZE"), Value::Integer(0));
}

#[test]
fn files_that_are_not_what_they_should_be_are_refused_when_the_cache_is_opened() {
    let [good, missing] = [certificate("authority"), certificate("nobody")];
    let (client, key) = identity("client");
    let (other, _) = identity("server");
    let cases = [
        ("tls_ca_file", config().with_tls_ca_file(&missing)),
        ("tls_ca_file", config().with_tls_ca_file(&key)),
        ("tls_cert_file", config().with_tls_ca_file(&good).with_tls_identity(&missing, &key)),
        ("tls_key_file", config().with_tls_ca_file(&good).with_tls_identity(&other, &key)),
        ("tls_key_file", config().with_tls_ca_file(&good).with_tls_identity(&client, &missing)),
        ("tls_key_file", config().with_tls_ca_file(&good).with_tls_identity(&client, &client)),
    ];
    for (setting, config) in cases {
        let error = BlockingCache::open("rediss://127.0.0.1:1", config).unwrap_err();
        assert!(error.is_misuse(), "{error}");
        assert!(error.to_string().starts_with(setting), "{setting}: {error}");
    }
    for config in [config().with_tls_ca_file(&good), config().with_tls_identity(client, key)] {
        for location in ["redis://127.0.0.1:1", "memory://tls"] {
            let error = BlockingCache::open(location, config.clone()).unwrap_err();
            assert!(error.is_misuse() && error.to_string().contains("tls_"), "{error}");
        }
    }
}

fn cache(server: &RedisServer) -> BlockingCache {
    open(&server.location(), config().with_tls_ca_file(certificate("authority")))
}

fn open(location: &str, config: Config) -> BlockingCache {
    BlockingCache::open(location, config).unwrap()
}

fn set(cache: &BlockingCache) -> Result<bool, Error> {
    Plain::new(cache.core()).set(b"ns:1:k", Codec::Raw, b"value", None)
}

fn identity(name: &str) -> (std::path::PathBuf, std::path::PathBuf) {
    let certificate = certificate(name);
    let key = certificate.with_extension("key");
    (certificate, key)
}
