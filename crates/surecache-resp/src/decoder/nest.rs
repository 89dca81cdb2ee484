//! The aggregates that are open, innermost last.

use super::head::Kind;
use crate::value::paired;
use crate::{Malformed, Value};

#[derive(Default)]
pub(super) struct Nest {
    frames: Vec<Frame>,
    /// Attributes were read, and the reply that they belong to was not.
    attributed: bool,
}

struct Frame {
    kind: Kind,
    /// Values to come; never zero.
    left: usize,
    values: Vec<Value>,
}

impl Nest {
    /// True where the next value is a reply of its own.
    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty() && !self.attributed
    }

    /// Opens an aggregate of `count` values whose head is at `at`; gives the value if it is whole
    /// already.
    pub(super) fn open(
        &mut self,
        kind: Kind,
        count: usize,
        depth: usize,
        at: u64,
    ) -> Result<Option<Value>, Malformed> {
        if self.frames.len() >= depth {
            return Err(Malformed::new(at, &format!("at most {depth} aggregates nested"), "more"));
        }
        if kind == Kind::Push && !self.frames.is_empty() {
            return Err(Malformed::new(at, "a value", "a push inside a reply"));
        }
        if kind == Kind::Attribute && self.frames.is_empty() {
            self.attributed = true;
        }
        if count == 0 {
            return Ok(kind.value(Vec::new()));
        }
        let values = Vec::with_capacity(count.min(RESERVED));
        self.frames.push(Frame { kind, left: count, values });
        Ok(None)
    }

    /// Puts a value where it belongs; gives the reply that it completes.
    #[inline]
    pub(super) fn put(&mut self, value: Value) -> Option<Value> {
        match self.frames.last_mut() {
            Some(frame) if frame.left > 1 => {
                frame.values.push(value);
                frame.left -= 1;
                None
            }
            _ => self.put_last(value),
        }
    }

    /// Puts a value that completes what it belongs to.
    fn put_last(&mut self, mut value: Value) -> Option<Value> {
        while let Some(frame) = self.frames.last_mut() {
            frame.values.push(value);
            frame.left -= 1;
            if frame.left > 0 {
                return None;
            }
            let frame = self.frames.pop()?;
            value = frame.kind.value(frame.values)?;
        }
        self.attributed = false;
        Some(value)
    }
}

impl Kind {
    /// The aggregate with these values; `None` for attributes, which are dropped.
    fn value(self, values: Vec<Value>) -> Option<Value> {
        match self {
            Self::Array => Some(Value::Array(values)),
            Self::Attribute => None,
            Self::Map => Some(Value::Map(paired(values))),
            Self::Push => Some(Value::Push(values)),
            Self::Set => Some(Value::Set(values)),
        }
    }
}

/// Values for which memory is taken at once; more only as they arrive. An MGET of a usual size
/// fits, and all frames that a hostile server can open stay small.
const RESERVED: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announced_count_takes_little_memory() {
        let mut nest = Nest::default();
        for depth in 0..32 {
            let opened = nest.open(Kind::Array, 1 << 20, 32, depth);
            assert_eq!(opened, Ok(None));
        }
        let reserved: usize = nest.frames.iter().map(|frame| frame.values.capacity()).sum();
        assert!(reserved * size_of::<Value>() <= 512 << 10, "{reserved} values were reserved");
    }
}
