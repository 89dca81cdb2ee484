//! What a caller is given.

use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PySet};
use surecache::driver::{Answer, Codec};

use crate::codec;
use crate::errors;
use crate::pickle;

/// How an answer is given.
#[derive(Debug)]
pub(crate) enum Gives {
    /// A number.
    Count,
    /// Values by field.
    Dict,
    /// True.
    Done,
    /// The one member, or None.
    First,
    /// The one member and its score, or None.
    FirstScored,
    /// The values of all fields.
    ItemValues,
    List,
    /// Where to go on, and a list.
    Page,
    /// A rank or None; with the score, a list of both.
    Rank {
        with_score: bool,
    },
    Score,
    /// Pairs of member and score.
    Scored,
    /// Members in the order of their scores.
    ScoredMembers,
    Set,
    Truth,
    Truths,
    /// The one value, or a default.
    Value {
        default: Py<PyAny>,
    },
    /// Values, None where there is none.
    Values,
}

impl Gives {
    /// What is given for an answer.
    ///
    /// # Errors
    /// `ValueError` for a sum that is no number, `IndexError` for an index without an element.
    pub(crate) fn value<'py>(
        &self,
        py: Python<'py>,
        answer: Answer,
    ) -> PyResult<Bound<'py, PyAny>> {
        let none = || py.None().into_bound(py);
        Ok(match (self, answer) {
            (Self::Count, Answer::Count(count)) => count.into_pyobject(py)?.into_any(),
            (Self::Dict, Answer::Items(items)) => {
                let dict = PyDict::new(py);
                for (field, value) in &items {
                    if let Some(value) = stored(py, value)? {
                        dict.set_item(codec::decode(py, field)?, value)?;
                    }
                }
                dict.into_any()
            }
            (Self::Done, Answer::Done) => truth(py, true),
            (Self::First, Answer::Members(members)) => match members.first() {
                Some(member) => codec::decode(py, member)?,
                None => none(),
            },
            (Self::FirstScored, Answer::Scored(scored)) => match scored.first() {
                Some((member, score)) => {
                    (codec::decode(py, member)?, *score).into_pyobject(py)?.into_any()
                }
                None => none(),
            },
            (Self::ItemValues, Answer::Items(items)) => {
                let list = PyList::empty(py);
                for (_, value) in &items {
                    if let Some(value) = stored(py, value)? {
                        list.append(value)?;
                    }
                }
                list.into_any()
            }
            (Self::List, Answer::Members(members)) => list(py, &members)?.into_any(),
            (Self::Page, Answer::Page { cursor, members }) => {
                (cursor, list(py, &members)?).into_pyobject(py)?.into_any()
            }
            (Self::Rank { .. }, Answer::Rank(None)) => none(),
            (Self::Rank { with_score }, Answer::Rank(Some((rank, score)))) => match with_score {
                false => rank.into_pyobject(py)?.into_any(),
                true => {
                    let list = PyList::empty(py);
                    list.append(rank)?;
                    list.append(score)?;
                    list.into_any()
                }
            },
            (Self::Score, Answer::Score(score)) => score.into_pyobject(py)?.into_any(),
            (Self::Scored, Answer::Scored(scored)) => {
                let list = PyList::empty(py);
                for (member, score) in &scored {
                    list.append((codec::decode(py, member)?, *score))?;
                }
                list.into_any()
            }
            (Self::ScoredMembers, Answer::Scored(scored)) => {
                let members: Vec<_> = scored.into_iter().map(|(member, _)| member).collect();
                list(py, &members)?.into_any()
            }
            (Self::Set, Answer::Members(members)) => {
                let set = PySet::empty(py)?;
                for member in &members {
                    set.add(codec::decode(py, member)?)?;
                }
                set.into_any()
            }
            (Self::Truth, Answer::Flags(flags)) => truth(py, flags.first() == Some(&true)),
            (Self::Truths, Answer::Flags(flags)) => flags.into_pyobject(py)?.into_any(),
            (Self::Value { default }, Answer::Values(values)) => {
                let value = values.into_iter().next().flatten();
                let value = value.map(|value| stored(py, &value)).transpose()?.flatten();
                value.unwrap_or_else(|| default.bind(py).clone())
            }
            (Self::Values, Answer::Values(values)) => {
                let list = PyList::empty(py);
                for value in values {
                    list.append(value.map(|value| stored(py, &value)).transpose()?.flatten())?;
                }
                list.into_any()
            }
            (_, Answer::NotANumber) => {
                let text = "wanted a sum of scores that is a number, found: nan";
                return Err(PyValueError::new_err(text));
            }
            (_, Answer::OutOfRange) => {
                let text = "wanted the index of an element, found one without";
                return Err(PyIndexError::new_err(text));
            }
            (gives, answer) => {
                let text = format!("wanted the answer for {gives:?}, found: {answer:?}");
                return Err(errors::corrupt_now(py, text));
            }
        })
    }
}

/// The value in a field; `None` where it cannot be decoded here.
fn stored<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some((code, payload)) = bytes.split_first() else { return Ok(None) };
    Codec::from_code(*code).map_or(Ok(None), |codec| pickle::decode(py, codec, payload))
}

fn list<'py>(py: Python<'py>, members: &[Vec<u8>]) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for member in members {
        list.append(codec::decode(py, member)?)?;
    }
    Ok(list)
}

fn truth(py: Python<'_>, is: bool) -> Bound<'_, PyAny> {
    PyBool::new(py, is).to_owned().into_any()
}
