//! The store on a server keeps what a store owes: on a real server, whose time goes by the test's
//! clock.
#![cfg(feature = "redis")]
#![expect(clippy::expect_used, reason = "a test panics where something is amiss")]

use std::sync::Arc;

use surecache::Clock;
use surecache::stores::{Redis, RedisOptions};
use surecache_testkit::{FaultyStore, RedisServer, Subject, certificate, conformance};

fn open(location: &str, namespace: &str, clock: Arc<dyn Clock>) -> Redis {
    let mut options = RedisOptions::parse(location).expect("a server's location is one");
    if location.starts_with("rediss://") {
        options = options.with_tls_ca_file(certificate("authority")).expect("it has TLS");
    }
    Redis::open(options, namespace, clock).expect("its files are there")
}

conformance!(redis, subject: {
    let server = Arc::new(RedisServer::on_manual_time());
    let location = server.location();
    Subject::new(move |namespace, clock| open(&location, namespace, clock))
        .on_advance(move |by| server.age(by))
});

conformance!(redis_over_tls, subject: {
    let server = Arc::new(RedisServer::on_manual_time_with_tls("server"));
    let location = server.location();
    Subject::new(move |namespace, clock| open(&location, namespace, clock))
        .on_advance(move |by| server.age(by))
});

conformance!(redis_in_a_faulty_store, subject: {
    let server = Arc::new(RedisServer::on_manual_time());
    let location = server.location();
    Subject::new(move |namespace, clock| FaultyStore::new(open(&location, namespace, clock)))
        .on_advance(move |by| server.age(by))
});
