//! What is done by the server's own commands, and how it answers.

use std::time::Duration;
use std::vec::IntoIter;

use surecache_resp::Value;

use super::super::commands::decimal;
use super::super::names::Names;
use super::super::refused::Refused;
use super::super::replies::{Read, error_of, flag, next, number};
use super::super::scripts;
use super::opening::{left, millis};
use super::{Talk, Topic};
use crate::base::Moment;
use crate::store::{Acted, Native, Reply};

/// What was asked, as far as the answer depends on it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked {
    /// Whether the entry was what it was.
    Change,
    Count,
    Left,
}

impl Talk {
    pub(super) fn act(
        &mut self,
        entry: &[u8],
        names: &Names,
        act: Native<'_>,
        now: Moment,
    ) -> Topic {
        let (lease, channel) = (names.lease(entry), names.channel(entry));
        Topic::Native(match act {
            Native::Count { delta, start } => {
                let (delta, start) = (delta.to_string(), start.map(|start| start.to_string()));
                let start = start.unwrap_or_default();
                let arguments: [&[u8]; 3] = [delta.as_bytes(), &channel, start.as_bytes()];
                self.call(&scripts::COUNT, &[entry, &lease], &arguments);
                Asked::Count
            }
            Native::Exchange { seen, bytes, left } => {
                let left = left.map_or_else(String::new, millis);
                let arguments: [&[u8]; 4] = [seen, bytes, left.as_bytes(), &channel];
                self.call(&scripts::EXCHANGE, &[entry, &lease], &arguments);
                Asked::Change
            }
            Native::Expire { mark, expires_unix_ms } => {
                let left = left(expires_unix_ms, now.unix_ms).map_or_else(String::new, decimal);
                self.call(&scripts::EXPIRE, &[entry], &[mark.as_bytes(), left.as_bytes()]);
                Asked::Change
            }
            Native::Left => {
                self.commands.add(&[b"PTTL", entry]);
                Asked::Left
            }
        })
    }
}

/// The reply to what was asked.
pub(super) fn acted(asked: Asked, mut replies: IntoIter<Value>) -> Read<Reply> {
    let reply = next(&mut replies);
    let acted = match (asked, error_of(&reply)) {
        (Asked::Change | Asked::Count, Some(refused)) if refused.is_full() => Acted::Full,
        (Asked::Count, Some(refused)) if refused.is_no_number() => Acted::NotANumber,
        (Asked::Count, Some(refused)) if refused.is_overflow() => Acted::Overflow,
        (_, Some(refused)) => return Err(refused),
        (Asked::Change, None) if flag(&reply)? => Acted::Done,
        (Asked::Change, None) => Acted::Changed,
        (Asked::Count, None) => match &reply {
            Value::Integer(0) => Acted::Missing,
            Value::Bulk(sum) => Acted::Number(
                std::str::from_utf8(sum)
                    .ok()
                    .and_then(|sum| sum.parse().ok())
                    .ok_or_else(|| Refused::unexpected("no sum of 64 bits"))?,
            ),
            _ => return Err(Refused::unexpected("no sum")),
        },
        (Asked::Left, None) => match number(&reply)? {
            -2 => Acted::Missing,
            -1 => Acted::Left(None),
            left => match u64::try_from(left) {
                Ok(left) => Acted::Left(Some(Duration::from_millis(left))),
                Err(_) => return Err(Refused::unexpected("no time to live")),
            },
        },
    };
    Ok(Reply::Native(acted))
}
