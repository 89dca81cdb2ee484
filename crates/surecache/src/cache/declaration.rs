//! A region as it was declared, and what a read of it is about.

use std::time::Duration;

use super::core::Core;
use super::tags::Tags;
use crate::base::Error;
use crate::base::sync::{Arc, OnceLock};
use crate::entry::{Codec, Fingerprint, Form};
use crate::flow::step::{Subject, Terms};
use crate::key::{EntryKey, Field, KeyBytes, Scope, Tag, TagId, TagList};
use crate::observe::Statistics;
use crate::policy::Policy;

/// What is declared about a region, whatever the language.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// The name: unique in the namespace.
    pub name: String,
    /// The version of the loader's meaning; raise it when the same key gives another answer.
    pub version: u32,
    /// The fields of the key.
    pub fields: Vec<Field>,
    /// How values are encoded.
    pub codec: Codec,
    /// How long answers live.
    pub policy: Policy,
}

/// A region in a cache. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Declared(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    declaration: Declaration,
    /// Name, version, fields and codec: the part of the fingerprint that is the same for all keys.
    shape: blake3::Hasher,
    terms: Arc<Terms>,
    /// Namespace and region, the tags of every answer.
    tags: [Tag; 2],
    tag_ids: [TagId; 2],
    /// The first fingerprint, by the shape of scope and dependencies: it hardly ever changes.
    first: OnceLock<(Vec<u8>, Fingerprint)>,
}

impl Declared {
    /// Takes a declaration.
    ///
    /// # Errors
    /// Misuse where name, fields or policy make no sense. `authz` is true where the scope says that
    /// rights decide.
    pub fn new(core: &Core, declaration: Declaration, authz: bool) -> Result<Self, Error> {
        check_name(&declaration.name)?;
        check_fields(&declaration.fields)?;
        declaration.policy.check(authz)?;
        let policy = declaration.policy.clone();
        let longest = policy.ttl.map_or(NO_EXPIRY_LIFE, |ttl| {
            ttl + policy.stale_while_revalidate.max(policy.stale_if_error)
        });
        let tags = [Tag::namespace(), Tag::region(&declaration.name)];
        Ok(Self(Arc::new(Inner {
            tag_ids: tags.each_ref().map(|tag| core.engine().namespace.tag_id(tag)),
            tags,
            first: OnceLock::new(),
            shape: shape(&declaration),
            terms: Arc::new(Terms {
                namespace: Arc::clone(&core.engine().namespace),
                counters: core.counters(&declaration.name),
                policy,
                life: longest + LIFE_SPARE,
            }),
            declaration,
        })))
    }

    /// As it was declared.
    pub fn declaration(&self) -> &Declaration {
        &self.0.declaration
    }

    /// Refuses rights where answers may be stale: a scope may name them for some keys only.
    ///
    /// # Errors
    /// Misuse.
    pub(super) fn check_scope(&self, scope: &Scope) -> Result<(), Error> {
        if scope.has_authz() { self.0.terms.policy.check(true) } else { Ok(()) }
    }

    /// The tags of every answer, and their ids.
    pub(super) fn base_tags(&self) -> impl Iterator<Item = (&Tag, TagId)> {
        self.0.tags.iter().zip(self.0.tag_ids)
    }

    /// What a read is about: the entry's name, the tags, the policy.
    pub(super) fn subject(&self, scope: &Scope, key: &KeyBytes, depends: &Tags) -> Arc<Subject> {
        let namespace = &self.0.terms.namespace;
        let fingerprint = self.fingerprint(scope, depends);
        let mut tags: Vec<Tag> = Vec::with_capacity(6);
        tags.extend(self.0.tags.iter().cloned());
        tags.extend(scope.tags());
        tags.extend(depends.tags().iter().cloned());
        let mut tag_ids = Vec::with_capacity(tags.len());
        tag_ids.extend(self.0.tag_ids);
        tag_ids.extend(tags[2..].iter().map(|tag| namespace.tag_id(tag)));
        let mut name = Vec::with_capacity(USUAL_BYTES);
        self.begin_name(fingerprint, scope, &mut name);
        name.extend_from_slice(key.as_bytes());
        self.about(fingerprint, EntryKey::region(&name), TagList::Listed(tags), tag_ids)
    }

    /// What a read is about, by the entry's name and a list of tags.
    pub(super) fn about(
        &self,
        fingerprint: Fingerprint,
        entry: EntryKey,
        tags: TagList,
        tag_ids: Vec<TagId>,
    ) -> Arc<Subject> {
        Arc::new(Subject {
            entry,
            form: Form::Sealed,
            fingerprint,
            tag_ids,
            tags,
            terms: Arc::clone(&self.0.terms),
        })
    }

    pub(super) fn fingerprint(&self, scope: &Scope, depends: &Tags) -> Fingerprint {
        let mut shape = Vec::with_capacity(8 + depends.shape().len());
        scope.write_shape_to(&mut shape);
        shape.extend_from_slice(depends.shape());
        if let Some((known, fingerprint)) = self.0.first.get()
            && *known == shape
        {
            return *fingerprint;
        }
        let mut hasher = self.0.shape.clone();
        hasher.update(&shape);
        let mut fingerprint = [0; 16];
        fingerprint.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        let fingerprint = Fingerprint(fingerprint);
        self.0.first.get_or_init(|| (shape, fingerprint));
        fingerprint
    }

    /// Appends what stands before the key in the names of entries.
    pub(super) fn begin_name(&self, fingerprint: Fingerprint, scope: &Scope, out: &mut Vec<u8>) {
        out.extend_from_slice(self.0.declaration.name.as_bytes());
        out.push(0);
        out.extend_from_slice(&fingerprint.0);
        scope.write_to(out);
    }
}

fn check_name(name: &str) -> Result<(), Error> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() || name.len() > 200 || !name.chars().all(is_word) {
        return Err(Error::misuse(format!(
            "wanted a region name of 1 to 200 letters, digits, '_', '-' or '.', found: {name:?} \
             ({} is for plain keys)",
            Statistics::PLAIN
        )));
    }
    Ok(())
}

fn check_fields(fields: &[Field]) -> Result<(), Error> {
    for (index, field) in fields.iter().enumerate() {
        if fields[..index].iter().any(|other| other.name == field.name) {
            let name = &field.name;
            return Err(Error::misuse(format!("wanted each key field once, found twice: {name}")));
        }
    }
    Ok(())
}

fn shape(declaration: &Declaration) -> blake3::Hasher {
    let mut hasher = blake3::Hasher::new_derive_key("surecache fingerprint v1");
    let mut text = |text: &str| {
        hasher.update(&(text.len() as u64).to_be_bytes());
        hasher.update(text.as_bytes());
    };
    text(&declaration.name);
    text(&format!("{:?}", declaration.codec));
    for field in &declaration.fields {
        text(&field.name);
        text(&field.kind.to_string());
        text(if field.nullable { "null" } else { "" });
    }
    hasher.update(&(declaration.fields.len() as u64).to_be_bytes());
    hasher.update(&declaration.version.to_be_bytes());
    hasher
}

/// Enough for most names of entries and tags, so that writing one allocates once.
pub(super) const USUAL_BYTES: usize = 256;

/// How far a generation outlives the entries that carry its stamp: a day, so that a clock that is
/// set or a slow load does not end answers early. Ending them early is never wrong.
const LIFE_SPARE: Duration = Duration::from_secs(24 * 3600);

/// The life of generations for answers without expiry: ten years.
const NO_EXPIRY_LIFE: Duration = Duration::from_secs(10 * 366 * 24 * 3600);
