//! What is cached: for whom, for how long, and what ends it.
//!
//! The scope says who may be given an answer. It is part of the key and of the seal, so an answer
//! that was made for one user cannot be given to another.

use std::time::Duration;

use surecache::{CacheKey, Loading, Policy, Region, Scope, Tags};

use crate::counts::Counts;
use crate::database::Database;
use crate::failure::Failure;
use crate::queries::{self, Dashboard, Profile, Rights};

/// Where answers come from.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) database: Database,
    pub(crate) counts: Counts,
}

#[derive(CacheKey, Clone, Copy, Debug)]
pub(crate) struct UserKey {
    pub(crate) user_id: i64,
}

/// One user in one team.
#[derive(CacheKey, Clone, Copy, Debug)]
pub(crate) struct MemberKey {
    pub(crate) user_id: i64,
    pub(crate) team_id: i64,
}

/// The profile page, the same for everybody.
pub(crate) struct UserProfile;

impl Region for UserProfile {
    const NAME: &'static str = "user_profile";
    type Key = UserKey;
    type Value = Profile;
    type Origin = Origin;
    type Error = Failure;

    fn scope(&self, _key: &UserKey) -> Scope {
        Scope::public("the profile page is the same for everybody")
    }

    fn policy(&self) -> Policy {
        Policy::new(FIVE_MINUTES)
    }

    fn depends_on(&self, key: &UserKey, tags: &mut Tags) {
        tags.row("users", "id", key.user_id).row("memberships", "user_id", key.user_id);
    }

    async fn load(
        &self,
        key: &UserKey,
        origin: &Origin,
        _loading: &Loading<'_>,
    ) -> Result<Profile, Failure> {
        origin.counts.profile_load();
        let user_id = key.user_id;
        origin.database.run(move |database| queries::read_profile(database, user_id)).await
    }
}

/// What a user may do in a team. Revoking the user's rights ends it.
pub(crate) struct MemberRights;

impl Region for MemberRights {
    const NAME: &'static str = "rights";
    type Key = MemberKey;
    type Value = Rights;
    type Origin = Origin;
    type Error = Failure;

    fn scope(&self, key: &MemberKey) -> Scope {
        member(key)
    }

    fn policy(&self) -> Policy {
        Policy::new(FIVE_MINUTES)
    }

    fn depends_on(&self, key: &MemberKey, tags: &mut Tags) {
        tags.row("memberships", "user_id", key.user_id).row("permissions", "user_id", key.user_id);
    }

    async fn load(
        &self,
        key: &MemberKey,
        origin: &Origin,
        _loading: &Loading<'_>,
    ) -> Result<Rights, Failure> {
        origin.counts.rights_load();
        let MemberKey { user_id, team_id } = *key;
        origin.database.run(move |database| queries::read_rights(database, user_id, team_id)).await
    }
}

/// What happened in a team, as far as a user may see it. Five minutes although rights shape the
/// answer: the TTL is not the lifetime of a permission.
pub(crate) struct TeamDashboard;

impl Region for TeamDashboard {
    const NAME: &'static str = "dashboard";
    type Key = MemberKey;
    type Value = Dashboard;
    type Origin = Origin;
    type Error = Failure;

    fn scope(&self, key: &MemberKey) -> Scope {
        member(key)
    }

    fn policy(&self) -> Policy {
        Policy::new(FIVE_MINUTES)
    }

    fn depends_on(&self, key: &MemberKey, tags: &mut Tags) {
        tags.row("teams", "id", key.team_id);
    }

    /// What the rights depend on, the dashboard depends on too: they are read inside its load.
    async fn load(
        &self,
        key: &MemberKey,
        origin: &Origin,
        loading: &Loading<'_>,
    ) -> Result<Dashboard, Failure> {
        origin.counts.dashboard_load();
        let rights = loading.get_or_load(&MemberRights, key, origin).await?;
        let MemberKey { user_id, team_id } = *key;
        let query = move |database: &mut rusqlite::Connection| {
            queries::read_dashboard(database, user_id, team_id, rights)
        };
        origin.database.run(query).await
    }
}

fn member(key: &MemberKey) -> Scope {
    Scope::tenant(key.team_id) & Scope::user(key.user_id).authz()
}

const FIVE_MINUTES: Duration = Duration::from_secs(300);
