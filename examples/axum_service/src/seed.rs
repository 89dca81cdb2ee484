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
        let mut draw = Draw(1);
        for _ in 0..events {
            let kind = KINDS[draw.below(KINDS.len() as u32) as usize];
            let (team_id, actor_id) = (1 + draw.below(TEAMS), draw.below(500));
            let (day, amount_cents) = (draw.below(90), draw.below(10_000));
            insert.execute(params![team_id, kind, actor_id, day, amount_cents])?;
        }
    }
    transaction.commit()
}

/// A member who may see the first three kinds.
fn join(connection: &Connection, user_id: u32, team_id: u32) -> rusqlite::Result<()> {
    let insert = "INSERT INTO memberships VALUES (?, ?, 'viewer')";
    connection.execute(insert, params![user_id, team_id])?;
    for kind in &KINDS[..3] {
        let insert = "INSERT INTO permissions VALUES (?, ?, ?)";
        connection.execute(insert, params![user_id, team_id, kind])?;
    }
    Ok(())
}

/// Draws that are the same on every machine: a linear congruential generator (Knuth's MMIX).
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let high = (self.0 >> 33) as u32;
        high % limit
    }
}

const TEAMS: u32 = 5;

const USERS: u32 = 60;
