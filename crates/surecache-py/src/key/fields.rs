//! The declared fields of a region's key, and keyword arguments taken by them.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyInt, PyString, PyTuple, PyType};
use surecache::{Field, FieldKind, KeyWriter, Part};

use super::part::{FromPython, kind_of, part_of};
use crate::codec::Types;
use crate::errors;

/// The fields of a region's key, in the order of their declaration.
#[pyclass(frozen, module = "surecache._core")]
#[derive(Debug)]
pub(crate) struct KeyFields {
    region: String,
    fields: Vec<Field>,
    names: Vec<Py<PyString>>,
}

#[pymethods]
impl KeyFields {
    #[new]
    fn new(region: String, fields: &Bound<'_, PyDict>) -> PyResult<Self> {
        let mut own = Self { region, fields: Vec::new(), names: Vec::new() };
        for (name, hint) in fields.iter() {
            let py = name.py();
            let Ok(name) = name.cast_exact::<PyString>() else {
                let found = name.get_type().qualname()?;
                let text = format!("region {}: wanted field names, found: {found}", own.region);
                return Err(errors::declaration(py, text));
            };
            let field = declared(name.to_str()?, &hint)?;
            own.fields.push(field.ok_or_else(|| own.undeclarable(py, name, &hint))?);
            own.names.push(PyString::intern(py, name.to_str()?).unbind());
        }
        Ok(own)
    }

    /// The names of the fields.
    #[getter]
    fn names<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.names)
    }

    /// The canonical bytes of a key.
    #[pyo3(signature = (**key))]
    fn encode(&self, py: Python<'_>, key: Option<&Bound<'_, PyDict>>) -> PyResult<Vec<u8>> {
        let mut writer = KeyWriter::new();
        for part in self.parts(py, key)? {
            writer.part(part);
        }
        Ok(writer.finish().as_bytes().to_vec())
    }
}

impl KeyFields {
    /// The fields, in the order of their declaration.
    pub(crate) fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The parts of a key, in the order of the declaration.
    ///
    /// # Errors
    /// `KeyFieldError` where a field is missing, unknown, or of another type.
    pub(crate) fn parts(
        &self,
        py: Python<'_>,
        key: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Vec<Part>> {
        let mut parts = Vec::with_capacity(self.fields.len());
        for (field, name) in self.fields.iter().zip(&self.names) {
            let value = match key {
                Some(key) => key.get_item(name)?,
                None => None,
            };
            let value = value.ok_or_else(|| self.names_differ(py, key))?;
            parts.push(self.part(field, &value)?);
        }
        if key.map_or(0, PyDictMethods::len) != self.fields.len() {
            return Err(self.names_differ(py, key));
        }
        Ok(parts)
    }

    fn part(&self, field: &Field, value: &Bound<'_, PyAny>) -> PyResult<Part> {
        match part_of(value)? {
            FromPython::Part(Part::Null) if field.nullable => Ok(Part::Null),
            FromPython::Part(part) if kind_of(&part) == Some(field.kind) => Ok(part),
            FromPython::TooWide if field.kind == FieldKind::Int => {
                Err(self.wrong(value.py(), field, "at most 128 bits", "an int of more", None))
            }
            FromPython::Surrogates if field.kind == FieldKind::Text => {
                Err(self.wrong(value.py(), field, "text", "a str with lone surrogates", None))
            }
            _ => {
                let found = value.get_type().fully_qualified_name()?.to_string();
                let hint = hint(field, value);
                Err(self.wrong(value.py(), field, type_name(field.kind), &found, hint))
            }
        }
    }

    fn wrong(
        &self,
        py: Python<'_>,
        field: &Field,
        wanted: &str,
        found: &str,
        hint: Option<String>,
    ) -> PyErr {
        let hint = hint.map_or_else(String::new, |hint| format!("\nhint: {hint}"));
        let null = if field.nullable { " or None" } else { "" };
        let (region, name) = (&self.region, &field.name);
        let text = format!(
            "region {region}, key field {name}: wanted {wanted}{null}, found: {found}{hint}"
        );
        errors::key_field(py, text)
    }

    fn names_differ(&self, py: Python<'_>, key: Option<&Bound<'_, PyDict>>) -> PyErr {
        let wanted: Vec<_> = self.fields.iter().map(|field| field.name.as_str()).collect();
        let found: Vec<String> = key
            .map_or_else(Vec::new, |key| key.keys().iter().map(|name| name.to_string()).collect());
        let list = |names: &[&str]| match names {
            [] => "none".to_owned(),
            names => names.join(", "),
        };
        let found: Vec<_> = found.iter().map(String::as_str).collect();
        let (region, wanted, found) = (&self.region, list(&wanted), list(&found));
        errors::key_field(
            py,
            format!("region {region}: wanted the key fields {wanted}, found: {found}"),
        )
    }

    fn undeclarable(
        &self,
        py: Python<'_>,
        name: &Bound<'_, PyString>,
        hint: &Bound<'_, PyAny>,
    ) -> PyErr {
        let found = hint.repr().map(|shown| shown.to_string()).unwrap_or_default();
        let text = format!(
            "region {}, key field {name}: wanted int, str, bool, bytes, date or UUID, or one of \
             them with None, found: {found}",
            self.region
        );
        errors::declaration(py, text)
    }
}

/// The field of a type hint; `None` where it is none that a key can have.
fn declared(name: &str, hint: &Bound<'_, PyAny>) -> PyResult<Option<Field>> {
    if let Some(kind) = kind_of_type(hint)? {
        return Ok(Some(Field::new(name, kind)));
    }
    let py = hint.py();
    let typing = py.import("typing")?;
    let origin = typing.call_method1("get_origin", (hint,))?;
    let is_union = origin.is(&typing.getattr("Union")?)
        || origin.is(&py.import("types")?.getattr("UnionType")?);
    if !is_union {
        return Ok(None);
    }
    let members = typing.call_method1("get_args", (hint,))?.cast_into::<PyTuple>()?;
    let none = py.None().into_bound(py).get_type();
    let mut others = members.iter().filter(|member| !member.is(&none));
    let (Some(other), None) = (others.next(), others.next()) else { return Ok(None) };
    Ok(kind_of_type(&other)?.map(|kind| Field::new(name, kind).or_null()))
}

fn kind_of_type(hint: &Bound<'_, PyAny>) -> PyResult<Option<FieldKind>> {
    let py = hint.py();
    let types = Types::get(py)?;
    let known: [(&Bound<'_, PyType>, FieldKind); 6] = [
        (&py.get_type::<PyInt>(), FieldKind::Int),
        (&py.get_type::<PyString>(), FieldKind::Text),
        (&py.get_type::<PyBool>(), FieldKind::Bool),
        (&py.get_type::<PyBytes>(), FieldKind::Bytes),
        (types.uuid.bind(py), FieldKind::Uuid),
        (types.date.bind(py), FieldKind::Date),
    ];
    Ok(known.iter().find(|(known, _)| hint.is(*known)).map(|(_, kind)| *kind))
}

fn type_name(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Bool => "bool",
        FieldKind::Bytes => "bytes",
        FieldKind::Date => "date",
        FieldKind::Int => "int",
        FieldKind::Uuid => "UUID",
        _ => "str",
    }
}

/// What the caller may have meant.
fn hint(field: &Field, value: &Bound<'_, PyAny>) -> Option<String> {
    let name = &field.name;
    if value.is_none() {
        return Some(format!("declare {name}: Optional[{}]", type_name(field.kind)));
    }
    if value.hasattr("pk").unwrap_or(false) {
        return Some(format!("{name}.pk"));
    }
    let is_text = value.is_instance_of::<PyString>();
    Some(match field.kind {
        FieldKind::Text if is_text => format!("str.__str__({name})"),
        FieldKind::Bytes if is_text => format!("{name}.encode()"),
        FieldKind::Date if is_text => format!("date.fromisoformat({name})"),
        FieldKind::Date if value.hasattr("date").unwrap_or(false) => format!("{name}.date()"),
        FieldKind::Date => return None,
        FieldKind::Uuid if is_text => format!("UUID({name})"),
        FieldKind::Uuid => return None,
        kind => format!("{}({name})", type_name(kind)),
    })
}
