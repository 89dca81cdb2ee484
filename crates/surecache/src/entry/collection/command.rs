//! What can be done to collections.

use super::Kind;

/// One operation on a collection, or on a few sets.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// What to do.
    pub operation: Operation,
    /// The members, fields or elements that it is about, in the caller's order.
    pub members: Vec<Vec<u8>>,
}

/// What to do. Where an operation is about members, [`Command::members`] has them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Operation {
    /// Whether there is this field.
    HashContains,
    /// How many fields there are.
    HashCount,
    /// Takes fields away; how many there were.
    HashDelete,
    /// All fields.
    HashFields,
    /// The values of these fields.
    HashGet,
    /// All fields and their values.
    HashItems,
    /// Gives each field its value; how many are new.
    HashSet {
        /// One for each field.
        values: Vec<Vec<u8>>,
    },
    /// The element at an index.
    ListAt(i64),
    /// How many elements there are.
    ListLength,
    /// Takes elements from an end; one without a count.
    ListPop {
        /// From where.
        end: End,
        /// How many at most.
        count: Option<u64>,
    },
    /// Adds elements at an end, one after the other; how many there are now.
    ListPush(End),
    /// The elements from one index to another, both included.
    ListRange(i64, i64),
    /// Takes away elements equal to this one: so many from the first on, from the last on where
    /// negative, all where 0; how many there were.
    ListRemove(i64),
    /// Puts this element in the place of the one at an index.
    ListSet(i64),
    /// Leaves the elements from one index to another, both included.
    ListTrim(i64, i64),
    /// Adds members; how many are new.
    SetAdd,
    /// What the sets of the keys make together.
    SetCombine(Combination),
    /// Puts that in the place of what the first key holds; how many members it has.
    SetCombineInto(Combination),
    /// Whether each of these is a member.
    SetContains,
    /// How many members there are.
    SetCount,
    /// All members.
    SetMembers,
    /// Moves a member from the first key's set to the second's; whether it was in the first.
    SetMove,
    /// Takes members away, drawn at random; one without a count.
    SetPop(Option<u64>),
    /// Members drawn at random: one without a count, each at most once with one above 0, so many
    /// independent draws with one below.
    SetRandom(Option<i64>),
    /// Takes members away; how many there were.
    SetRemove,
    /// A part of the members, and where the next one begins; 0 at the end.
    SetScan {
        /// Where to begin.
        cursor: u64,
        /// About how many.
        count: u64,
    },
    /// Gives members scores.
    SortedAdd {
        /// One for each member.
        scores: Vec<f64>,
        /// Which to change, what to answer.
        rule: AddRule,
    },
    /// How many members there are.
    SortedCount,
    /// How many have a score in a range.
    SortedCountIn(ScoreRange),
    /// Takes members from an end of the order.
    SortedPop(Order, u64),
    /// The members from one rank to another, both included.
    SortedRange(i64, i64, Order),
    /// The members with scores in a range; of them, so many (all where negative) after so many.
    SortedRangeIn(ScoreRange, Order, Option<(i64, i64)>),
    /// The rank of a member, and its score.
    SortedRank(Order),
    /// Takes members away; how many there were.
    SortedRemove,
    /// Takes away those with scores in a range; how many there were.
    SortedRemoveIn(ScoreRange),
    /// Takes away those from one rank to another, both included; how many there were.
    SortedRemoveRange(i64, i64),
    /// The score of a member.
    SortedScore,
}

/// Which members an addition changes, and what it answers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct AddRule {
    /// New ones only.
    pub is_new_only: bool,
    /// Those that are there only.
    pub is_there_only: bool,
    /// Of those that are there, ones that rise only.
    pub is_rise_only: bool,
    /// Of those that are there, ones that fall only.
    pub is_fall_only: bool,
    /// Answers how many are new or changed, not how many are new.
    pub counts_changes: bool,
    /// Adds to the score of the one member, and answers its score.
    pub is_sum: bool,
}

/// What sets make together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Combination {
    /// What is in the first and in no other.
    Difference,
    /// What is in all.
    Intersection,
    /// What is in any.
    Union,
}

/// An end of a list.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum End {
    /// Where the first element is.
    Left,
    /// Where the last is.
    Right,
}

/// A direction of scores.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Order {
    /// The highest first.
    Falling,
    /// The lowest first.
    Rising,
}

/// Scores from one to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreRange {
    /// The lower one.
    pub min: Bound,
    /// The upper one.
    pub max: Bound,
}

/// An end of a range of scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// No NaN.
    pub score: f64,
    /// Whether the score itself is outside.
    pub is_exclusive: bool,
}

impl ScoreRange {
    pub(super) fn holds(&self, score: f64) -> bool {
        let (min, max) = (self.min, self.max);
        (score > min.score || score == min.score && !min.is_exclusive)
            && (score < max.score || score == max.score && !max.is_exclusive)
    }
}

impl Operation {
    /// The kind of collection that it is about.
    pub fn kind(&self) -> Kind {
        match self {
            Self::HashContains
            | Self::HashCount
            | Self::HashDelete
            | Self::HashFields
            | Self::HashGet
            | Self::HashItems
            | Self::HashSet { .. } => Kind::Hash,
            Self::ListAt(_)
            | Self::ListLength
            | Self::ListPop { .. }
            | Self::ListPush(_)
            | Self::ListRange(..)
            | Self::ListRemove(_)
            | Self::ListSet(_)
            | Self::ListTrim(..) => Kind::List,
            Self::SetAdd
            | Self::SetCombine(_)
            | Self::SetCombineInto(_)
            | Self::SetContains
            | Self::SetCount
            | Self::SetMembers
            | Self::SetMove
            | Self::SetPop(_)
            | Self::SetRandom(_)
            | Self::SetRemove
            | Self::SetScan { .. } => Kind::Set,
            Self::SortedAdd { .. }
            | Self::SortedCount
            | Self::SortedCountIn(_)
            | Self::SortedPop(..)
            | Self::SortedRange(..)
            | Self::SortedRangeIn(..)
            | Self::SortedRank(_)
            | Self::SortedRemove
            | Self::SortedRemoveIn(_)
            | Self::SortedRemoveRange(..)
            | Self::SortedScore => Kind::SortedSet,
        }
    }
}
