//! Why an entry that was found is not used.

/// Why an entry that was found is not used. Counted per region.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Refusal {
    /// Past its hard expiry.
    Expired,
    /// The seal does not fit the bytes: damaged or forged.
    Forged,
    /// Stands under another key than it was sealed for.
    ForeignKey,
    /// A tag that it depends on was invalidated after its load began.
    Invalidated,
    /// Too short, or its lengths do not add up.
    Malformed,
    /// Another version of the stored format.
    OtherFormat,
    /// Sealed with a secret that is not among ours.
    OtherKey,
    /// Another declaration of the region.
    OtherSource,
    /// Carries a tag whose invalidation this process could not deliver yet.
    Undelivered,
    /// Whole and ours, but its codec cannot read it.
    Undecodable,
}

impl Refusal {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::Expired,
        Self::Forged,
        Self::ForeignKey,
        Self::Invalidated,
        Self::Malformed,
        Self::OtherFormat,
        Self::OtherKey,
        Self::OtherSource,
        Self::Undelivered,
        Self::Undecodable,
    ];

    /// The name in statistics and explanations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Forged => "forged",
            Self::ForeignKey => "foreign_key",
            Self::Invalidated => "invalidated",
            Self::Malformed => "malformed",
            Self::OtherFormat => "other_format",
            Self::OtherKey => "other_key",
            Self::OtherSource => "other_source",
            Self::Undelivered => "undelivered",
            Self::Undecodable => "undecodable",
        }
    }
}
