//! What a caller gives an operation.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use surecache::driver::{AddRule, Bound as ScoreBound, Order, ScoreRange};

use crate::codec;
use crate::errors;
use crate::pickle;

/// The bytes of members, or of fields.
type Members = Vec<Vec<u8>>;

/// The arguments behind the keys.
pub(super) struct Arguments<'a, 'py>(pub(super) &'a Bound<'py, PyTuple>);

impl<'py> Arguments<'_, 'py> {
    /// One of a plain type.
    pub(super) fn get<T>(&self, place: usize) -> PyResult<T>
    where
        T: for<'a> FromPyObject<'a, 'py, Error: Into<PyErr>>,
    {
        let argument = self.0.get_item(place)?;
        argument.extract().map_err(Into::into)
    }

    /// All of them as members, of which one is wanted at least.
    pub(super) fn members(&self) -> PyResult<Members> {
        let members = self.0.iter().map(|member| bytes(&member)).collect::<PyResult<Vec<_>>>()?;
        self.some(members.len())?;
        Ok(members)
    }

    /// One as a member.
    pub(super) fn member(&self, place: usize) -> PyResult<Vec<u8>> {
        bytes(&self.0.get_item(place)?)
    }

    /// How many are wanted, none below zero; `None` for one, given as itself.
    pub(super) fn count(&self, place: usize) -> PyResult<Option<u64>> {
        match self.get::<Option<i64>>(place)? {
            None => Ok(None),
            Some(count) => match u64::try_from(count) {
                Ok(count) => Ok(Some(count)),
                Err(_) => Err(self.misuse(format!("wanted a count from 0, found: {count}"))),
            },
        }
    }

    /// How many are wanted at a time.
    pub(super) fn at_least_one(&self, place: usize) -> PyResult<u64> {
        match self.count(place)? {
            Some(0) => Err(self.misuse("wanted a count from 1, found: 0".to_owned())),
            count => Ok(count.unwrap_or(DEFAULT_COUNT)),
        }
    }

    pub(super) fn order(&self, place: usize) -> PyResult<Order> {
        Ok(if self.get(place)? { Order::Falling } else { Order::Rising })
    }

    /// Fields and their values, of a dict.
    pub(super) fn fields(&self, place: usize) -> PyResult<(Members, Vec<Vec<u8>>)> {
        let items = self.0.get_item(place)?.cast_into::<PyDict>()?;
        self.some(items.len())?;
        let (mut fields, mut values) = (Vec::new(), Vec::new());
        for (field, value) in items.iter() {
            let (codec, payload) = pickle::encode(&value)?;
            fields.push(bytes(&field)?);
            values.push([&[codec.code()], &payload[..]].concat());
        }
        Ok((fields, values))
    }

    /// Members and their scores, of a dict.
    pub(super) fn scores(&self, place: usize) -> PyResult<(Members, Vec<f64>)> {
        let items = self.0.get_item(place)?.cast_into::<PyDict>()?;
        self.some(items.len())?;
        let (mut members, mut scores) = (Vec::new(), Vec::new());
        for (member, score) in items.iter() {
            members.push(bytes(&member)?);
            scores.push(number(&score)?);
        }
        Ok((members, scores))
    }

    pub(super) fn score(&self, place: usize) -> PyResult<f64> {
        number(&self.0.get_item(place)?)
    }

    /// The lower and the upper end of scores.
    pub(super) fn range(&self, place: usize) -> PyResult<ScoreRange> {
        let bound = |place| bound(&self.0.get_item(place)?);
        Ok(ScoreRange { min: bound(place)?, max: bound(place + 1)? })
    }

    /// How many after how many; both or none.
    pub(super) fn limit(&self, place: usize) -> PyResult<Option<(i64, i64)>> {
        match (self.get(place)?, self.get(place + 1)?) {
            (None, None) => Ok(None),
            (Some(start), Some(num)) => Ok(Some((start, num))),
            _ => Err(self.misuse("wanted start and num, found: one of them".to_owned())),
        }
    }

    /// Refuses what no member can be true to.
    pub(super) fn check_rule(&self, rule: AddRule, members: usize) -> PyResult<()> {
        let limits = [rule.is_new_only, rule.is_rise_only, rule.is_fall_only];
        let is_torn = limits.iter().filter(|is_set| **is_set).count() > 1
            || rule.is_new_only && rule.is_there_only;
        if is_torn {
            let text = "wanted at most one of nx, gt and lt, and xx without nx, found: more";
            return Err(self.misuse(text.to_owned()));
        }
        if rule.is_sum && members != 1 {
            return Err(self.misuse(format!("wanted one member with incr, found: {members}")));
        }
        Ok(())
    }

    fn some(&self, count: usize) -> PyResult<()> {
        if count == 0 {
            return Err(self.misuse("wanted at least one member, found: 0".to_owned()));
        }
        Ok(())
    }

    fn misuse(&self, text: String) -> PyErr {
        errors::misuse(self.0.py(), text)
    }
}

/// The bytes of a member: one that can be hashed has one form, and can be given back in a set.
fn bytes(member: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    member.hash()?;
    codec::encode(member).map_err(|refusal| refusal.into_py_err(member.py()))
}

fn number(score: &Bound<'_, PyAny>) -> PyResult<f64> {
    let number = score.extract::<f64>()?;
    if number.is_nan() {
        return Err(errors::misuse(
            score.py(),
            "wanted a score that is a number, found: nan".into(),
        ));
    }
    // Servers do not keep the sign of a zero.
    Ok(number + 0.0)
}

/// A number, or what servers write: `-inf`, `+inf`, `(1.5` for what is beyond 1.5.
fn bound(bound: &Bound<'_, PyAny>) -> PyResult<ScoreBound> {
    let Ok(text) = bound.cast::<PyString>() else {
        return Ok(ScoreBound { score: number(bound)?, is_exclusive: false });
    };
    let text = text.to_str()?;
    let rest = text.strip_prefix('(');
    match rest.unwrap_or(text).parse::<f64>() {
        Ok(score) if !score.is_nan() => Ok(ScoreBound { score, is_exclusive: rest.is_some() }),
        _ => Err(PyValueError::new_err(format!(
            "wanted a score, -inf, +inf, or a score behind a parenthesis, found: {text}"
        ))),
    }
}

/// Of a page, as servers have it.
const DEFAULT_COUNT: u64 = 10;
