//! Why a value is not encoded, and where in it the reason lies.

use pyo3::prelude::*;
use pyo3::types::PyString;

use super::MAX_DEPTH;
use super::wire::TooLong;
use crate::errors;

/// A refusal, boxed: the way without one stays cheap.
pub(crate) type Refusal = Box<Refused>;

/// A part of a value that is not supported.
#[derive(Debug)]
pub(crate) struct Refused {
    cause: Cause,
    /// From the part outwards.
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Cause {
    /// What was wanted and found, and what to do.
    Found { wanted: &'static str, found: String, hint: Option<&'static str> },
    /// An exception of Python on the way.
    Raised(PyErr),
    /// A value of a type that the codec does not take.
    Type(Py<PyAny>),
}

/// One step from a container to a part of it.
#[derive(Debug)]
pub(super) enum Step {
    Element,
    Index(usize),
    Key,
    Value(Py<PyAny>),
}

impl Refused {
    pub(super) fn kind(value: &Bound<'_, PyAny>) -> Refusal {
        Self::because(Cause::Type(value.clone().unbind()))
    }

    pub(super) fn found(
        wanted: &'static str,
        found: impl Into<String>,
        hint: Option<&'static str>,
    ) -> Refusal {
        Self::because(Cause::Found { wanted, found: found.into(), hint })
    }

    pub(super) fn too_deep() -> Refusal {
        let hint = Some("a container may contain itself: build a plain copy");
        Self::found("containers in one another, at most 100", "more", hint)
    }

    /// The same refusal, seen from one container further out.
    pub(super) fn within(mut self: Box<Self>, step: Step) -> Refusal {
        self.steps.push(step);
        self
    }

    /// The exception: `ValueNotSupported`, or what Python raised.
    pub(crate) fn into_py_err(self, py: Python<'_>) -> PyErr {
        let path = path(py, &self.steps);
        let made = match self.cause {
            Cause::Raised(error) => return error,
            Cause::Type(value) => errors::unsupported_type(py, &path, value.bind(py)),
            Cause::Found { wanted, found, hint } => {
                let hint = hint.map_or_else(String::new, |hint| format!("\nhint: {hint}"));
                let text = format!("{path}: wanted {wanted}, found {found}{hint}");
                errors::value_not_supported(py, text)
            }
        };
        made.unwrap_or_else(|error| error)
    }

    fn because(cause: Cause) -> Refusal {
        Box::new(Self { cause, steps: Vec::new() })
    }
}

impl From<PyErr> for Refusal {
    fn from(error: PyErr) -> Self {
        Refused::because(Cause::Raised(error))
    }
}

impl From<TooLong> for Refusal {
    fn from(error: TooLong) -> Self {
        Refused::found("less than 4 GiB", format!("length: {}", error.0), None)
    }
}

const _: () = assert!(MAX_DEPTH == 100, "the text of `too_deep` names the limit");

/// `value.items[3].price`; a long path keeps both of its ends.
fn path(py: Python<'_>, steps: &[Step]) -> String {
    let mut text = String::from("value");
    for (at, step) in steps.iter().rev().enumerate() {
        if steps.len() > 2 * SHOWN && at == SHOWN {
            text.push_str(" ... ");
        }
        if steps.len() <= 2 * SHOWN || at < SHOWN || at >= steps.len() - SHOWN {
            push_step(py, &mut text, step);
        }
    }
    text
}

/// How many steps of each end of a long path are shown.
const SHOWN: usize = 8;

fn push_step(py: Python<'_>, text: &mut String, step: &Step) {
    match step {
        Step::Element => text.push_str("{element}"),
        Step::Index(index) => text.push_str(&format!("[{index}]")),
        Step::Key => text.push_str("{key}"),
        Step::Value(key) => push_key(text, key.bind(py)),
    }
}

fn push_key(text: &mut String, key: &Bound<'_, PyAny>) {
    let name = key.cast::<PyString>().ok().and_then(|name| name.to_str().ok().map(str::to_owned));
    match name {
        Some(name) if is_identifier(&name) => {
            text.push('.');
            text.push_str(&name);
        }
        _ => {
            let shown = key.repr().map(|shown| shown.to_string()).unwrap_or_default();
            let cut: String = shown.chars().take(40).collect();
            let dots = if cut.len() < shown.len() { "..." } else { "" };
            text.push_str(&format!("[{cut}{dots}]"));
        }
    }
}

fn is_identifier(name: &str) -> bool {
    name.len() <= 40
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|next| next.is_ascii_alphanumeric() || next == '_')
}
