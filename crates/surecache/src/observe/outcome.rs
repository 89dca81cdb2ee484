//! How a read can end.

/// How a read ended. Every read ends in exactly one.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Outcome {
    /// Loaded without reading the cache and without storing: the context forbids both.
    Bypassed,
    /// Got the value of a load that another reader ran.
    Collapsed,
    /// The load failed, its own or the one that was joined.
    Failed,
    /// Found, believed and fresh.
    Hit,
    /// Loaded, and offered to the store.
    Loaded,
    /// Not found, and nothing was asked to load it.
    Missed,
    /// Found and believed, past its hard expiry, while another reader refreshes it.
    Stale,
    /// Found and believed, past its hard expiry, because the load failed.
    StaleOnError,
    /// Waited for the loads of others for as long as anyone may wait.
    TimedOut,
    /// Loaded without the store, which could not be asked.
    Unavailable,
    /// Loaded, and given to nobody else, because the load may not be stored.
    Unstored,
}

impl Outcome {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 11] = [
        Self::Bypassed,
        Self::Collapsed,
        Self::Failed,
        Self::Hit,
        Self::Loaded,
        Self::Missed,
        Self::Stale,
        Self::StaleOnError,
        Self::TimedOut,
        Self::Unavailable,
        Self::Unstored,
    ];

    /// The name in statistics and explanations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bypassed => "bypassed",
            Self::Collapsed => "collapsed",
            Self::Failed => "failed",
            Self::Hit => "hit",
            Self::Loaded => "loaded",
            Self::Missed => "missed",
            Self::Stale => "stale",
            Self::StaleOnError => "stale_on_error",
            Self::TimedOut => "timed_out",
            Self::Unavailable => "unavailable",
            Self::Unstored => "unstored",
        }
    }

    /// True where the caller got a value without a load.
    pub fn is_hit(self) -> bool {
        matches!(self, Self::Hit | Self::Stale)
    }
}
