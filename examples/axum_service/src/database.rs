//! SQLite for tasks: each query runs in a thread that may block.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::failure::Failure;
use crate::seed;

/// The database of the service. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Database(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: std::path::PathBuf,
    idle: Mutex<Vec<Connection>>,
    limit: Arc<Semaphore>,
}

impl Database {
    /// Opens the database in a folder; makes and fills it where it is missing.
    ///
    /// # Errors
    /// For people: where that does not work.
    pub(crate) fn open(folder: &Path, events: u32) -> Result<Self, String> {
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("wanted a folder, found: {}: {error}", folder.display()))?;
        let path = folder.join("service.db");
        let fill = || seed::fill(&mut connect(&path)?, events);
        fill().map_err(|error| format!("the database {}: {error}", path.display()))?;
        let limit = Arc::new(Semaphore::new(CONNECTIONS));
        Ok(Self(Arc::new(Inner { path, idle: Mutex::default(), limit })))
    }

    /// Runs queries on a connection of their own. Cancelled, they run to their end unseen.
    ///
    /// # Errors
    /// The query's own; `Stopped` where it panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let limit = Arc::clone(&self.0.limit);
        let permit = limit.acquire_owned().await.map_err(|_| Failure::Stopped)?;
        let inner = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || {
            let result = inner.with_connection(query);
            drop(permit);
            result
        });
        done.await.map_err(|_| Failure::Stopped)?
    }
}

impl Inner {
    fn with_connection<T>(
        &self,
        query: impl FnOnce(&mut Connection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => connect(&self.path)?,
        };
        let result = query(&mut connection);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        result
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}

/// More threads than this would only wait for each other in SQLite.
const CONNECTIONS: usize = 8;

/// How long a query waits for a writer of another connection.
const BUSY: Duration = Duration::from_secs(30);
