//! Operations on collections, as the cache API names them: their arguments read, their answers
//! turned into Python's.
//!
//! Members are values of the safe codec that can be hashed; values of hashes are what plain keys
//! take.

mod arguments;
mod gives;

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use surecache::driver::{AddRule, Combination, Command, End, Operation, Order};

use self::arguments::Arguments;
pub(crate) use self::gives::Gives;
use crate::errors;

/// What is asked, and how the answer is given.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) command: Command,
    pub(crate) gives: Gives,
}

impl Asked {
    /// Reads the name of an operation and its arguments behind the keys.
    ///
    /// # Errors
    /// What is raised for arguments that are of no use to it.
    pub(crate) fn read(operation: &str, arguments: &Bound<'_, PyTuple>) -> PyResult<Self> {
        let arguments = Arguments(arguments);
        let asked = match operation.as_bytes().first() {
            Some(b's') => of_sets(operation, &arguments)?,
            Some(b'h') => of_hashes(operation, &arguments)?,
            Some(b'z') => of_sorted_sets(operation, &arguments)?,
            _ => of_lists(operation, &arguments)?,
        };
        asked.ok_or_else(|| {
            let text = format!("wanted an operation on collections, found: {operation}");
            errors::misuse(arguments.0.py(), text)
        })
    }

    fn new(operation: Operation, members: Vec<Vec<u8>>, gives: Gives) -> Self {
        Self { command: Command { operation, members }, gives }
    }

    /// About no member.
    fn whole(operation: Operation, gives: Gives) -> Self {
        Self::new(operation, Vec::new(), gives)
    }
}

fn of_sets(operation: &str, arguments: &Arguments<'_, '_>) -> PyResult<Option<Asked>> {
    use Combination::{Difference, Intersection, Union};
    Ok(Some(match operation {
        "sadd" => Asked::new(Operation::SetAdd, arguments.members()?, Gives::Count),
        "scard" => Asked::whole(Operation::SetCount, Gives::Count),
        "sdiff" => Asked::whole(Operation::SetCombine(Difference), Gives::Set),
        "sdiffstore" => Asked::whole(Operation::SetCombineInto(Difference), Gives::Count),
        "sinter" => Asked::whole(Operation::SetCombine(Intersection), Gives::Set),
        "sinterstore" => Asked::whole(Operation::SetCombineInto(Intersection), Gives::Count),
        "sismember" => Asked::new(Operation::SetContains, arguments.members()?, Gives::Truth),
        "smembers" => Asked::whole(Operation::SetMembers, Gives::Set),
        "smismember" => Asked::new(Operation::SetContains, arguments.members()?, Gives::Truths),
        "smove" => Asked::new(Operation::SetMove, arguments.members()?, Gives::Truth),
        "spop" => {
            let count = arguments.count(0)?;
            let gives = if count.is_some() { Gives::Set } else { Gives::First };
            Asked::whole(Operation::SetPop(count), gives)
        }
        "srandmember" => {
            let count: Option<i64> = arguments.get(0)?;
            let gives = if count.is_some() { Gives::List } else { Gives::First };
            Asked::whole(Operation::SetRandom(count), gives)
        }
        "srem" => Asked::new(Operation::SetRemove, arguments.members()?, Gives::Count),
        "sscan" => {
            let (cursor, count) = (arguments.get(0)?, arguments.at_least_one(1)?);
            Asked::whole(Operation::SetScan { cursor, count }, Gives::Page)
        }
        "sunion" => Asked::whole(Operation::SetCombine(Union), Gives::Set),
        "sunionstore" => Asked::whole(Operation::SetCombineInto(Union), Gives::Count),
        _ => return Ok(None),
    }))
}

fn of_hashes(operation: &str, arguments: &Arguments<'_, '_>) -> PyResult<Option<Asked>> {
    Ok(Some(match operation {
        "hdel" => Asked::new(Operation::HashDelete, arguments.members()?, Gives::Count),
        "hexists" => Asked::new(Operation::HashContains, arguments.members()?, Gives::Truth),
        "hget" => {
            let default = arguments.get::<Bound<'_, PyAny>>(1)?.unbind();
            Asked::new(Operation::HashGet, vec![arguments.member(0)?], Gives::Value { default })
        }
        "hgetall" => Asked::whole(Operation::HashItems, Gives::Dict),
        "hkeys" => Asked::whole(Operation::HashFields, Gives::List),
        "hlen" => Asked::whole(Operation::HashCount, Gives::Count),
        "hmget" => Asked::new(Operation::HashGet, arguments.members()?, Gives::Values),
        "hset" => {
            let (fields, values) = arguments.fields(0)?;
            Asked::new(Operation::HashSet { values }, fields, Gives::Count)
        }
        "hvals" => Asked::whole(Operation::HashItems, Gives::ItemValues),
        _ => return Ok(None),
    }))
}

fn of_sorted_sets(operation: &str, arguments: &Arguments<'_, '_>) -> PyResult<Option<Asked>> {
    let scored = |place| {
        let wants = arguments.get::<bool>(place)?;
        PyResult::Ok(if wants { Gives::Scored } else { Gives::ScoredMembers })
    };
    Ok(Some(match operation {
        "zadd" => {
            let (members, scores) = arguments.scores(0)?;
            let rule = AddRule {
                is_new_only: arguments.get(1)?,
                is_there_only: arguments.get(2)?,
                counts_changes: arguments.get(3)?,
                is_sum: arguments.get(4)?,
                is_rise_only: arguments.get(5)?,
                is_fall_only: arguments.get(6)?,
            };
            let gives = if rule.is_sum { Gives::Score } else { Gives::Count };
            arguments.check_rule(rule, members.len())?;
            Asked::new(Operation::SortedAdd { scores, rule }, members, gives)
        }
        "zcard" => Asked::whole(Operation::SortedCount, Gives::Count),
        "zcount" => Asked::whole(Operation::SortedCountIn(arguments.range(0)?), Gives::Count),
        "zincrby" => {
            let (scores, members) = (vec![arguments.score(0)?], vec![arguments.member(1)?]);
            let rule = AddRule { is_sum: true, ..AddRule::default() };
            Asked::new(Operation::SortedAdd { scores, rule }, members, Gives::Score)
        }
        "zpopmax" | "zpopmin" => {
            let falls = operation == "zpopmax";
            let order = if falls { Order::Falling } else { Order::Rising };
            let count = arguments.count(0)?;
            let gives = if count.is_some() { Gives::Scored } else { Gives::FirstScored };
            Asked::whole(Operation::SortedPop(order, count.unwrap_or(1)), gives)
        }
        "zrange" => {
            let (start, stop) = (arguments.get(0)?, arguments.get(1)?);
            let range = Operation::SortedRange(start, stop, arguments.order(2)?);
            Asked::whole(range, scored(3)?)
        }
        "zrangebyscore" => {
            let range = arguments.range(0)?;
            let limit = arguments.limit(2)?;
            let range = Operation::SortedRangeIn(range, arguments.order(4)?, limit);
            Asked::whole(range, scored(5)?)
        }
        "zrank" => {
            let rank = Operation::SortedRank(arguments.order(1)?);
            let gives = Gives::Rank { with_score: arguments.get(2)? };
            Asked::new(rank, vec![arguments.member(0)?], gives)
        }
        "zrem" => Asked::new(Operation::SortedRemove, arguments.members()?, Gives::Count),
        "zremrangebyrank" => {
            let (start, stop) = (arguments.get(0)?, arguments.get(1)?);
            Asked::whole(Operation::SortedRemoveRange(start, stop), Gives::Count)
        }
        "zremrangebyscore" => {
            Asked::whole(Operation::SortedRemoveIn(arguments.range(0)?), Gives::Count)
        }
        "zscore" => Asked::new(Operation::SortedScore, arguments.members()?, Gives::Score),
        _ => return Ok(None),
    }))
}

fn of_lists(operation: &str, arguments: &Arguments<'_, '_>) -> PyResult<Option<Asked>> {
    Ok(Some(match operation {
        "lindex" => Asked::whole(Operation::ListAt(arguments.get(0)?), Gives::First),
        "llen" => Asked::whole(Operation::ListLength, Gives::Count),
        "lpop" | "rpop" => {
            let end = if operation == "lpop" { End::Left } else { End::Right };
            let count = arguments.count(0)?;
            let gives = if count.is_some() { Gives::List } else { Gives::First };
            Asked::whole(Operation::ListPop { end, count }, gives)
        }
        "lpush" => Asked::new(Operation::ListPush(End::Left), arguments.members()?, Gives::Count),
        "lrange" => {
            let (start, stop) = (arguments.get(0)?, arguments.get(1)?);
            Asked::whole(Operation::ListRange(start, stop), Gives::List)
        }
        "lrem" => {
            let remove = Operation::ListRemove(arguments.get(0)?);
            Asked::new(remove, vec![arguments.member(1)?], Gives::Count)
        }
        "lset" => {
            let set = Operation::ListSet(arguments.get(0)?);
            Asked::new(set, vec![arguments.member(1)?], Gives::Done)
        }
        "ltrim" => {
            let (start, stop) = (arguments.get(0)?, arguments.get(1)?);
            Asked::whole(Operation::ListTrim(start, stop), Gives::Done)
        }
        "rpush" => Asked::new(Operation::ListPush(End::Right), arguments.members()?, Gives::Count),
        _ => return Ok(None),
    }))
}
