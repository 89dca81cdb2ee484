//! A small HTTP client whose requests can be left in the middle.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// A request that was sent; dropped, its connection is closed.
#[derive(Debug)]
pub(crate) struct Sent(TcpStream);

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Sent {
    /// Sends a request as a user, without waiting for its answer.
    pub(crate) fn new(
        address: SocketAddr,
        method: &str,
        path: &str,
        user: Option<i64>,
        body: Option<&Value>,
    ) -> Self {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let body = body.map(Value::to_string).unwrap_or_default();
        let user = user.map(|id| format!("x-user: {id}\r\n")).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{user}\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        Self(stream)
    }

    /// Waits for the answer.
    pub(crate) fn answer(mut self) -> Answer {
        let mut text = String::new();
        self.0.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").expect("an answer with a body");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let length = format!("content-length: {}", body.len());
        assert!(head.lines().any(|line| line.eq_ignore_ascii_case(&length)), "cut off: {text}");
        let body = serde_json::from_str(body).unwrap_or_else(|_| panic!("wanted JSON: {text}"));
        Answer { status: status.expect("a status"), body }
    }
}

impl Answer {
    /// The body of an answer that must be right.
    #[track_caller]
    pub(crate) fn good(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    /// The text of an answer that must be refused so.
    #[track_caller]
    pub(crate) fn refused(self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.body);
        self.body["error"].as_str().expect("an error").to_owned()
    }
}

/// No test waits longer for an answer.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);
