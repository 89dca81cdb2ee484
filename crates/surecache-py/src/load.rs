//! A load under way, as its loader sees it.

use std::sync::Arc;

use pyo3::prelude::*;
use surecache::driver::{Core, Load};

use crate::detached::detached;
use crate::tag::{PyTag, tags_of};

/// What a loader may tell about its own answer; also what a region that is read inside it is given
/// as `outer`.
#[pyclass(frozen, name = "Load", module = "surecache._core")]
#[derive(Debug)]
pub(crate) struct PyLoad {
    core: Core,
    pub(crate) load: Arc<Load>,
}

impl PyLoad {
    pub(crate) fn new(core: &Core, load: &Arc<Load>) -> Self {
        Self { core: core.clone(), load: Arc::clone(load) }
    }

    pub(crate) fn of(outer: Option<&Bound<'_, Self>>) -> Option<Arc<Load>> {
        outer.map(|outer| Arc::clone(&outer.get().load))
    }
}

#[pymethods]
impl PyLoad {
    /// Adds tags to the answer; to be called before the data they cover is read.
    fn depends(&self, py: Python<'_>, tags: Vec<PyRef<'_, PyTag>>) {
        let tags = tags_of(&tags);
        detached(py, || self.load.depends_on(&self.core, &tags));
    }

    /// The answer is given to its caller and to nobody else.
    fn forbid_storing(&self) {
        self.load.forbid_storing();
    }
}
