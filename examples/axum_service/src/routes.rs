//! The service over HTTP: JSON in, JSON out.
//!
//! There are no passwords: the header `x-user` says who asks.

use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::failure::Refused;
use crate::queries::{Dashboard, Profile};
use crate::seed::KINDS;
use crate::services::{Report, Services};

/// All routes.
pub(crate) fn service(services: Services) -> Router {
    Router::new()
        .route("/profile/{user_id}", get(profile).post(change_title))
        .route("/team/{team_id}/dashboard", get(dashboard))
        .route("/team/{team_id}/user/{user_id}/role", post(change_role))
        .route("/team/{team_id}/user/{user_id}/permission/{kind}", put(grant).delete(revoke))
        .layer(from_fn_with_state(services.clone(), in_progress))
        // Not counted itself.
        .route("/statistics", get(statistics))
        .fallback(async || Refused::new(StatusCode::NOT_FOUND, "no such address"))
        .with_state(services)
}

type Ids<T> = Result<Path<T>, PathRejection>;
type Body<T> = Result<Json<T>, JsonRejection>;
type Given<T> = Result<Json<T>, Refused>;

/// Who asks.
struct Asking(i64);

#[derive(Deserialize)]
struct NewTitle {
    title: String,
}

#[derive(Deserialize)]
struct NewRole {
    role: String,
}

async fn profile(State(services): State<Services>, user_id: Ids<i64>) -> Given<Profile> {
    let Path(user_id) = user_id?;
    Ok(Json(services.profile(user_id).await?))
}

async fn change_title(
    State(services): State<Services>,
    user_id: Ids<i64>,
    body: Body<NewTitle>,
) -> Given<Value> {
    let (Path(user_id), Json(NewTitle { title })) = (user_id?, body?);
    let version = services.change_title(user_id, title).await?;
    Ok(Json(json!({ "version": version })))
}

async fn dashboard(
    State(services): State<Services>,
    team_id: Ids<i64>,
    Asking(user_id): Asking,
) -> Given<Dashboard> {
    let Path(team_id) = team_id?;
    Ok(Json(services.dashboard(user_id, team_id).await?))
}

async fn change_role(
    State(services): State<Services>,
    ids: Ids<(i64, i64)>,
    body: Body<NewRole>,
) -> Given<Value> {
    let (Path((team_id, user_id)), Json(NewRole { role })) = (ids?, body?);
    services.change_role(user_id, team_id, role.clone()).await?;
    Ok(Json(json!({ "role": role })))
}

async fn grant(State(services): State<Services>, ids: Ids<(i64, i64, String)>) -> Given<Value> {
    let Path((team_id, user_id, kind)) = ids?;
    let kind = known(kind)?;
    services.grant(user_id, team_id, kind.clone()).await?;
    Ok(Json(json!({ "granted": kind })))
}

async fn revoke(State(services): State<Services>, ids: Ids<(i64, i64, String)>) -> Given<Value> {
    let Path((team_id, user_id, kind)) = ids?;
    let kind = known(kind)?;
    services.revoke(user_id, team_id, kind.clone()).await?;
    Ok(Json(json!({ "revoked": kind })))
}

async fn statistics(State(services): State<Services>) -> Given<Report> {
    Ok(Json(services.report().await?))
}

/// Counts a request for as long as it is being answered.
async fn in_progress(State(services): State<Services>, request: Request, next: Next) -> Response {
    let _until_the_end = services.request();
    next.run(request).await
}

impl<S: Sync> FromRequestParts<S> for Asking {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refused> {
        let header = parts.headers.get("x-user").and_then(|value| value.to_str().ok());
        let user_id = header.and_then(|value| value.parse().ok());
        user_id.map(Self).ok_or_else(|| {
            let found = header.unwrap_or("no such header");
            let text = format!("wanted a user's id in the header x-user, found: {found}");
            Refused::new(StatusCode::UNAUTHORIZED, text)
        })
    }
}

fn known(kind: String) -> Result<String, Refused> {
    if KINDS.contains(&kind.as_str()) {
        return Ok(kind);
    }
    let text = format!("wanted one of {}, found: {kind}", KINDS.join(", "));
    Err(Refused::new(StatusCode::BAD_REQUEST, text))
}

impl From<PathRejection> for Refused {
    fn from(rejection: PathRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<JsonRejection> for Refused {
    fn from(rejection: JsonRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}
