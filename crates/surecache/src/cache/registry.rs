//! The regions that a door has met: one type for each name.

use std::any::{TypeId, type_name};
use std::collections::BTreeMap;

use super::declaration::Declared;
use crate::base::Error;
use crate::base::fork::PerProcess;
use crate::base::sync::{Arc, Mutex, lock};

/// The regions of a door, by name. Cheap to clone; clones share everything.
///
/// Two types under one name would be given each other's answers, so the second is refused.
/// A forked child begins with none.
#[derive(Clone, Debug)]
pub(super) struct Registry(Arc<PerProcess<Mutex<BTreeMap<&'static str, Known>>>>);

#[derive(Clone, Debug)]
struct Known {
    id: TypeId,
    type_name: &'static str,
    declared: Declared,
}

impl Default for Registry {
    fn default() -> Self {
        Self(Arc::new(PerProcess::new()))
    }
}

impl Registry {
    /// The region `R` under its name; declared at the first call.
    ///
    /// # Errors
    /// Misuse where another type has the name, and what `declare` refuses.
    pub(super) fn region<R: 'static>(
        &self,
        name: &'static str,
        declare: impl FnOnce() -> Result<Declared, Error>,
    ) -> Result<Declared, Error> {
        let regions = self.0.get_or_make(Mutex::default);
        if let Some(known) = lock(regions).get(name) {
            return known.of::<R>(name);
        }
        let (id, type_name) = (TypeId::of::<R>(), type_name::<R>());
        let known = Known { id, type_name, declared: declare()? };
        // Another thread may have been first, with another type.
        lock(regions).entry(name).or_insert(known).of::<R>(name)
    }
}

impl Known {
    fn of<R: 'static>(&self, name: &str) -> Result<Declared, Error> {
        if self.id == TypeId::of::<R>() {
            return Ok(self.declared.clone());
        }
        Err(Error::misuse(format!(
            "wanted one type for the region {name}, found two: {}, {}",
            self.type_name,
            type_name::<R>()
        ))
        .with_hint("give one of them another name"))
    }
}
