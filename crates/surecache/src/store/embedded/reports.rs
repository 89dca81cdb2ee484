//! Small records by which processes tell each other what they counted.

use std::time::Duration;

use super::entries::Call;
use super::generations;
use super::record::{nanos, split_report};

impl Call<'_> {
    /// Leaves a record under the writer's name, and forgets those of writers long gone.
    pub(super) fn report(&self, writer: [u8; 16], record: &[u8]) -> heed::Result<()> {
        let meta = &self.opened.meta;
        let prefix = self.namespace.reports();
        let key = [prefix, &writer].concat();
        let until = nanos(self.now.uptime.saturating_add(REPORT_LIFE));
        let bytes = [&until.to_le_bytes(), record].concat();
        meta.write(|transaction| {
            generations::make_room(self, meta, transaction)?;
            let mut over = Vec::new();
            for record in meta.table().prefix_iter(transaction, prefix)? {
                let (key, record) = record?;
                if split_report(record).is_none_or(|(until, _)| until <= self.now.uptime) {
                    over.push(key.to_vec());
                }
            }
            for key in over {
                meta.table().delete(transaction, &key)?;
            }
            meta.table().put(transaction, &key, &bytes)
        })
    }

    /// The records of all writers of the namespace.
    pub(super) fn reports(&self) -> heed::Result<Vec<Vec<u8>>> {
        let meta = &self.opened.meta;
        let prefix = self.namespace.reports();
        meta.read(self.counts, |transaction| {
            let mut records = Vec::new();
            for record in meta.table().prefix_iter(transaction, prefix)? {
                let (until, record) = match split_report(record?.1) {
                    Some(report) => report,
                    None => continue,
                };
                if self.now.uptime < until {
                    records.push(record.to_vec());
                }
            }
            Ok(records)
        })
    }
}

/// How long a record is kept after its writer has left it: a process that lives writes far more
/// often, and what a dead one counted is of interest for a day.
const REPORT_LIFE: Duration = Duration::from_secs(86_400);
