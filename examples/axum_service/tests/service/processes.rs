//! Two services on one database and one store.

use serde_json::json;
use surecache_testkit::Folder;

use crate::server::{Hold, Server};

#[test]
fn what_one_process_has_loaded_the_other_hits_and_what_one_writes_ends_it_for_both() {
    let data = Folder::new();
    let (one, other) = (Server::start(&data), Server::start(&data));
    assert_eq!(one.get("/profile/7"), other.get("/profile/7"));
    assert_eq!((one.count("profile_loads"), other.count("profile_loads")), (1, 0));
    other.post("/profile/7", &json!({ "title": "director" }));
    assert_eq!(one.get("/profile/7")["title"], "director");
    assert_eq!(other.get("/profile/7")["title"], "director");
    assert_eq!((one.count("profile_loads"), other.count("profile_loads")), (2, 0));
}

#[test]
fn requests_to_two_processes_cause_one_load() {
    let data = Folder::new();
    let (one, other) = (Server::start(&data), Server::start(&data));
    let hold = Hold::on(&data);
    let mut requests = vec![one.send("GET", "/profile/7", 7)];
    one.wait_for("profile_loads", 1);
    for server in [&one, &other] {
        requests.extend((0..25).map(|_| server.send("GET", "/profile/7", 7)));
    }
    other.wait_for("requests_in_progress", 25);
    hold.release("");
    for request in requests {
        assert_eq!(request.answer().good()["user_id"], 7);
    }
    assert_eq!((one.count("profile_loads"), other.count("profile_loads")), (1, 0));
}

#[test]
fn where_a_loading_process_is_killed_another_takes_over() {
    let data = Folder::new();
    let (one, other) = (Server::start(&data), Server::start(&data));
    let hold = Hold::on(&data);
    let lost = one.send("GET", "/profile/7", 7);
    one.wait_for("profile_loads", 1);
    let requests: Vec<_> = (0..5).map(|_| other.send("GET", "/profile/7", 7)).collect();
    other.wait_for("requests_in_progress", 5);
    assert_eq!(other.count("profile_loads"), 0);
    one.kill();
    other.wait_for("profile_loads", 1);
    hold.release("");
    for request in requests {
        assert_eq!(request.answer().good()["user_id"], 7);
    }
    assert_eq!(other.count("profile_loads"), 1);
    drop(lost);
}

#[test]
fn answers_survive_a_restart_of_the_service() {
    let data = Folder::new();
    let before = Server::start(&data);
    let profile = before.get("/profile/7");
    before.kill();
    let after = Server::start(&data);
    assert_eq!(after.get("/profile/7"), profile);
    assert_eq!(after.count("profile_loads"), 0);
}
