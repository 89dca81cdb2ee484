//! What goes wrong, and how the caller is told.

use std::fmt;
use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use surecache::LoadError;

/// Why a query or a write has no result. A loader's failure is shared by all who waited for it.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The cache had no answer: nobody's load ended in time, or a declaration is wrong.
    Cache(surecache::Error),
    /// SQLite said no.
    Database(rusqlite::Error),
    /// The user does not belong to the team.
    NotAMember { user_id: i64, team_id: i64 },
    /// The failure of an answer that this one is made of.
    Part(Arc<Failure>),
    /// The query ended without a result: its thread panicked, or the service is stopping.
    Stopped,
    /// There is no such user.
    Unknown { user_id: i64 },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cache(error) => error.fmt(f),
            Self::Database(error) => write!(f, "the database failed: {error}"),
            Self::NotAMember { user_id, team_id } => {
                write!(f, "wanted a member of team {team_id}, found user: {user_id}")
            }
            Self::Part(failure) => failure.fmt(f),
            Self::Stopped => f.write_str("the query was stopped"),
            Self::Unknown { user_id } => write!(f, "wanted a user, found none with id: {user_id}"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// A loader that reads another region passes its failure on with `?`.
impl From<LoadError<Failure>> for Failure {
    fn from(error: LoadError<Failure>) -> Self {
        match error {
            LoadError::Cache(error) => Self::Cache(error),
            LoadError::Loader(failure) => Self::Part(failure),
        }
    }
}

impl From<surecache::Error> for Failure {
    fn from(error: surecache::Error) -> Self {
        Self::Cache(error)
    }
}

/// An answer that tells what went wrong.
#[derive(Debug)]
pub(crate) struct Refused {
    status: StatusCode,
    text: String,
}

impl Refused {
    pub(crate) fn new(status: StatusCode, text: impl fmt::Display) -> Self {
        Self { status, text: text.to_string() }
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::new(failure.status(), failure)
    }
}

impl Failure {
    fn status(&self) -> StatusCode {
        match self {
            // Nobody's load ended in time, or an invalidation was not taken: to be tried again.
            Self::Cache(error) if error.is_timeout() || error.is_unavailable() => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Cache(_) | Self::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NotAMember { .. } => StatusCode::FORBIDDEN,
            Self::Part(failure) => failure.status(),
            Self::Stopped => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unknown { .. } => StatusCode::NOT_FOUND,
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.text }))).into_response()
    }
}
