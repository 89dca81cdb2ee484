//! The services: what the routes call. Reads go through a region; writes say what they changed.

use std::sync::Arc;

use serde::Serialize;
use surecache::{Cache, Scope, Statistics, Tag};
use tokio::sync::RwLock;

use crate::counts::{Counted, Counts, InProgress};
use crate::database::Database;
use crate::failure::Failure;
use crate::queries::{self, Dashboard, Profile};
use crate::regions::{MemberKey, Origin, TeamDashboard, UserKey, UserProfile};

/// Everything that a request needs. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Services {
    cache: Cache,
    origin: Origin,
    /// Shared by the writes under way; whoever has it alone knows that there is none.
    writing: Arc<RwLock<()>>,
}

/// The service's own counts, and the cache's for all processes that share its store.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    service: Counted,
    cache: Statistics,
}

impl Services {
    pub(crate) fn new(cache: Cache, database: Database) -> Self {
        let origin = Origin { database, counts: Counts::default() };
        Self { cache, origin, writing: Arc::default() }
    }

    pub(crate) async fn profile(&self, user_id: i64) -> Result<Profile, Failure> {
        let key = UserKey { user_id };
        Ok(self.cache.get_or_load(&UserProfile, &key, &self.origin).await?)
    }

    pub(crate) async fn dashboard(&self, user_id: i64, team_id: i64) -> Result<Dashboard, Failure> {
        let key = MemberKey { user_id, team_id };
        Ok(self.cache.get_or_load(&TeamDashboard, &key, &self.origin).await?)
    }

    /// Changes the title; the new version of the profile.
    pub(crate) async fn change_title(&self, user_id: i64, title: String) -> Result<i64, Failure> {
        self.write([Tag::row("users", "id", user_id)], move |database| {
            queries::write_title(database, user_id, &title)
        })
        .await
    }

    pub(crate) async fn change_role(
        &self,
        user_id: i64,
        team_id: i64,
        role: String,
    ) -> Result<(), Failure> {
        self.write([Tag::row("memberships", "user_id", user_id)], move |database| {
            queries::write_role(database, user_id, team_id, &role)
        })
        .await
    }

    pub(crate) async fn grant(
        &self,
        user_id: i64,
        team_id: i64,
        kind: String,
    ) -> Result<(), Failure> {
        self.write([Tag::row("permissions", "user_id", user_id)], move |database| {
            queries::write_permission(database, user_id, team_id, &kind)
        })
        .await
    }

    /// Takes a permission away. Once this has returned, no answer that was made under it is given.
    pub(crate) async fn revoke(
        &self,
        user_id: i64,
        team_id: i64,
        kind: String,
    ) -> Result<(), Failure> {
        self.write(Scope::user(user_id).rights(), move |database| {
            queries::delete_permission(database, user_id, team_id, &kind)
        })
        .await
    }

    pub(crate) async fn report(&self) -> Result<Report, Failure> {
        Ok(Report { service: self.origin.counts.now(), cache: self.cache.statistics().await? })
    }

    pub(crate) fn request(&self) -> InProgress {
        self.origin.counts.request()
    }

    /// Returns when the writes under way have ended what they changed.
    pub(crate) async fn finish_writes(&self) {
        drop(self.writing.write().await);
    }

    /// Commits a write, then ends the answers that it changes.
    ///
    /// In a task of its own: a client that goes away cancels its request, and that must not happen
    /// between the commit and the invalidation.
    async fn write<T: Send + 'static>(
        &self,
        changed: impl IntoIterator<Item = Tag>,
        write: impl FnOnce(&rusqlite::Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let (services, changed) = (self.clone(), changed.into_iter().collect::<Vec<_>>());
        let under_way = Arc::clone(&self.writing).read_owned().await;
        let written = tokio::spawn(async move {
            let commit = move |database: &mut rusqlite::Connection| {
                let transaction = database.transaction()?;
                let result = write(&transaction)?;
                transaction.commit()?;
                Ok(result)
            };
            let result = services.origin.database.run(commit).await?;
            services.cache.invalidate(changed).await?;
            drop(under_way);
            Ok(result)
        });
        written.await.map_err(|_| Failure::Stopped)?
    }
}
