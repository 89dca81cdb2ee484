//! What a module of the core may name, and how long a file may be.

use crate::references::{Reference, references};

/// The layers of the core, top to bottom.
const LAYERS: [&str; 13] = [
    "cache",
    "flow",
    "invalidate",
    "lock",
    "flight",
    "lease",
    "near",
    "store",
    "policy",
    "observe",
    "entry",
    "key",
    "base",
];

/// More than fits one head.
const MAX_LINES: usize = 600;

/// A file of the core.
pub(crate) struct Source {
    pub(crate) file: String,
    pub(crate) module: Vec<String>,
}

/// The stores, by their module and the names that the layer takes from it.
pub(crate) struct Stores(Vec<(String, Vec<String>)>);

impl Stores {
    /// The stores named by `use` in the layer's `mod.rs`: those that implement what it declares.
    pub(crate) fn of(source: &str) -> Self {
        let mut stores: Vec<(String, Vec<String>)> = Vec::new();
        for module in ["embedded", "memory", "redis"] {
            let names =
                references(&["store".to_owned()], &source.replace("pub use ", "use self::"))
                    .into_iter()
                    .filter(|reference| reference.path.get(1).is_some_and(|name| name == module))
                    .filter_map(|reference| reference.path.get(2).cloned())
                    .collect();
            stores.push((module.to_owned(), names));
        }
        Self(stores)
    }

    /// The other store that a path leads to, if it does.
    fn foreign<'a>(&'a self, own: &str, path: &[String]) -> Option<&'a str> {
        let named = path.get(1)?;
        self.0.iter().find_map(|(module, names)| {
            let is_foreign = module != own && (named == module || names.contains(named));
            is_foreign.then_some(module.as_str())
        })
    }
}

/// A line for each reference that breaks a rule.
pub(crate) fn violations(
    source: &Source,
    references: &[Reference],
    stores: &Stores,
) -> Vec<String> {
    let Some(own) = source.module.first() else { return Vec::new() };
    let Some(own_rank) = rank(own) else {
        return vec![format!("{}:1: a layer that is not in the list: {own}", source.file)];
    };
    let broken = references.iter().filter_map(|reference| {
        let rule = broken_rule(own, own_rank, source, reference, stores)?;
        let path = reference.path.join("::");
        Some(format!("{}:{}: {rule}: crate::{path}", source.file, reference.line))
    });
    broken.collect()
}

fn broken_rule(
    own: &str,
    own_rank: usize,
    source: &Source,
    reference: &Reference,
    stores: &Stores,
) -> Option<String> {
    let named = reference.path.first()?;
    let Some(named_rank) = rank(named) else {
        return Some(format!("layer {own} names the crate's root, which is above all layers"));
    };
    if named_rank < own_rank {
        return Some(format!("layer {own} uses layer {named}, which is above it"));
    }
    let own_store = source.module.get(1).filter(|_| own == "store" && named == "store")?;
    if !stores.0.iter().any(|(module, _)| module == own_store) {
        return None;
    }
    let foreign = stores.foreign(own_store, &reference.path)?;
    Some(format!("store {own_store} uses store {foreign}, and stores do not know each other"))
}

/// A line where the file is too long.
pub(crate) fn too_long(file: &str, source: &str) -> Option<String> {
    let lines = source.lines().count();
    (lines > MAX_LINES).then(|| {
        format!("{file}:{}: wanted at most {MAX_LINES} lines, found: {lines}", MAX_LINES + 1)
    })
}

fn rank(layer: &str) -> Option<usize> {
    LAYERS.iter().position(|name| *name == layer)
}

mod tests {
    use super::*;

    fn check(module: &str, code: &str) -> Vec<String> {
        let module: Vec<_> = module.split("::").map(str::to_owned).collect();
        let source = Source { file: "x.rs".to_owned(), module: module.clone() };
        let stores = Stores::of("pub use embedded::{Embedded, Options};\npub use memory::Memory;");
        violations(&source, &references(&module, code), &stores)
    }

    #[test]
    fn a_layer_may_use_itself_and_what_is_below() {
        assert_eq!(check("store::memory", "use crate::key::TagId;\nuse super::Request;"), [""; 0]);
        assert_eq!(check("flow", "use crate::{base::Error, flow::plan, store};"), [""; 0]);
    }

    #[test]
    fn a_layer_above_is_named_with_file_line_and_rule() {
        let wanted = "x.rs:2: layer store uses layer flow, which is above it: crate::flow::plan::P";
        assert_eq!(check("store", "\nuse crate::{base, flow::plan::P};"), [wanted]);
        assert_eq!(check("store::memory", "\nuse super::super::flow::plan::P;"), [wanted]);
        assert_eq!(check("store", "\nfn f(p: crate::flow::plan::P) {}"), [wanted]);
    }

    #[test]
    fn the_root_is_above_all() {
        let wanted = "x.rs:1: layer base names the crate's root, which is above all layers: \
                      crate::Error";
        assert_eq!(check("base::clock", "use crate::Error;"), [wanted]);
    }

    #[test]
    fn a_module_beside_the_layers_is_refused() {
        assert_eq!(check("utils", ""), ["x.rs:1: a layer that is not in the list: utils"]);
    }

    #[test]
    fn stores_do_not_name_each_other_nor_each_others_types() {
        for code in ["use super::memory::x;", "use super::Memory;", "use crate::store::Memory;"] {
            let found = check("store::embedded", code);
            assert!(found[0].contains("store embedded uses store memory"), "{found:?}");
        }
        assert_eq!(check("store::embedded::leases", "use super::super::Reply;"), [""; 0]);
        assert_eq!(check("store::memory", "use super::Memory;"), [""; 0]);
    }

    #[test]
    fn a_file_over_the_limit_is_named() {
        assert_eq!(too_long("x.rs", &"\n".repeat(600)), None);
        let wanted = "x.rs:601: wanted at most 600 lines, found: 601";
        assert_eq!(too_long("x.rs", &"\n".repeat(601)).as_deref(), Some(wanted));
    }
}
