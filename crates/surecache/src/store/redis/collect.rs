//! Collections as the server has them: each command in its words, and its replies read.

use std::vec::IntoIter;

use surecache_resp::Value;

use super::commands::Commands;
use super::refused::Refused;
use super::replies::{Read, bytes_of, error_of, flag, next, texts};
use crate::entry::{
    AddRule, Answer, Bound, Combination, Command, End, Kind, Operation, Order, ScoreRange,
};

/// What form the replies have.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    Count,
    Done,
    Flag,
    Flags,
    Items,
    /// A member or nil.
    Member,
    Members,
    Page,
    /// A rank, and the score in a reply of its own.
    Rank,
    Score,
    Scored,
    Values,
}

/// Says a command about these keys.
pub(super) fn say(commands: &mut Commands, keys: &[Vec<u8>], command: &Command) -> Form {
    let key = keys.first().map(Vec::as_slice).unwrap_or_default();
    let mut words = Words { commands, words: vec![key.to_vec()] };
    match &command.operation {
        Operation::HashContains
        | Operation::HashCount
        | Operation::HashDelete
        | Operation::HashFields
        | Operation::HashGet
        | Operation::HashItems
        | Operation::HashSet { .. } => say_hash(words, command),
        Operation::ListAt(_)
        | Operation::ListLength
        | Operation::ListPop { .. }
        | Operation::ListPush(_)
        | Operation::ListRange(..)
        | Operation::ListRemove(_)
        | Operation::ListSet(_)
        | Operation::ListTrim(..) => say_list(words, command),
        Operation::SetAdd => words.members(command).say(b"SADD", Form::Count),
        Operation::SetCombine(how) => words.keys(&keys[1..]).say(together(*how), Form::Members),
        Operation::SetCombineInto(how) => words.keys(&keys[1..]).say(stored(*how), Form::Count),
        Operation::SetContains => words.members(command).say(b"SMISMEMBER", Form::Flags),
        Operation::SetCount => words.say(b"SCARD", Form::Count),
        Operation::SetMembers => words.say(b"SMEMBERS", Form::Members),
        Operation::SetMove => words.keys(&keys[1..]).members(command).say(b"SMOVE", Form::Flag),
        Operation::SetPop(None) => words.say(b"SPOP", Form::Member),
        Operation::SetPop(Some(count)) => words.number(count).say(b"SPOP", Form::Members),
        Operation::SetRandom(None) => words.say(b"SRANDMEMBER", Form::Member),
        Operation::SetRandom(Some(count)) => words.number(count).say(b"SRANDMEMBER", Form::Members),
        Operation::SetRemove => words.members(command).say(b"SREM", Form::Count),
        Operation::SetScan { cursor, count } => {
            words.number(cursor).word(b"COUNT").number(count).say(b"SSCAN", Form::Page)
        }
        Operation::SortedRank(order) => {
            let rank: &[u8] = if *order == Order::Rising { b"ZRANK" } else { b"ZREVRANK" };
            words = words.members(command);
            words.commands.add_keys(rank, &words.words);
            words.say(b"ZSCORE", Form::Rank)
        }
        _ => say_sorted(words, command),
    }
}

fn say_hash(mut words: Words<'_>, command: &Command) -> Form {
    match &command.operation {
        Operation::HashContains => words.members(command).say(b"HEXISTS", Form::Flag),
        Operation::HashCount => words.say(b"HLEN", Form::Count),
        Operation::HashDelete => words.members(command).say(b"HDEL", Form::Count),
        Operation::HashGet => words.members(command).say(b"HMGET", Form::Values),
        Operation::HashItems => words.say(b"HGETALL", Form::Items),
        Operation::HashSet { values } => {
            for (field, value) in command.members.iter().zip(values) {
                words = words.word(field).word(value);
            }
            words.say(b"HSET", Form::Count)
        }
        _ => words.say(b"HKEYS", Form::Members),
    }
}

fn say_list(words: Words<'_>, command: &Command) -> Form {
    match command.operation {
        Operation::ListAt(at) => words.number(&at).say(b"LINDEX", Form::Member),
        Operation::ListPop { end, count } => {
            let name: &[u8] = if end == End::Left { b"LPOP" } else { b"RPOP" };
            match count {
                None => words.say(name, Form::Member),
                Some(count) => words.number(&count).say(name, Form::Members),
            }
        }
        Operation::ListPush(End::Left) => words.members(command).say(b"LPUSH", Form::Count),
        Operation::ListPush(End::Right) => words.members(command).say(b"RPUSH", Form::Count),
        Operation::ListRange(start, stop) => {
            words.number(&start).number(&stop).say(b"LRANGE", Form::Members)
        }
        Operation::ListRemove(count) => {
            words.number(&count).members(command).say(b"LREM", Form::Count)
        }
        Operation::ListSet(at) => words.number(&at).members(command).say(b"LSET", Form::Done),
        Operation::ListTrim(start, stop) => {
            words.number(&start).number(&stop).say(b"LTRIM", Form::Done)
        }
        _ => words.say(b"LLEN", Form::Count),
    }
}

fn say_sorted(words: Words<'_>, command: &Command) -> Form {
    match &command.operation {
        Operation::SortedAdd { scores, rule } => {
            let form = if rule.is_sum { Form::Score } else { Form::Count };
            let mut words = words.rule(*rule);
            for (member, score) in command.members.iter().zip(scores) {
                words = words.word(score_text(*score).as_bytes()).word(member);
            }
            words.say(b"ZADD", form)
        }
        Operation::SortedCountIn(range) => words.range(*range).say(b"ZCOUNT", Form::Count),
        Operation::SortedPop(Order::Falling, count) => {
            words.number(count).say(b"ZPOPMAX", Form::Scored)
        }
        Operation::SortedPop(Order::Rising, count) => {
            words.number(count).say(b"ZPOPMIN", Form::Scored)
        }
        Operation::SortedRange(start, stop, order) => {
            let name: &[u8] = if *order == Order::Rising { b"ZRANGE" } else { b"ZREVRANGE" };
            words.number(start).number(stop).word(b"WITHSCORES").say(name, Form::Scored)
        }
        Operation::SortedRangeIn(range, order, limit) => {
            let ScoreRange { min, max } = *range;
            let (name, words): (&[u8], _) = match order {
                Order::Rising => (b"ZRANGEBYSCORE", words.range(*range)),
                Order::Falling => {
                    (b"ZREVRANGEBYSCORE", words.range(ScoreRange { min: max, max: min }))
                }
            };
            let words = words.word(b"WITHSCORES");
            match limit {
                None => words.say(name, Form::Scored),
                Some((after, most)) => {
                    words.word(b"LIMIT").number(after).number(most).say(name, Form::Scored)
                }
            }
        }
        Operation::SortedRemove => words.members(command).say(b"ZREM", Form::Count),
        Operation::SortedRemoveIn(range) => {
            words.range(*range).say(b"ZREMRANGEBYSCORE", Form::Count)
        }
        Operation::SortedRemoveRange(start, stop) => {
            words.number(start).number(stop).say(b"ZREMRANGEBYRANK", Form::Count)
        }
        Operation::SortedScore => words.members(command).say(b"ZSCORE", Form::Score),
        _ => words.say(b"ZCARD", Form::Count),
    }
}

/// The words of a command behind its name.
struct Words<'a> {
    commands: &'a mut Commands,
    words: Vec<Vec<u8>>,
}

impl Words<'_> {
    fn word(mut self, word: &[u8]) -> Self {
        self.words.push(word.to_vec());
        self
    }

    fn number(self, number: &impl ToString) -> Self {
        self.word(number.to_string().as_bytes())
    }

    fn keys(mut self, keys: &[Vec<u8>]) -> Self {
        self.words.extend_from_slice(keys);
        self
    }

    fn members(self, command: &Command) -> Self {
        self.keys(&command.members)
    }

    fn range(self, range: ScoreRange) -> Self {
        let bound = |bound: Bound| {
            let mark = if bound.is_exclusive { "(" } else { "" };
            format!("{mark}{}", score_text(bound.score))
        };
        self.word(bound(range.min).as_bytes()).word(bound(range.max).as_bytes())
    }

    fn rule(self, rule: AddRule) -> Self {
        let flags: [(bool, &[u8]); 6] = [
            (rule.is_new_only, b"NX"),
            (rule.is_there_only, b"XX"),
            (rule.is_rise_only, b"GT"),
            (rule.is_fall_only, b"LT"),
            (rule.counts_changes, b"CH"),
            (rule.is_sum, b"INCR"),
        ];
        let wanted = flags.iter().filter(|(is_wanted, _)| *is_wanted);
        wanted.fold(self, |words, (_, flag)| words.word(flag))
    }

    fn say(self, name: &[u8], form: Form) -> Form {
        self.commands.add_keys(name, &self.words);
        form
    }
}

fn together(how: Combination) -> &'static [u8] {
    match how {
        Combination::Difference => b"SDIFF",
        Combination::Intersection => b"SINTER",
        Combination::Union => b"SUNION",
    }
}

fn stored(how: Combination) -> &'static [u8] {
    match how {
        Combination::Difference => b"SDIFFSTORE",
        Combination::Intersection => b"SINTERSTORE",
        Combination::Union => b"SUNIONSTORE",
    }
}

/// As short as says it exactly; `inf` and `-inf` are words that servers know.
fn score_text(score: f64) -> String {
    format!("{score:e}")
}

/// Reads the replies to a command.
pub(super) fn answer(form: Form, mut replies: IntoIter<Value>) -> Read<Answer> {
    let first = next(&mut replies);
    if let Some(refused) = error_of(&first) {
        return known(refused);
    }
    Ok(match form {
        Form::Count => Answer::Count(count(&first)?),
        Form::Done => Answer::Done,
        Form::Flag => Answer::Flags(vec![flag(&first)?]),
        Form::Flags => Answer::Flags(array(first)?.iter().map(flag).collect::<Read<_>>()?),
        Form::Items => {
            let pairs = texts(first)?.chunks_exact_mut(2).map(pair).collect();
            Answer::Items(pairs)
        }
        Form::Member => Answer::Members(bytes_of(first)?.into_iter().collect()),
        // A count of a list that is not there is answered by nil.
        Form::Members if first.is_nil() => Answer::Members(Vec::new()),
        Form::Members => Answer::Members(texts(first)?),
        Form::Page => {
            let mut parts = array(first)?.into_iter();
            let cursor = next(&mut parts).as_bulk().and_then(number);
            let cursor = cursor.ok_or_else(|| Refused::unexpected("no cursor for SSCAN"))?;
            Answer::Page { cursor, members: texts(next(&mut parts))? }
        }
        Form::Rank if first.is_nil() => Answer::Rank(None),
        Form::Rank => {
            let rank = count(&first)?;
            // Taken away in between: then there is no rank either.
            Answer::Rank(score(next(&mut replies))?.map(|score| (rank, score)))
        }
        Form::Score => Answer::Score(score(first)?),
        Form::Scored => {
            let pairs = texts(first)?.chunks_exact_mut(2).map(pair).collect::<Vec<_>>();
            let scored = pairs.into_iter().map(|(member, score)| {
                Ok((member, number(&score).ok_or_else(|| Refused::unexpected("no score"))?))
            });
            Answer::Scored(scored.collect::<Read<_>>()?)
        }
        Form::Values => {
            Answer::Values(array(first)?.into_iter().map(bytes_of).collect::<Read<_>>()?)
        }
    })
}

/// Errors that are answers.
fn known(refused: Refused) -> Read<Answer> {
    let text = refused.to_string();
    if text.contains("not a number (NaN)") {
        return Ok(Answer::NotANumber);
    }
    if text.ends_with("index out of range") || text.ends_with("no such key") {
        return Ok(Answer::OutOfRange);
    }
    Err(refused)
}

fn array(reply: Value) -> Read<Vec<Value>> {
    reply.into_array().map_err(|_| Refused::unexpected("no array"))
}

fn count(reply: &Value) -> Read<u64> {
    let count = reply.as_integer().and_then(|count| u64::try_from(count).ok());
    count.ok_or_else(|| Refused::unexpected("no count"))
}

fn score(reply: Value) -> Read<Option<f64>> {
    let Some(text) = bytes_of(reply)? else { return Ok(None) };
    number(&text).map(Some).ok_or_else(|| Refused::unexpected("no score"))
}

fn number<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn pair(pair: &mut [Vec<u8>]) -> (Vec<u8>, Vec<u8>) {
    (std::mem::take(&mut pair[0]), std::mem::take(&mut pair[1]))
}

/// What the server says that a key holds: its own word for it, as one of ours.
pub(super) fn kind_of(reply: &Value) -> Read<Held> {
    Ok(match reply.as_simple() {
        Some("hash") => Held::Collection(Kind::Hash),
        Some("list") => Held::Collection(Kind::List),
        Some("none") => Held::Nothing,
        Some("set") => Held::Collection(Kind::Set),
        Some("string") => Held::Value,
        Some("zset") => Held::Collection(Kind::SortedSet),
        _ => return Err(error_of(reply).unwrap_or_else(|| Refused::unexpected("no known type"))),
    })
}

/// What a key holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Held {
    Collection(Kind),
    Nothing,
    Value,
}

impl std::fmt::Display for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Collection(kind) => kind.fmt(f),
            Self::Nothing => f.write_str("nothing any more"),
            Self::Value => f.write_str("a plain value"),
        }
    }
}
