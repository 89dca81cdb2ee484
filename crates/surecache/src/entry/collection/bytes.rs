//! A collection as the payload of an entry. Byte by byte in `docs/reference/format.md`.

use super::{Collection, Kind};

impl Collection {
    /// Its payload.
    ///
    /// `None` where a part is longer than the format can say.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let mut out = vec![self.kind().code()];
        match self {
            Self::Hash(fields) => {
                for (field, value) in fields {
                    part(&mut out, field)?;
                    part(&mut out, value)?;
                }
            }
            Self::List(elements) => elements.iter().try_for_each(|each| part(&mut out, each))?,
            Self::Set(members) => members.iter().try_for_each(|each| part(&mut out, each))?,
            Self::SortedSet(members) => {
                for (member, score) in members {
                    out.extend_from_slice(&score.to_be_bytes());
                    part(&mut out, member)?;
                }
            }
        }
        Some(out)
    }

    /// The collection in a payload; `None` where it is none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut made = Self::empty(Kind::of_payload(bytes)?);
        let rest = &mut bytes.get(1..)?;
        while !rest.is_empty() {
            match &mut made {
                Self::Hash(fields) => drop(fields.insert(take(rest)?, take(rest)?)),
                Self::List(elements) => elements.push_back(take(rest)?),
                Self::Set(members) => drop(members.insert(take(rest)?)),
                Self::SortedSet(members) => {
                    let (score, after) = rest.split_first_chunk()?;
                    *rest = after;
                    let score = f64::from_be_bytes(*score);
                    members.insert(take(rest)?, (!score.is_nan()).then_some(score)?);
                }
            }
        }
        Some(made)
    }
}

fn part(out: &mut Vec<u8>, part: &[u8]) -> Option<()> {
    out.extend_from_slice(&u32::try_from(part.len()).ok()?.to_be_bytes());
    out.extend_from_slice(part);
    Some(())
}

fn take(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let (length, after) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (part, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(part.to_vec())
}

impl Kind {
    /// What the collection in a payload is; `None` where it is none.
    pub fn of_payload(bytes: &[u8]) -> Option<Self> {
        match bytes.first()? {
            1 => Some(Self::Set),
            2 => Some(Self::SortedSet),
            3 => Some(Self::Hash),
            4 => Some(Self::List),
            _ => None,
        }
    }

    /// Its number in stored bytes.
    pub(in crate::entry) fn code(self) -> u8 {
        match self {
            Self::Set => 1,
            Self::SortedSet => 2,
            Self::Hash => 3,
            Self::List => 4,
        }
    }
}
