//! A handle made before a fork works in the child, on a real server. A file of its own: this test
//! forks, and no other should be running at that moment.
#![cfg(feature = "redis")]

use std::sync::Arc;

use surecache::SystemClock;
use surecache::stores::{Redis, RedisOptions};
use surecache_testkit::RedisServer;
use surecache_testkit::fork::{Contents, under_load};

/// A child that used a connection of its parent would take the answers to the parent's questions.
#[test]
fn redis_survives_sixty_forks_and_shares_its_contents() {
    let server = RedisServer::start();
    let options = RedisOptions::parse(&server.location()).expect("a server's location is one");
    let store = Redis::open(options, "test", Arc::new(SystemClock)).expect("it names no files");
    under_load(&store, Contents::Shared, 60);
}
