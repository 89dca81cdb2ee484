//! What is read from the database and written to it: no cache here.

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The profile page of a user. `version` grows by one with each update.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Profile {
    pub(crate) user_id: i64,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) version: i64,
    pub(crate) teams: Vec<String>,
}

/// What a user may do in a team.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Rights {
    pub(crate) team: String,
    pub(crate) role: String,
    /// The kinds of events that the user may see, in order.
    pub(crate) permissions: Vec<String>,
}

/// What happened in a team, as far as a user may see it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Dashboard {
    pub(crate) user_id: i64,
    pub(crate) team_id: i64,
    pub(crate) rights: Rights,
    pub(crate) totals: Vec<Total>,
    /// For each day: its number, events, different actors.
    pub(crate) days: Vec<(i64, i64, i64)>,
}

/// All events of a kind.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Total {
    pub(crate) kind: String,
    pub(crate) events: i64,
    pub(crate) actors: i64,
    pub(crate) amount_cents: i64,
}

pub(crate) fn read_profile(database: &Connection, user_id: i64) -> Result<Profile, Failure> {
    let select = "SELECT name, title, version FROM users WHERE id = ?";
    let found = database.query_row(select, [user_id], |row| {
        let (name, title, version) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Profile { user_id, name, title, version, teams: Vec::new() })
    });
    let mut profile = found.optional()?.ok_or(Failure::Unknown { user_id })?;
    let select = "SELECT teams.name FROM memberships JOIN teams ON teams.id = team_id \
                  WHERE user_id = ? ORDER BY team_id";
    let mut select = database.prepare(select)?;
    let teams = select.query_map([user_id], |row| row.get(0))?;
    profile.teams = teams.collect::<Result<_, _>>()?;
    Ok(profile)
}

pub(crate) fn read_rights(
    database: &Connection,
    user_id: i64,
    team_id: i64,
) -> Result<Rights, Failure> {
    let select = "SELECT teams.name, role FROM memberships JOIN teams ON teams.id = team_id \
                  WHERE user_id = ? AND team_id = ?";
    let found =
        database.query_row(select, [user_id, team_id], |row| Ok((row.get(0)?, row.get(1)?)));
    let (team, role) = found.optional()?.ok_or(Failure::NotAMember { user_id, team_id })?;
    let select = "SELECT kind FROM permissions WHERE user_id = ? AND team_id = ? ORDER BY kind";
    let mut select = database.prepare(select)?;
    let kinds = select.query_map([user_id, team_id], |row| row.get(0))?;
    Ok(Rights { team, role, permissions: kinds.collect::<Result<_, _>>()? })
}

/// Aggregates over all events of a team that the rights let the user see: the expensive one.
pub(crate) fn read_dashboard(
    database: &Connection,
    user_id: i64,
    team_id: i64,
    rights: Rights,
) -> Result<Dashboard, Failure> {
    let select = "SELECT kind, count(*), count(DISTINCT actor_id), sum(amount_cents) FROM events \
                  WHERE team_id = ?1 AND kind IN (SELECT value FROM json_each(?2)) \
                  GROUP BY kind ORDER BY kind";
    let visible = serde_json::Value::from(rights.permissions.clone()).to_string();
    let totals = database
        .prepare(select)?
        .query_map(params![team_id, visible], |row| {
            let (kind, events) = (row.get(0)?, row.get(1)?);
            Ok(Total { kind, events, actors: row.get(2)?, amount_cents: row.get(3)? })
        })?
        .collect::<Result<_, _>>()?;
    let select = "SELECT day, count(*), count(DISTINCT actor_id) FROM events \
                  WHERE team_id = ?1 AND kind IN (SELECT value FROM json_each(?2)) \
                  GROUP BY day ORDER BY day";
    let days = database
        .prepare(select)?
        .query_map(params![team_id, visible], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    Ok(Dashboard { user_id, team_id, rights, totals, days })
}

/// Changes a user's title; the new version of the profile.
pub(crate) fn write_title(
    database: &Connection,
    user_id: i64,
    title: &str,
) -> Result<i64, Failure> {
    let update = "UPDATE users SET title = ?, version = version + 1 WHERE id = ? RETURNING version";
    let version = database.query_row(update, params![title, user_id], |row| row.get(0));
    version.optional()?.ok_or(Failure::Unknown { user_id })
}

pub(crate) fn write_role(
    database: &Connection,
    user_id: i64,
    team_id: i64,
    role: &str,
) -> Result<(), Failure> {
    let update = "UPDATE memberships SET role = ? WHERE user_id = ? AND team_id = ?";
    match database.execute(update, params![role, user_id, team_id])? {
        0 => Err(Failure::NotAMember { user_id, team_id }),
        _ => Ok(()),
    }
}

pub(crate) fn write_permission(
    database: &Connection,
    user_id: i64,
    team_id: i64,
    kind: &str,
) -> Result<(), Failure> {
    let insert = "INSERT OR IGNORE INTO permissions VALUES (?, ?, ?)";
    database.execute(insert, params![user_id, team_id, kind])?;
    Ok(())
}

pub(crate) fn delete_permission(
    database: &Connection,
    user_id: i64,
    team_id: i64,
    kind: &str,
) -> Result<(), Failure> {
    let delete = "DELETE FROM permissions WHERE user_id = ? AND team_id = ? AND kind = ?";
    database.execute(delete, params![user_id, team_id, kind])?;
    Ok(())
}
