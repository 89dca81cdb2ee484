//! Talks with a server that is played here.

use super::*;
use crate::key::{EntryKey, TagId};

const NOW: Moment = Moment { unix_ms: 1_000_000, uptime: Duration::from_secs(100) };

fn begin(request: &Request<'_>) -> (Talk, Names, Peer) {
    let (names, mut peer) = (Names::new("test"), Peer::default());
    let info = |text: &str| Value::Bulk(text.into());
    peer.tell(&info("run_id:a\r\n"), &info("role:master\r\nmaster_replid:b\r\n"), NOW.uptime);
    (Talk::begin(request, &names, &peer, NOW).unwrap(), names, peer)
}

fn error(text: &str) -> Value {
    Value::Error(text.to_owned())
}

/// The generations among the commands: bulk strings of 16 bytes.
fn offered(talk: &Talk) -> Vec<Vec<u8>> {
    let bytes = talk.commands().bytes();
    let marks = bytes.windows(5).enumerate().filter(|(_, window)| window == b"$16\r\n");
    marks.map(|(at, _)| bytes[at + 5..at + 21].to_vec()).collect()
}

/// The first tag's script was run, and the server forgot it before the second's. Meanwhile the
/// first tag is ended: its generation must not come back with the bytes that it had.
#[test]
fn generations_that_are_asked_for_again_get_other_bytes() {
    let tags = [TagId([1; 16]), TagId([2; 16])];
    let life = Duration::from_secs(60);
    let (mut talk, names, mut peer) = begin(&Request::Establish { tags: &tags, life });
    let first = offered(&talk);
    assert_eq!(first.len(), 2);
    let replies = vec![Value::Bulk(first[0][..].into()), error("NOSCRIPT No matching script.")];
    assert!(matches!(talk.hear(replies, &names, &mut peer), Said::More));
    let second = offered(&talk);
    assert_eq!(second.len(), 2);
    assert!(first.iter().all(|bytes| !second.contains(bytes)));
}

#[test]
fn a_script_that_stays_unknown_is_an_error() {
    let entry = EntryKey::plain(b"test:1:k");
    let token = crate::store::Token([9; 16]);
    let unknown = || error("NOSCRIPT No matching script.");
    let cases = [
        (Value::Bulk(b"digest"[..].into()), "did not give back a lease: NOSCRIPT"),
        (error("NOPERM this user has no permissions"), "did not take a script: NOPERM"),
    ];
    for (loaded, told) in cases {
        let (mut talk, names, mut peer) = begin(&Request::Release { entry: &entry, token });
        assert_eq!(talk.commands().replies(), 1);
        assert!(matches!(talk.hear(vec![unknown()], &names, &mut peer), Said::More));
        assert_eq!(talk.commands().replies(), 2);
        let Said::Done(Err(found)) = talk.hear(vec![loaded, unknown()], &names, &mut peer) else {
            panic!("wanted the end");
        };
        assert!(found.to_string().contains(told), "{found}");
    }
}

#[test]
fn nothing_is_sent_for_nothing() {
    let requests = [
        Request::Delete { entries: &[] },
        Request::FetchMany { entries: &[], tags: &[] },
        Request::Invalidate { tags: &[] },
    ];
    for request in requests {
        let (mut talk, names, mut peer) = begin(&request);
        assert!(talk.commands().bytes().is_empty(), "{request:?}");
        assert!(matches!(talk.hear(Vec::new(), &names, &mut peer), Said::Done(Ok(_))));
    }
}

#[test]
fn another_form_of_reply_is_an_error_and_no_value() {
    let entry = EntryKey::plain(b"test:1:k");
    let foreign = [
        Value::Integer(1),
        Value::Simple("OK".to_owned()),
        Value::Array(vec![Value::Bulk(b"x"[..].into())]),
        Value::Boolean(true),
    ];
    for reply in foreign {
        let (mut talk, names, mut peer) = begin(&Request::Fetch { entry: &entry, tags: &[] });
        let said = talk.hear(vec![reply.clone()], &names, &mut peer);
        assert!(matches!(said, Said::Done(Err(_))), "{reply:?}");
    }
}

#[test]
fn a_server_that_is_not_what_it_was_is_asked_again() {
    let entry = EntryKey::plain(b"test:1:k");
    let (mut talk, names, mut peer) = begin(&Request::Fetch { entry: &entry, tags: &[] });
    assert!(!peer.is_to_be_asked(NOW.uptime));
    let replies = vec![error("READONLY You can't write against a read only replica.")];
    assert!(matches!(talk.hear(replies, &names, &mut peer), Said::Done(Err(_))));
    assert!(talk.met_doubt() && peer.is_to_be_asked(NOW.uptime));
}

fn put(entry: &EntryKey) -> Request<'_> {
    let condition = crate::store::Condition::Always;
    Request::Put { entry, bytes: b"bytes", expires_unix_ms: u64::MAX, condition }
}

/// The replies to MULTI, SET, DEL and EXEC.
fn transaction(last: Value) -> Vec<Value> {
    let simple = |text: &str| Value::Simple(text.to_owned());
    vec![simple("OK"), simple("QUEUED"), simple("QUEUED"), last]
}

#[test]
fn a_put_that_ended_a_lease_tells_who_waits_for_it() {
    let (entry, done) = (EntryKey::plain(b"test:1:k"), Value::Simple("OK".to_owned()));
    for (leases, is_told) in [(0, false), (1, true)] {
        let (mut talk, names, mut peer) = begin(&put(&entry));
        let last = Value::Array(vec![done.clone(), Value::Integer(leases)]);
        let mut said = talk.hear(transaction(last), &names, &mut peer);
        assert_eq!(matches!(said, Said::More), is_told);
        if is_told {
            let sent = String::from_utf8_lossy(talk.commands().bytes());
            assert!(sent.contains("PUBLISH") && sent.contains("test:w:test:1:k"), "{sent}");
            // Whether anybody could be told makes no difference to what is stored.
            said = talk.hear(vec![error("NOPERM no channel")], &names, &mut peer);
        }
        assert!(matches!(said, Said::Done(Ok(Reply::Put(Put::Stored)))), "{said:?}");
    }
}

#[test]
fn a_transaction_that_was_not_carried_out_stores_nothing() {
    let entry = EntryKey::plain(b"test:1:k");
    let aborted = || error("EXECABORT Transaction discarded because of previous errors.");
    let refused = |text: &str| {
        let mut replies = transaction(aborted());
        replies[1] = error(text);
        replies
    };
    let (mut talk, names, mut peer) = begin(&put(&entry));
    let said = talk.hear(refused("OOM command not allowed"), &names, &mut peer);
    assert!(matches!(said, Said::Done(Ok(Reply::Put(Put::Full)))), "{said:?}");
    let wrong = [
        refused("READONLY You can't write against a read only replica."),
        transaction(aborted()),
        transaction(Value::Nil),
        transaction(Value::Array(vec![Value::Simple("OK".to_owned())])),
        transaction(Value::Array(vec![error("MISCONF no"), Value::Integer(0)])),
        Vec::new(),
    ];
    for replies in wrong {
        let (mut talk, names, mut peer) = begin(&put(&entry));
        let said = talk.hear(replies.clone(), &names, &mut peer);
        assert!(matches!(said, Said::Done(Err(_))), "{replies:?}");
    }
}
