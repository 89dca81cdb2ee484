//! The replies to each kind of command, read. What is no answer to what was asked is refused: a
//! proxy may hand back another's.

use std::time::Duration;
use std::vec::IntoIter;

use bytes::BytesMut;
use surecache_resp::Value;

use super::peer::{Peer, field, text as info};
use super::refused::{self, Refused};
use crate::base::Error;
use crate::store::{Acquired, Digest, Fetched, Generation, Locked, Put, Reading, Reply, Token};

/// What is read, or what the server said instead.
pub(super) type Read<T> = Result<T, Refused>;

/// The next reply; none is like nil, which each reader judges.
pub(super) fn next(replies: &mut IntoIter<Value>) -> Value {
    replies.next().unwrap_or(Value::Nil)
}

/// The error that a reply is.
pub(super) fn error_of(reply: &Value) -> Option<Refused> {
    match reply {
        Value::Error(error) => Some(refused::of(error)),
        _ => None,
    }
}

fn unexpected<T>(reply: &Value, wanted: &str) -> Read<T> {
    Err(error_of(reply).unwrap_or_else(|| Refused::unexpected(wanted)))
}

/// `{0, token and digest}` or `{1, entry or nil}`.
pub(super) fn acquired(reply: Value) -> Read<Acquired> {
    let Value::Array(parts) = reply else { return unexpected(&reply, "no pair for a lease") };
    let mut parts = parts.into_iter();
    match (next(&mut parts), next(&mut parts)) {
        (Value::Integer(1), entry) => Ok(Acquired::Taken { entry: entry_of(entry)? }),
        (Value::Integer(0), Value::Bulk(held)) => match held.split_at_checked(16) {
            Some((token, digest)) if digest.len() == 16 => {
                Ok(Acquired::Held { token: Token(sixteen(token)), digest: Digest(sixteen(digest)) })
            }
            _ => Err(Refused::unexpected("a lease of another length")),
        },
        (other, _) => unexpected(&other, "no pair for a lease"),
    }
}

/// `{1, fencing token}`, or `{0, milliseconds until a place falls free}`.
pub(super) fn locked(reply: Value) -> Read<Locked> {
    let Value::Array(parts) = reply else { return unexpected(&reply, "no pair for a lock") };
    let mut parts = parts.into_iter();
    match (next(&mut parts), next(&mut parts)) {
        (Value::Integer(1), Value::Bulk(drawn)) => {
            let drawn = std::str::from_utf8(&drawn).ok().and_then(|drawn| drawn.parse().ok());
            let drawn = drawn.ok_or_else(|| Refused::unexpected("a fencing token of no digits"));
            drawn.map(|fencing_token| Locked::Taken { fencing_token })
        }
        (Value::Integer(0), Value::Integer(left)) => {
            Ok(Locked::Full { left: u64::try_from(left).ok().map(Duration::from_millis) })
        }
        (other, _) => unexpected(&other, "no pair for a lock"),
    }
}

/// Milliseconds, 0 where nothing was prolonged.
pub(super) fn prolonged(reply: &Value) -> Read<Option<Duration>> {
    let left = u64::try_from(number(reply)?).unwrap_or(0);
    Ok((left > 0).then_some(Duration::from_millis(left)))
}

/// The tokens in those places that are held.
pub(super) fn holders(replies: IntoIter<Value>) -> Read<Vec<Token>> {
    let places = values(replies)?.map(entry_of).collect::<Read<Vec<_>>>()?;
    let token = |held: BytesMut| match <[u8; 16]>::try_from(&held[..]) {
        Ok(token) => Ok(Token(token)),
        Err(_) => Err(Refused::unexpected("the holder of a lock of another length")),
    };
    places.into_iter().flatten().map(token).collect()
}

/// The policy in INFO's section `memory`; none where nothing is ever dropped for room.
pub(super) fn eviction(reply: &Value) -> Read<Option<String>> {
    let memory = info(reply)?;
    let (Some(limit), Some(policy)) =
        (field(memory, "maxmemory:"), field(memory, "maxmemory_policy:"))
    else {
        return Err(Refused::unexpected("INFO without maxmemory and maxmemory_policy"));
    };
    let is_bounded = limit != "0" && policy != "noeviction";
    Ok(is_bounded.then(|| policy.to_owned()))
}

/// One reply for each entry: how many there were.
pub(super) fn deleted(replies: IntoIter<Value>) -> Read<usize> {
    replies.map(|reply| Ok(usize::from(flag(&reply)?))).sum()
}

/// One reply for each generation; one that could not be made for lack of room is absent.
pub(super) fn established(
    replies: IntoIter<Value>,
    peer: &Peer,
) -> Result<Vec<Option<Reading>>, Error> {
    let what = "make generations";
    let mut readings = Vec::with_capacity(replies.len());
    for reply in replies {
        // Nothing can be stamped where it is not known who served it: an error that says why. A
        // replica's says more than that it takes no writes.
        if let Some(refused) = error_of(&reply)
            && !refused.is_full()
            && !peer.is_replica()
        {
            return Err(refused.error(what));
        }
        let incarnation = peer.incarnation()?;
        let generation = generation(&reply);
        readings.push(generation.map(|generation| Reading { generation, incarnation }));
    }
    Ok(readings)
}

/// The generations among values, none of which is there where their server is not known.
pub(super) fn generations(values: IntoIter<Value>, peer: &Peer) -> Vec<Option<Reading>> {
    let incarnation = peer.incarnation().ok();
    let reading =
        |value: Value| Some(Reading { generation: generation(&value)?, incarnation: incarnation? });
    values.map(reading).collect()
}

fn generation(value: &Value) -> Option<Generation> {
    match value {
        Value::Bulk(bytes) => <[u8; 16]>::try_from(&bytes[..]).ok().map(Generation),
        _ => None,
    }
}

/// The bytes of an entry.
pub(super) fn entry_of(value: Value) -> Read<Option<BytesMut>> {
    match value {
        Value::Bulk(bytes) => Ok(Some(bytes)),
        Value::Nil => Ok(None),
        other => unexpected(&other, "no bytes for an entry"),
    }
}

/// Bytes that are no entry, if any are there.
pub(super) fn bytes_of(value: Value) -> Read<Option<Vec<u8>>> {
    Ok(entry_of(value)?.map(|bytes| bytes.to_vec()))
}

/// The one array of MGET.
pub(super) fn values(mut replies: IntoIter<Value>) -> Read<IntoIter<Value>> {
    match next(&mut replies) {
        Value::Array(values) => Ok(values.into_iter()),
        other => unexpected(&other, "no array for MGET"),
    }
}

/// The arrays of some MGETs, joined: entries, then generations.
pub(super) fn fetched_many(
    replies: IntoIter<Value>,
    entries: usize,
    tags: usize,
    peer: &Peer,
) -> Read<Reply> {
    let mut all = Vec::new();
    for reply in replies {
        let Value::Array(values) = reply else { return unexpected(&reply, "no array for MGET") };
        if all.is_empty() { all = values } else { all.extend(values) }
    }
    if all.len() != entries + tags {
        return Err(Refused::unexpected("another number of values than keys"));
    }
    let generations = generations(all.split_off(entries).into_iter(), peer);
    let entries = all.into_iter().map(entry_of).collect::<Read<_>>()?;
    Ok(Reply::FetchedMany { entries, generations })
}

/// Numbers, as deletions are answered.
pub(super) fn counted(replies: IntoIter<Value>) -> Read<Reply> {
    replies.as_slice().iter().try_for_each(|reply| number(reply).map(|_| ()))?;
    Ok(Reply::Done)
}

/// Whether all was done.
pub(super) fn done(replies: IntoIter<Value>) -> Read<Reply> {
    match replies.as_slice().iter().find_map(error_of) {
        Some(refused) => Err(refused),
        None => Ok(Reply::Done),
    }
}

/// A put's 1 or 0, or what stands there.
pub(super) fn put(reply: Value, otherwise: Put) -> Read<Reply> {
    match (reply, otherwise) {
        (Value::Array(there), Put::Changed) => {
            let entry = entry_of(next(&mut there.into_iter()))?;
            Ok(Reply::Fetched(Fetched { entry, generations: Vec::new() }))
        }
        (reply, _) => Ok(Reply::Put(match error_of(&reply) {
            // What is there is compared with what was read: a collection is something else.
            Some(refused) if refused.is_wrong_kind() => otherwise,
            Some(refused) => full(refused)?,
            None if flag(&reply)? => Put::Stored,
            None => otherwise,
        })),
    }
}

/// The replies of a transaction that stores so many entries and deletes their leases: whether there
/// was one.
pub(super) fn put_always(mut replies: IntoIter<Value>, entries: usize) -> Read<bool> {
    // One that was not queued is told before the end, which says only that there was one.
    if let Some(refused) = replies.as_slice().iter().find_map(error_of) {
        return Err(refused);
    }
    let last = replies.next_back().unwrap_or(Value::Nil);
    let Value::Array(done) = last else { return unexpected(&last, "no end of a transaction") };
    match done.split_last() {
        Some((leases, stored)) if stored.len() == entries => {
            match stored.iter().find_map(error_of) {
                Some(refused) => Err(refused),
                None => flag(leases),
            }
        }
        _ => Err(Refused::unexpected("another number of replies in a transaction")),
    }
}

pub(super) fn full(refused: Refused) -> Read<Put> {
    if refused.is_full() { Ok(Put::Full) } else { Err(refused) }
}

/// PTTL's milliseconds, -1 for no end, -2 for no key.
pub(super) fn expiry(reply: &Value) -> Read<Option<Option<Duration>>> {
    Ok(match number(reply)? {
        -2 => None,
        left => Some(u64::try_from(left).ok().map(Duration::from_millis)),
    })
}

pub(super) fn flag(reply: &Value) -> Read<bool> {
    Ok(number(reply)? != 0)
}

pub(super) fn number(reply: &Value) -> Read<i64> {
    match reply {
        Value::Integer(number) => Ok(*number),
        other => unexpected(other, "no number"),
    }
}

/// A step of clearing: where the deletion of keys was asked for, its reply, then SCAN's cursor and
/// keys.
pub(super) fn cleared(
    is_deletion: bool,
    mut replies: IntoIter<Value>,
) -> Read<(Vec<u8>, Vec<Vec<u8>>)> {
    if is_deletion {
        number(&next(&mut replies))?;
    }
    scanned(next(&mut replies))
}

/// SCAN's cursor and keys.
pub(super) fn scanned(reply: Value) -> Read<(Vec<u8>, Vec<Vec<u8>>)> {
    let Value::Array(parts) = reply else { return unexpected(&reply, "no pair for SCAN") };
    let mut parts = parts.into_iter();
    match next(&mut parts) {
        Value::Bulk(cursor) => Ok((cursor.to_vec(), texts(next(&mut parts))?)),
        other => unexpected(&other, "no cursor for SCAN"),
    }
}

/// A list of texts.
pub(super) fn texts(reply: Value) -> Read<Vec<Vec<u8>>> {
    let Value::Array(parts) = reply else { return unexpected(&reply, "no array of texts") };
    let text = |part| match part {
        Value::Bulk(text) => Ok(text.to_vec()),
        other => unexpected(&other, "no text"),
    };
    parts.into_iter().map(text).collect()
}

/// The reports that are there.
pub(super) fn records(replies: IntoIter<Value>) -> Read<Vec<Vec<u8>>> {
    let records = values(replies)?.map(bytes_of).collect::<Read<Vec<_>>>()?;
    Ok(records.into_iter().flatten().collect())
}

/// Of a part whose length was checked.
fn sixteen(bytes: &[u8]) -> [u8; 16] {
    let mut sixteen = [0; 16];
    sixteen.copy_from_slice(bytes);
    sixteen
}
