//! A region, as Python declares it.

use std::sync::Arc;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use surecache::driver::{
    Brought, Codec, Core, Declaration, Declared, Dependency, Encoded, Load, Loader, Payload,
    PrincipalOf, Question, Template, get_or_load_many,
};
use surecache::{Admission, Policy};

use crate::arguments::seconds;
use crate::detached::detached;
use crate::engine::Engine;
use crate::errors;
use crate::fault::{self, Raised};
use crate::key::KeyFields;
use crate::load::PyLoad;
use crate::many::Many;
use crate::statistics;
use crate::tag::{named, principal_kind};
use crate::value::Values;
use crate::walk::PyWalk;

/// A declared region in an engine.
#[pyclass(frozen, name = "Region", module = "surecache._core")]
#[derive(Debug)]
pub(crate) struct PyRegion {
    core: Core,
    template: Template,
    fields: Py<KeyFields>,
    values: Arc<Values>,
}

#[pymethods]
impl PyRegion {
    #[new]
    #[pyo3(signature = (
        engine, name, *, version, fields, scope, depends, ttl, stale_while_revalidate=0.0,
        stale_if_error=0.0, wait=30.0, lease=2.0, codec="msgpack", structs=None
    ))]
    #[expect(clippy::too_many_arguments, reason = "keywords of a declaration")]
    fn new(
        py: Python<'_>,
        engine: &Bound<'_, Engine>,
        name: String,
        version: u32,
        fields: Py<KeyFields>,
        scope: Vec<(String, String, bool)>,
        depends: Vec<Bound<'_, PyAny>>,
        ttl: Option<f64>,
        stale_while_revalidate: f64,
        stale_if_error: f64,
        wait: f64,
        lease: f64,
        codec: &str,
        structs: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let core = engine.get().core.clone();
        let index = |field: &str| field_index(py, &name, fields.get(), field);
        let mut principals = Vec::with_capacity(scope.len());
        for (kind, field, authz) in &scope {
            let (kind, field) = (principal_kind(py, kind)?, index(field)?);
            principals.push(PrincipalOf { kind, field, authz: *authz });
        }
        let depends = depends.iter().map(|depends| dependency(depends, &index));
        let depends = depends.collect::<PyResult<Vec<_>>>()?;
        let ttl = ttl.map(|ttl| seconds(py, "a TTL", ttl)).transpose()?;
        let policy = ttl.map_or_else(Policy::without_expiry, Policy::new);
        let stale = seconds(py, "stale_while_revalidate", stale_while_revalidate)?;
        let policy = policy
            .with_stale_while_revalidate(stale)
            .with_stale_if_error(seconds(py, "stale_if_error", stale_if_error)?)
            .with_wait(seconds(py, "a wait", wait)?)
            .with_lease(seconds(py, "a lease", lease)?);
        let values = Values::new(py, codec, structs)?;
        let fields_of_key = fields.get().fields().to_vec();
        let codec = values.codec();
        let declaration = Declaration { name, version, fields: fields_of_key, codec, policy };
        let authz = scope.iter().any(|(_, _, authz)| *authz);
        let template = Declared::new(&core, declaration, authz)
            .and_then(|declared| Template::new(&core, declared, principals, &depends));
        let template = template.map_err(|error| errors::declaration(py, error.to_string()))?;
        Ok(Self { core, template, fields, values: Arc::new(values) })
    }

    /// The answer; where it is not in the store, what `call(loader, key, load)` returns.
    fn get_or_load<'py>(
        &self,
        py: Python<'py>,
        call: &Bound<'py, PyAny>,
        loader: &Bound<'py, PyAny>,
        key: &Bound<'py, PyDict>,
        admission: &str,
        outer: Option<&Bound<'py, PyLoad>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let admission = admitted(py, admission)?;
        let outer = PyLoad::of(outer);
        let question = self.question(py, key, outer.as_ref())?;
        let mut one = One::new(py, self, Some(Call { how: How::Function(call), loader, key }));
        let ended = question.get_or_load(&self.core, admission, outer.as_ref(), &mut one);
        fault::answer(py, ended, one.value, one.raised)
    }

    /// As `get_or_load` with the admission full and no load around it, for a caller whose `_load`
    /// is the call.
    fn get_or_load_in<'py>(
        &self,
        caller: &Bound<'py, PyAny>,
        loader: &Bound<'py, PyAny>,
        key: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = caller.py();
        let question = self.question(py, key, None)?;
        let mut one = One::new(py, self, Some(Call { how: How::Method(caller), loader, key }));
        let ended = question.get_or_load(&self.core, Admission::Full, None, &mut one);
        fault::answer(py, ended, one.value, one.raised)
    }

    /// The answers of many keys; `call` gets the indexes of those that this caller loads, with the
    /// load of them all, and returns their values by index.
    fn get_or_load_many<'py>(
        &self,
        py: Python<'py>,
        call: &Bound<'py, PyAny>,
        keys: Vec<Bound<'py, PyDict>>,
        admission: &str,
        outer: Option<&Bound<'py, PyLoad>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let admission = admitted(py, admission)?;
        let outer = PyLoad::of(outer);
        let questions = keys.iter().map(|key| self.question(py, key, outer.as_ref()).map(Arc::new));
        let questions = questions.collect::<PyResult<Vec<_>>>()?;
        let mut many = Many::new(py, &self.core, &self.values, call, questions.len());
        let ended = get_or_load_many(&self.core, &questions, admission, outer.as_ref(), &mut many);
        many.answers(ended)
    }

    /// The answer, where it is in the store; the default where not. Loads nothing.
    fn peek<'py>(
        &self,
        py: Python<'py>,
        key: &Bound<'py, PyDict>,
        default: Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let question = self.question(py, key, None)?;
        let mut one = One::new(py, self, None);
        let ended = question.peek(&self.core, &mut one);
        match ended {
            Ok((_, surecache::driver::Finish::Missed)) => Ok(default),
            ended => fault::answer(py, ended, one.value, one.raised),
        }
    }

    /// What stands in the store for a key.
    fn explain<'py>(
        &self,
        py: Python<'py>,
        key: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let question = self.question(py, key, None)?;
        let explained = detached(py, || question.explain(&self.core));
        statistics::explanation(py, &explained.map_err(|error| errors::of_core(py, &error))?)
    }

    /// Deletes one answer, and voids a load of it that is running.
    fn invalidate(&self, py: Python<'_>, key: &Bound<'_, PyDict>) -> PyResult<()> {
        let question = self.question(py, key, None)?;
        let invalidated = detached(py, || question.invalidate(&self.core));
        invalidated.map_err(|error| errors::of_core(py, &error))
    }

    /// A read that an event loop walks.
    fn walk(
        &self,
        py: Python<'_>,
        key: &Bound<'_, PyDict>,
        admission: &str,
        outer: Option<&Bound<'_, PyLoad>>,
    ) -> PyResult<PyWalk> {
        let admission = admitted(py, admission)?;
        let outer = PyLoad::of(outer);
        let question = Arc::new(self.question(py, key, outer.as_ref())?);
        Ok(PyWalk::begin(&self.core, &question, admission, outer, &self.values))
    }
}

impl PyRegion {
    fn question(
        &self,
        py: Python<'_>,
        key: &Bound<'_, PyDict>,
        outer: Option<&Arc<Load>>,
    ) -> PyResult<Question> {
        let parts = self.fields.get().parts(py, Some(key))?;
        let question = self.template.question(&self.core, parts, outer);
        question.map_err(|error| errors::of_core(py, &error))
    }
}

/// How a loader is called.
struct Call<'a, 'py> {
    how: How<'a, 'py>,
    loader: &'a Bound<'py, PyAny>,
    key: &'a Bound<'py, PyDict>,
}

/// What is called with the loader, its key and the load.
enum How<'a, 'py> {
    Function(&'a Bound<'py, PyAny>),
    /// The method `_load` of this: made into an object only where it is called.
    Method(&'a Bound<'py, PyAny>),
}

/// One read under way.
struct One<'a, 'py> {
    py: Python<'py>,
    region: &'a PyRegion,
    call: Option<Call<'a, 'py>>,
    value: Option<Bound<'py, PyAny>>,
    raised: Option<PyErr>,
}

impl<'a, 'py> One<'a, 'py> {
    fn new(py: Python<'py>, region: &'a PyRegion, call: Option<Call<'a, 'py>>) -> Self {
        Self { py, region, call, value: None, raised: None }
    }

    fn call(&mut self, load: &Arc<Load>) -> PyResult<Encoded> {
        let Some(call) = &self.call else { return Err(errors::no_loader(self.py)) };
        let load = PyLoad::new(&self.region.core, load);
        let arguments = (call.loader, call.key, load);
        let value = match call.how {
            How::Function(function) => function.call1(arguments)?,
            How::Method(caller) => caller.call_method1(intern!(self.py, "_load"), arguments)?,
        };
        let encoded = self.region.values.encode(&value)?;
        self.value = Some(value);
        Ok(encoded)
    }
}

impl Loader for One<'_, '_> {
    type Abort = PyErr;

    fn load(&mut self, load: &Arc<Load>) -> Result<Brought, PyErr> {
        match self.call(load) {
            Ok(encoded) => Ok(Ok(encoded)),
            Err(error) => Ok(Err(Raised::share(self.py, error, &mut self.raised)?)),
        }
    }

    fn decode(&mut self, codec: Codec, payload: &Payload) -> bool {
        match self.region.values.decode(self.py, codec, payload) {
            Ok(value) => {
                self.value = value;
                self.value.is_some()
            }
            Err(error) => {
                self.raised = Some(error);
                true
            }
        }
    }

    fn block<T: Send>(&mut self, wait: impl FnOnce() -> T + Send) -> T {
        detached(self.py, wait)
    }
}

fn admitted(py: Python<'_>, admission: &str) -> PyResult<Admission> {
    match admission {
        "full" => Ok(Admission::Full),
        "read_only" => Ok(Admission::ReadOnly),
        "bypass" => Ok(Admission::Bypass),
        _ => Err(errors::misuse(
            py,
            format!("wanted an admission full, read_only or bypass, found: {admission}"),
        )),
    }
}

fn field_index(py: Python<'_>, region: &str, fields: &KeyFields, name: &str) -> PyResult<usize> {
    fields.fields().iter().position(|field| field.name == name).ok_or_else(|| {
        let names: Vec<_> = fields.fields().iter().map(|field| field.name.as_str()).collect();
        let names = names.join(", ");
        errors::declaration(
            py,
            format!("region {region}: wanted a field of the key ({names}), found: {name}"),
        )
    })
}

fn dependency(
    depends: &Bound<'_, PyAny>,
    index: &impl Fn(&str) -> PyResult<usize>,
) -> PyResult<Dependency> {
    let kind: String = depends.get_item(0)?.extract()?;
    if kind == "named" {
        return Ok(Dependency::Named(depends.get_item(1)?.extract()?));
    }
    let text = |at: usize| depends.get_item(at)?.extract::<String>();
    let table = named(&text(1)?, &text(2)?, &text(3)?);
    if kind == "table" {
        return Ok(Dependency::Table(table));
    }
    let columns: Vec<(String, String)> = depends.get_item(4)?.extract()?;
    let columns = columns.into_iter().map(|(column, field)| Ok((column, index(&field)?)));
    Ok(Dependency::Rows(table, columns.collect::<PyResult<_>>()?))
}
