//! Who may be given an answer.

use std::ops::BitAnd;

use super::part::Part;
use super::tag::Tag;
use crate::base::Error;

/// Who may be given the answer; not what it is about.
///
/// Part of the physical key and of the seal, so that an answer made for one principal is never
/// found for another. Each principal adds its tag: `invalidate(Scope::user(42).tags())` drops all
/// of one user's answers.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Scope {
    principals: Vec<Principal>,
}

/// A party that an answer is made for.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Principal {
    /// Which sort of party.
    pub kind: PrincipalKind,
    /// Which one.
    pub value: Part,
    /// True where the answer depends on the party's rights: revoking them ends it.
    pub authz: bool,
}

/// The sorts of principals.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum PrincipalKind {
    /// One login session.
    Session,
    /// One customer of a shared system.
    Tenant,
    /// One person or account.
    User,
}

impl PrincipalKind {
    /// The kind's name, as in declarations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Tenant => "tenant",
            Self::User => "user",
        }
    }

    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Session => 1,
            Self::Tenant => 2,
            Self::User => 3,
        }
    }
}

impl Scope {
    /// Anybody may be given the answer. `_reason` says why, for the reader of the declaration.
    pub fn public(_reason: &str) -> Self {
        Self { principals: Vec::new() }
    }

    /// One tenant only.
    pub fn tenant(value: impl Into<Part>) -> Self {
        Self::one(PrincipalKind::Tenant, value.into())
    }

    /// One user only.
    pub fn user(value: impl Into<Part>) -> Self {
        Self::one(PrincipalKind::User, value.into())
    }

    /// One session only.
    pub fn session(value: impl Into<Part>) -> Self {
        Self::one(PrincipalKind::Session, value.into())
    }

    /// A scope of the principals given; none is public.
    ///
    /// # Errors
    /// Misuse where a kind occurs twice.
    pub fn of(mut principals: Vec<Principal>) -> Result<Self, Error> {
        merge(&mut principals);
        if let Some(pair) = principals.windows(2).find(|pair| pair[0].kind == pair[1].kind) {
            let kind = pair[0].kind.name();
            return Err(Error::misuse(format!(
                "a scope wants at most one principal of a kind, found two of kind: {kind}"
            )));
        }
        Ok(Self { principals })
    }

    /// The same scope, where the answer also depends on the rights of its principals.
    #[must_use]
    pub fn authz(mut self) -> Self {
        for principal in &mut self.principals {
            principal.authz = true;
        }
        self
    }

    /// The principals, in canonical order; empty for a public scope.
    pub fn principals(&self) -> &[Principal] {
        &self.principals
    }

    /// True where revoking rights must end the answer.
    pub fn has_authz(&self) -> bool {
        self.principals.iter().any(|principal| principal.authz)
    }

    /// The tags that its principals add to each answer.
    pub fn tags(&self) -> impl Iterator<Item = Tag> {
        self.principals.iter().flat_map(|principal| {
            let rights = principal.authz.then(|| Tag::rights(principal.kind, &principal.value));
            [Some(Tag::principal(principal.kind, &principal.value)), rights].into_iter().flatten()
        })
    }

    /// The tags of its principals' rights: what revoking ends.
    pub fn rights(&self) -> impl Iterator<Item = Tag> {
        let principals = self.principals.iter();
        principals.map(|principal| Tag::rights(principal.kind, &principal.value))
    }

    /// True where whoever may be given an answer of this scope may be given one of `inner`.
    pub fn covers(&self, inner: &Scope) -> bool {
        inner.principals.iter().all(|wanted| {
            self.principals.iter().any(|own| own.kind == wanted.kind && own.value == wanted.value)
        })
    }

    /// Appends the canonical bytes: a count, then kind and value of each principal.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        out.push(u8::try_from(self.principals.len()).unwrap_or(u8::MAX));
        for principal in &self.principals {
            out.push(principal.kind.code());
            principal.value.write_to(out);
        }
    }

    /// Appends the shape without the values: what the fingerprint of a region takes in.
    pub fn write_shape_to(&self, out: &mut Vec<u8>) {
        out.push(u8::try_from(self.principals.len()).unwrap_or(u8::MAX));
        for principal in &self.principals {
            out.extend_from_slice(&[principal.kind.code(), u8::from(principal.authz)]);
        }
    }

    fn one(kind: PrincipalKind, value: Part) -> Self {
        Self { principals: vec![Principal { kind, value, authz: false }] }
    }
}

impl BitAnd for Scope {
    type Output = Self;

    /// Both scopes at once. A kind that both name keeps both values: nobody but a principal that
    /// is both could be given the answer.
    fn bitand(mut self, other: Self) -> Self {
        self.principals.extend(other.principals);
        merge(&mut self.principals);
        self
    }
}

/// Sorts, and makes one of each principal that is named twice: rights decide where either says so.
fn merge(principals: &mut Vec<Principal>) {
    principals.sort();
    principals.dedup_by(|later, earlier| {
        let is_same = later.kind == earlier.kind && later.value == earlier.value;
        earlier.authz |= is_same && later.authz;
        is_same
    });
}
