//! Numbers and explanations as plain Python values.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use surecache::driver::Explanation;
use surecache::{Latency, Statistics, Summary};

/// Region name to numbers.
pub(crate) fn numbers<'py>(
    py: Python<'py>,
    statistics: &Statistics,
) -> PyResult<Bound<'py, PyDict>> {
    let regions = PyDict::new(py);
    for (name, summary) in &statistics.regions {
        regions.set_item(name, of_region(py, summary)?)?;
    }
    Ok(regions)
}

/// What stands under one key. Times are seconds since 1970-01-01 UTC.
pub(crate) fn explanation<'py>(
    py: Python<'py>,
    explanation: &Explanation,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    let time = |unix_ms: Option<u64>| unix_ms.map(|ms| ms as f64 / 1e3);
    dict.set_item("found", explanation.is_found)?;
    dict.set_item("hit", explanation.is_found && explanation.refusal.is_none())?;
    dict.set_item("refusal", explanation.refusal.map(surecache::Refusal::name))?;
    dict.set_item("bytes", explanation.bytes)?;
    dict.set_item("created", time(explanation.created_unix_ms))?;
    dict.set_item("soft_expiry", time(explanation.soft_unix_ms))?;
    dict.set_item("hard_expiry", time(explanation.hard_unix_ms))?;
    dict.set_item("load_seconds", explanation.cost_us.map(|us| f64::from(us) / 1e6))?;
    let tags = PyList::empty(py);
    for (tag, state) in &explanation.tags {
        tags.append((tag.to_string(), state.name()))?;
    }
    dict.set_item("tags", tags)?;
    Ok(dict)
}

fn of_region<'py>(py: Python<'py>, summary: &Summary) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("reads", summary.reads())?;
    dict.set_item("hit_rate", summary.hit_rate())?;
    dict.set_item("outcomes", counts(py, &summary.outcomes)?)?;
    dict.set_item("refusals", counts(py, &summary.refusals)?)?;
    dict.set_item("puts", counts(py, &summary.puts)?)?;
    dict.set_item("hit_latency", latency(py, &summary.hit_latency)?)?;
    dict.set_item("load_latency", latency(py, &summary.load_latency)?)?;
    Ok(dict)
}

fn counts<'py>(py: Python<'py>, counts: &BTreeMap<String, u64>) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, count) in counts {
        dict.set_item(name, count)?;
    }
    Ok(dict)
}

/// Quantiles in seconds: upper bounds, at most twice the true ones.
fn latency<'py>(py: Python<'py>, latency: &Latency) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("count", latency.count())?;
    for (name, share) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
        dict.set_item(name, latency.quantile(share).map(|span| span.as_secs_f64()))?;
    }
    Ok(dict)
}
