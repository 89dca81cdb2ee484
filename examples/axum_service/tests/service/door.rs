//! The command line, and requests that make no sense.

use std::net::TcpListener;

use serde_json::json;
use surecache_testkit::Folder;

use crate::client::Sent;
use crate::server::{Server, program};

/// Exit code, what it printed, what it complained of.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = program().args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn help_tells_every_option() {
    let (code, printed, _) = run(&["--help"]);
    assert_eq!(code, Some(0));
    for option in ["--data", "--listen", "--location", "--events"] {
        assert!(printed.contains(option), "{printed}");
    }
}

#[test]
fn what_cannot_be_served_is_said() {
    let data = Folder::new();
    let folder = data.path().to_str().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let cases = [
        (vec!["--port", "80"], 2, "no such option: --port"),
        (vec![], 2, "found no --data"),
        (vec!["--data", "/proc/none"], 1, "wanted a folder, found: /proc/none"),
        (vec!["--data", folder, "--events", "10", "--listen", &address], 1, &address),
        (vec!["--data", folder, "--location", "redis:/host"], 1, "found: redis:/host"),
    ];
    for (arguments, wanted, text) in cases {
        let (code, _, complaint) = run(&arguments);
        assert_eq!(code, Some(wanted), "{arguments:?}: {complaint}");
        assert!(complaint.contains(text), "{arguments:?}: {complaint}");
    }
}

#[test]
fn requests_that_make_no_sense_are_refused_with_a_reason() {
    let data = Folder::new();
    let server = Server::start(&data);
    let send = |method: &str, path: &str, user| Sent::new(server.address, method, path, user, None);
    let refused = |method, path, user, status| send(method, path, user).answer().refused(status);
    assert!(refused("GET", "/profile/9999", None, 404).contains("9999"));
    assert!(refused("GET", "/profile/me", None, 400).contains("me"));
    assert!(refused("GET", "/team/1/dashboard", None, 401).contains("x-user"));
    assert!(refused("GET", "/team/1/dashboard", Some(42), 403).contains("member of team 1"));
    assert!(refused("GET", "/nothing", None, 404).contains("no such address"));
    assert!(refused("PUT", "/team/3/user/7/permission/all", None, 400).contains("found: all"));
    let body = json!({ "name": "x" });
    let wrong = Sent::new(server.address, "POST", "/profile/7", None, Some(&body));
    assert!(wrong.answer().refused(422).contains("title"));
}
