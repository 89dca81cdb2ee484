//! Writes: what a request may still see once one has returned.

use std::net::TcpStream;
use std::sync::Arc;

use serde_json::{Value, json};
use surecache_testkit::Folder;
use surecache_testkit::history::History;

use crate::client::Sent;
use crate::server::{Hold, Server, eventually};

fn permissions(server: &Server, user: i64, team: i64) -> Vec<Value> {
    let dashboard = server.send("GET", &format!("/team/{team}/dashboard"), user).answer().good();
    assert_eq!(dashboard["user_id"], user);
    let kinds: Vec<_> = dashboard["totals"].as_array().unwrap().iter().collect();
    let visible = dashboard["rights"]["permissions"].as_array().unwrap().clone();
    assert_eq!(kinds.iter().map(|total| total["kind"].clone()).collect::<Vec<_>>(), visible);
    visible
}

#[test]
fn an_update_is_seen_by_every_request_that_starts_after_it_returned() {
    let data = Folder::new();
    let server = Arc::new(Server::start(&data));
    let history = Arc::new(History::new());
    let mut threads = Vec::new();
    for _ in 0..4 {
        let (server, history) = (Arc::clone(&server), Arc::clone(&history));
        let read = move || {
            for _ in 0..100 {
                history.read(|| server.get("/profile/7")["version"].as_u64().unwrap());
            }
        };
        threads.push(std::thread::Builder::new().spawn(read).unwrap());
    }
    for version in 2..=30 {
        let update = || {
            let title = json!({ "title": format!("title {version}") });
            assert_eq!(server.post("/profile/7", &title)["version"], version);
        };
        // The row is committed and told in the one request.
        history.write(version, || {}, update);
    }
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(history.stale_reads(), []);
    assert_eq!(history.read_count(), 400);
    assert_eq!(server.get("/profile/7")["title"], "title 30");
}

#[test]
fn a_permission_that_was_taken_away_is_gone_from_the_next_answer() {
    let data = Folder::new();
    let server = Server::start(&data);
    // Users 2 and 7 are in team 3, with the same permissions.
    let all = ["orders", "payouts", "refunds"];
    assert_eq!([permissions(&server, 2, 3), permissions(&server, 7, 3)], [all, all]);
    let path = "/team/3/user/7/permission/payouts";
    assert_eq!(server.send("DELETE", path, 1).answer().good(), json!({ "revoked": "payouts" }));
    assert_eq!(permissions(&server, 7, 3), ["orders", "refunds"]);
    assert_eq!(permissions(&server, 2, 3), all);
    // The other user's answer was not even loaded again.
    assert_eq!(server.count("dashboard_loads"), 3);
    server.send("PUT", path, 1).answer().good();
    assert_eq!(permissions(&server, 7, 3), all);
}

/// Only a row of the inner region changes; the dashboard is made of it.
#[test]
fn a_changed_role_is_in_the_next_dashboard() {
    let data = Folder::new();
    let server = Server::start(&data);
    let role =
        || server.send("GET", "/team/3/dashboard", 7).answer().good()["rights"]["role"].clone();
    assert_eq!(role(), "viewer");
    server.post("/team/3/user/7/role", &json!({ "role": "owner" }));
    assert_eq!(role(), "owner");
}

/// The client goes away while its write waits for the database. The row is committed after that,
/// and what was cached of it must end all the same.
#[test]
fn a_write_whose_client_has_gone_still_ends_what_was_cached() {
    let data = Folder::new();
    let server = Server::start(&data);
    assert_eq!(server.get("/profile/7")["title"], "engineer");
    let hold = Hold::on(&data);
    let body = json!({ "title": "director" });
    let update = Sent::new(server.address, "POST", "/profile/7", None, Some(&body));
    server.wait_for("requests_in_progress", 1);
    drop(update);
    server.wait_for("requests_in_progress", 0);
    assert_eq!(server.get("/profile/7")["title"], "engineer");
    hold.release("");
    eventually("the new title", || server.get("/profile/7")["title"] == "director");
}

/// As before, and then the service is asked to end. Its store outlives it.
#[test]
fn a_service_that_is_stopped_ends_what_its_last_write_changed() {
    let data = Folder::new();
    let (server, other) = (Server::start(&data), Server::start(&data));
    assert_eq!(other.get("/profile/7")["title"], "engineer");
    let hold = Hold::on(&data);
    let body = json!({ "title": "director" });
    let update = Sent::new(server.address, "POST", "/profile/7", None, Some(&body));
    server.wait_for("requests_in_progress", 1);
    drop(update);
    server.wait_for("requests_in_progress", 0);
    let address = server.address;
    let mut stopping = server.stop();
    eventually("no new connections", || TcpStream::connect(address).is_err());
    assert!(!stopping.is_over(), "it left its write undone");
    hold.release("");
    stopping.wait();
    assert_eq!(other.get("/profile/7")["title"], "director");
}
