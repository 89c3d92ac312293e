//! Backup and restore, from either engine to either: one snapshot, row by row, checked at the other end.

use std::{path::Path, sync::Arc};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Location, Report, Store, StoreError, connect,
    db::{Db, Tx},
    error::while_doing,
    prepare, sql,
    table::{Reader, write},
    verify::Checkpoint,
};
use crate::access::{Actor, Permission};

/// What was copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Copied {
    /// Rows.
    pub rows: u64,
    /// The check of the copy.
    pub report: Report,
}

impl Store {
    /// Copies the whole record, as it is at one instant, into a new file, while others go on writing. The copy is
    /// checked before it gets its name; it can be opened like any record.
    ///
    /// # Errors
    /// [`StoreError::File`] if the file exists or cannot be written, [`StoreError::Damaged`] if the copy is not
    /// good, [`StoreError::Denied`], [`StoreError::Database`].
    pub async fn backup(&self, actor: &Actor, to: &Path) -> Result<Copied, StoreError> {
        actor.may(Permission::CopyRecord)?;
        let file = |source| StoreError::File { path: to.display().to_string(), source };
        if to.exists() {
            return Err(file(std::io::Error::from(std::io::ErrorKind::AlreadyExists)));
        }
        self.note(vec![self.line(actor, "backup", "record", String::new(), None)]).await?;
        let mut partial = to.as_os_str().to_owned();
        partial.push(".partial");
        let partial = std::path::PathBuf::from(partial);
        remove(&partial).map_err(file)?;
        let mut snapshot = self.db.snapshot().await.map_err(while_doing("read"))?;
        let copied = fill_with(&mut snapshot, &Location::File(partial.clone()), &self.host).await?;
        drop(snapshot);
        // The bytes and the name, both on the disk before anyone is told.
        let finish = || -> std::io::Result<()> {
            std::fs::File::open(&partial)?.sync_all()?;
            std::fs::rename(&partial, to)?;
            if let Some(folder) = to.parent().filter(|f| !f.as_os_str().is_empty()) {
                sync_folder(folder)?;
            }
            Ok(())
        };
        finish().map_err(file)?;
        Ok(copied)
    }

    /// Makes a record from a backup. The place must be empty; what is there is never overwritten.
    ///
    /// # Errors
    /// [`StoreError::NotARecord`] if the backup is none or the place is not empty, [`StoreError::Damaged`] if the
    /// backup is not good, [`StoreError::Database`].
    pub async fn restore(
        backup: &Path,
        to: &Location,
        host: Arc<dyn super::Host>,
    ) -> Result<Copied, StoreError> {
        if !backup.is_file() {
            let source = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(StoreError::File { path: backup.display().to_string(), source });
        }
        let from = Store::open(&Location::File(backup.to_owned()), Arc::clone(&host)).await?;
        let result = async {
            let report = from.verify_all(None).await?;
            if let Some(p) = report.problems.first() {
                return Err(StoreError::Damaged {
                    what: format!("the backup, {}", p.at),
                    why: p.what.clone(),
                });
            }
            let mut snapshot = from.db.snapshot().await.map_err(while_doing("read"))?;
            let copied = fill_with(&mut snapshot, to, &host).await?;
            if copied.report.digest != report.digest {
                return Err(StoreError::Damaged {
                    what: "the copy".into(),
                    why: "it differs from the backup".into(),
                });
            }
            Ok(copied)
        }
        .await;
        from.close().await;
        result
    }
}

/// Fills an empty place from a snapshot, in one transaction, and checks it.
pub(super) async fn fill_with(
    from: &mut Tx,
    to: &Location,
    host: &Arc<dyn super::Host>,
) -> Result<Copied, StoreError> {
    let db = connect(to, true, host.as_ref()).await?;
    let result = match prepare(&db).await {
        Ok(()) => copy(from, &db).await,
        Err(e) => Err(e),
    };
    db.close().await;
    let rows = result?;
    let copy = Store::open(to, Arc::clone(host)).await?;
    let report = copy.verify_all(None).await;
    copy.close().await;
    let report = report?;
    if let Some(p) = report.problems.first() {
        return Err(StoreError::Damaged { what: format!("the copy, {}", p.at), why: p.what.clone() });
    }
    Ok(Copied { rows, report })
}

/// Refuses a place that holds anything.
pub(super) async fn must_be_empty(tx: &mut Tx) -> Result<(), StoreError> {
    let row = tx.row(sql::LOCK_CHAIN, &[]).await.map_err(while_doing("read"))?;
    match row.map(|r| r.int(0)) {
        Some(Ok(0)) => Ok(()),
        Some(Err(e)) => Err(while_doing("read")(e)),
        _ => Err(StoreError::NotARecord("there is a record already; name an empty place".into())),
    }
}

async fn copy(from: &mut Tx, to: &Db) -> Result<u64, StoreError> {
    let mut tx = to.begin().await.map_err(while_doing("written"))?;
    must_be_empty(&mut tx).await?;
    let mut rows = 0;
    let mut reader = Reader::new();
    while let Some(lines) = reader.next(from).await? {
        for line in lines {
            rows += 1;
            write(&mut tx, line).await?;
        }
    }
    tx.commit().await.map_err(while_doing("written"))?;
    Ok(rows)
}

/// Removes a file of SQLite with what belongs to it.
pub(super) fn remove(path: &Path) -> std::io::Result<()> {
    for end in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        match std::fs::remove_file(name) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(())
}

/// Makes sure that a new name is on the disk. Windows cannot open a folder and does this by itself.
pub(super) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { std::fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

impl Store {
    /// Where the chain ends now: to be written down elsewhere.
    ///
    /// # Errors
    /// [`StoreError::Denied`], [`StoreError::Database`].
    pub async fn checkpoint(&self, actor: &Actor) -> Result<Checkpoint, StoreError> {
        actor.may(Permission::Audit)?;
        let rows = self.db.rows(sql::CHAIN, &[]).await.map_err(while_doing("read"))?;
        let row = rows.first().ok_or_else(|| StoreError::NotARecord("the record has no chain".into()))?;
        let (seq, hash) =
            (row.int(0).map_err(while_doing("read"))?, row.bytes(1).map_err(while_doing("read"))?);
        Ok(Checkpoint { seq, hash: super::chain::hex(&hash) })
    }
}
