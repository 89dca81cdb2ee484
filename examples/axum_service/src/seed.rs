//! Fills a new database: the same rows each time.

use rusqlite::{Connection, TransactionBehavior, params};

/// Kinds of events; seeing one takes a permission.
pub(crate) const KINDS: [&str; 5] = ["orders", "payouts", "refunds", "signups", "visits"];

/// Makes the tables and their rows, unless they are there.
///
/// # Errors
/// SQLite's.
pub(crate) fn fill(connection: &mut Connection, events: u32) -> rusqlite::Result<()> {
    // Of two services that start at the same time, the second finds everything there.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if transaction.table_exists(None, "events")? {
        return Ok(());
    }
    transaction.execute_batch(include_str!("schema.sql"))?;
    for team_id in 1..=TEAMS {
        let name = format!("team {team_id}");
        transaction.execute("INSERT INTO teams VALUES (?, ?)", params![team_id, name])?;
    }
    for user_id in 1..=USERS {
        let (name, title) = (format!("user {user_id}"), "engineer");
        let insert = "INSERT INTO users (id, name, title) VALUES (?, ?, ?)";
        transaction.execute(insert, params![user_id, name, title])?;
        join(&transaction, user_id, 1 + user_id % TEAMS)?;
    }
    {
        let insert = "INSERT INTO events (team_id, kind, actor_id, day, amount_cents) \
                      VALUES (?, ?, ?, ?, ?)";
        let mut insert = transaction.prepare(insert)?;
        for number in 0..events {
            // A Weyl sequence: spread evenly, and the same on every machine.
            let spread = number.wrapping_mul(0x9e37_79b9);
            let kind = KINDS[spread as usize % KINDS.len()];
            let (team_id, actor_id) = (1 + i64::from(number) % TEAMS, spread / 7 % 5000);
            insert.execute(params![team_id, kind, actor_id, spread / 11 % 90, spread % 10_000])?;
        }
    }
    transaction.commit()
}

/// A member who may see the first three kinds.
fn join(connection: &Connection, user_id: i64, team_id: i64) -> rusqlite::Result<()> {
    let insert = "INSERT INTO memberships VALUES (?, ?, 'viewer')";
    connection.execute(insert, params![user_id, team_id])?;
    for kind in &KINDS[..3] {
        let insert = "INSERT INTO permissions VALUES (?, ?, ?)";
        connection.execute(insert, params![user_id, team_id, kind])?;
    }
    Ok(())
}

const TEAMS: i64 = 5;

const USERS: i64 = 60;
