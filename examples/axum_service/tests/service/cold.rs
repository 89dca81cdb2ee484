//! Many requests on a cold key, while its load is held in the database.

use serde_json::Value;
use surecache_testkit::Folder;

use crate::client::Sent;
use crate::server::{Hold, Server};

/// User 42 is a member of team 3.
const DASHBOARD: &str = "/team/3/dashboard";
const PROFILE: &str = "/profile/42";

/// Where to ask, and which loads are counted for it.
const CASES: [(&str, &str); 2] = [(PROFILE, "profile_loads"), (DASHBOARD, "dashboard_loads")];

/// Fifty requests, of which all are being answered, and one load is begun.
fn fifty(server: &Server, path: &str, loads: &str) -> Vec<Sent> {
    let mut requests = vec![server.send("GET", path, 42)];
    server.wait_for(loads, 1);
    requests.extend((1..50).map(|_| server.send("GET", path, 42)));
    server.wait_for("requests_in_progress", 50);
    requests
}

fn user_of(answer: &Value) -> Option<i64> {
    answer["user_id"].as_i64()
}

#[test]
fn fifty_requests_on_a_cold_key_cause_one_load() {
    for (path, loads) in CASES {
        let data = Folder::new();
        let server = Server::start(&data);
        let hold = Hold::on(&data);
        let requests = fifty(&server, path, loads);
        hold.release("");
        let answers: Vec<_> = requests.into_iter().map(|sent| sent.answer().good()).collect();
        assert_eq!(user_of(&answers[0]), Some(42));
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        assert_eq!(server.count(loads), 1);
    }
}

#[test]
fn where_the_first_client_goes_away_in_mid_load_the_other_49_are_answered() {
    for (path, loads) in CASES {
        let data = Folder::new();
        let server = Server::start(&data);
        let hold = Hold::on(&data);
        let mut requests = fifty(&server, path, loads);
        drop(requests.remove(0));
        // Its request ends, and one of the others loads.
        server.wait_for("requests_in_progress", 49);
        server.wait_for(loads, 2);
        hold.release("");
        let answers: Vec<_> = requests.into_iter().map(|sent| sent.answer().good()).collect();
        assert_eq!(answers.len(), 49);
        assert!(answers.iter().all(|answer| user_of(answer) == Some(42)));
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        assert_eq!(server.count(loads), 2);
        server.get(path);
        assert_eq!(server.count(loads), 2, "the answer was not stored");
    }
}

#[test]
fn a_failing_load_fails_all_who_wait_for_it_at_once() {
    for (path, loads) in CASES {
        let data = Folder::new();
        let server = Server::start(&data);
        let hold = Hold::on(&data);
        let requests = fifty(&server, path, loads);
        hold.release("DROP TABLE memberships");
        for request in requests {
            let text = request.answer().refused(500);
            assert!(text.contains("no such table: memberships"), "{text}");
        }
        assert_eq!(server.count(loads), 1);
        // It is not stored: the next request loads, and meets the failure for itself.
        server.send("GET", path, 42).answer().refused(500);
        assert_eq!(server.count(loads), 2);
    }
}

#[test]
fn warm_requests_are_answered_without_the_database() {
    let data = Folder::new();
    let server = Server::start(&data);
    let first = CASES.map(|(path, _)| server.get(path));
    let _hold = Hold::on(&data);
    for _ in 0..10 {
        assert_eq!(CASES.map(|(path, _)| server.get(path)), first);
    }
    let regions = &server.get("/statistics")["cache"]["regions"];
    for region in ["user_profile", "dashboard"] {
        assert_eq!(regions[region]["outcomes"]["loaded"], 1, "{regions}");
        assert_eq!(regions[region]["outcomes"]["hit"], 10, "{regions}");
    }
}
