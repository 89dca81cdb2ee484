//! Mechanisms that can be taken out, to see that a test notices.
//!
//! In every normal build [`is`] is `false` at compile time and nothing of this remains. Built with
//! `SURECACHE_MUTANTS=1` (`make mutants`), the variable `SURECACHE_MUTANT` names the one mechanism
//! that is missing in this run.

/// A mechanism that a promise rests on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mutant {
    /// An absent generation is stamped, and matches, as if it were a value.
    AbsentIsAValue,
    /// Fencing tokens are the store's time and nothing else.
    FenceIsTime,
    /// A changed collection is put whatever stands there meanwhile.
    CollectionOverwritten,
    /// Generations are read after the loader ran.
    GenerationsAfterLoad,
    /// Generations are counters that start anew after an eviction.
    GenerationsCount,
    /// Generations that are asked for once more get the bytes of the first attempt.
    #[cfg_attr(
        not(feature = "redis"),
        expect(dead_code, reason = "what asks for it is in that build only")
    )]
    GenerationsResent,
    /// Stamps do not tell who served the generation.
    IncarnationIgnored,
    /// What is inflated has no bound.
    #[cfg_attr(
        not(feature = "compress"),
        expect(dead_code, reason = "what asks for it is in that build only")
    )]
    InflatedUnbounded,
    /// What ends validity is refused while the breaker is open, as everything else is.
    #[cfg_attr(
        not(feature = "redis"),
        expect(dead_code, reason = "what asks for it is in that build only")
    )]
    InvalidationRefused,
    /// A flight is joined without a look at its lease.
    #[cfg_attr(
        not(all(surecache_mutants, test)),
        expect(dead_code, reason = "the walk asks for it in that build only")
    )]
    JoinWithoutLease,
    /// A flight is found by key alone, whatever the generations.
    JoinByKeyAlone,
    /// What is moved is deleted under its old key, whatever stands there meanwhile.
    MovedUnchecked,
    /// Deleting what matches a pattern leaves what is being loaded.
    PatternLeavesLoads,
    /// A place of a lock is given back without a look at who holds it.
    LockUnowned,
    /// Who waits for a lock is not told that it was given back.
    LockUntold,
    /// A primary is kept whatever the sentinels say.
    #[cfg_attr(
        not(feature = "redis"),
        expect(dead_code, reason = "what asks for it is in that build only")
    )]
    PrimaryKept,
    /// A generation's life is prolonged by writing it anew.
    #[cfg_attr(
        not(feature = "redis"),
        expect(dead_code, reason = "what asks for it is in that build only")
    )]
    RenewalBySet,
    /// What changes an entry leaves its revision.
    #[cfg_attr(
        not(feature = "embedded"),
        expect(dead_code, reason = "what asks for it is in that build only")
    )]
    RevisionKept,
    /// What is kept near is used whatever the store says of it.
    RevisionUnchecked,
    /// The seal is not verified.
    SealUnverified,
    /// A put does not compare the lease token.
    TokenUnchecked,
    /// What could not be ended is read all the same.
    UndeliveredRead,
    /// A load stores over what others, who know nothing of leases, have stored meanwhile.
    #[cfg_attr(
        not(feature = "redis"),
        expect(dead_code, reason = "what asks for it is in that build only")
    )]
    Unnoted,
    /// A load that may not be stored is shared with joiners.
    UnstorableShared,
    /// The value of a hash's field is sealed for no key and no field.
    ValueUnbound,
}

/// True where this mechanism is taken out.
#[cfg(not(surecache_mutants))]
#[inline(always)]
pub(crate) const fn is(_mutant: Mutant) -> bool {
    false
}

/// True where this mechanism is taken out.
#[cfg(surecache_mutants)]
pub(crate) fn is(mutant: Mutant) -> bool {
    static CHOSEN: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
        #[expect(clippy::disallowed_methods, reason = "a build for tests only")]
        std::env::var("SURECACHE_MUTANT").unwrap_or_default()
    });
    format!("{mutant:?}") == *CHOSEN
}
