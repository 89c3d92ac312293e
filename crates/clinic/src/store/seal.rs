//! Encrypts a record that is not, changes its passphrase, or takes the encryption away: by a checked copy that takes
//! the record's place.

use std::{path::Path, sync::Arc};

use jiff::Timestamp;

use super::{
    Host, Location, Store, StoreError,
    copy::{Copied, fill_with, remove, sync_folder},
    db::{Arg, Db},
    error::while_doing,
    passphrase::{self, Passphrase},
    sql,
};
use crate::access::{Actor, Permission};

/// A host that gives another passphrase.
struct With {
    host: Arc<dyn Host>,
    passphrase: Option<Passphrase>,
}

impl Host for With {
    fn now(&self) -> Timestamp {
        self.host.now()
    }
    fn random(&self) -> [u8; 16] {
        self.host.random()
    }
    fn passphrase(&self, _: &Path) -> Result<Option<Passphrase>, StoreError> {
        Ok(self.passphrase.clone())
    }
}

impl Store {
    /// Puts a record under a passphrase, under another one, or under none. Nobody else may have it open. The record
    /// is copied, the copy is checked and takes the old one's place; the old file is then removed. Its blocks may
    /// still be on the disk, as those of any file that was removed.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if the program was built without encryption, [`StoreError::Database`] if somebody
    /// else has the record open, [`StoreError::Damaged`] if the record or the copy is not good,
    /// [`StoreError::Denied`], [`StoreError::File`].
    pub async fn change_passphrase(
        self,
        actor: &Actor,
        file: &Path,
        new: Option<Passphrase>,
    ) -> Result<Copied, StoreError> {
        actor.may(Permission::CopyRecord)?;
        if !passphrase::AVAILABLE {
            return Err(StoreError::Invalid(
                "this program was built without encryption; build it with `--features encryption`".into(),
            ));
        }
        let action = if new.is_some() { "encrypt" } else { "decrypt" };
        self.note(vec![self.line(actor, action, "record", String::new(), None)]).await?;
        let host = Arc::clone(&self.host);
        self.close().await;
        let old = host.passphrase(file)?;
        // From here on nobody else can read or write.
        let alone = Db::sqlite_alone(file, old.as_ref()).await.map_err(while_doing("taken for itself"))?;
        let result = exchange(&alone, file, With { host, passphrase: new }).await;
        alone.close().await;
        result
    }
}

async fn exchange(alone: &Db, file: &Path, host: With) -> Result<Copied, StoreError> {
    let failed = |source| StoreError::File { path: file.display().to_string(), source };
    let mut partial = file.as_os_str().to_owned();
    partial.push(".partial");
    let partial = std::path::PathBuf::from(partial);
    remove(&partial).map_err(failed)?;
    let host: Arc<dyn Host> = Arc::new(host);
    let mut snapshot = alone.snapshot().await.map_err(while_doing("read"))?;
    let copied = fill_with(&mut snapshot, &Location::File(partial.clone()), &host).await?;
    snapshot.roll_back().await.map_err(while_doing("read"))?;
    let take_over = || -> std::io::Result<()> {
        std::fs::File::open(&partial)?.sync_all()?;
        std::fs::rename(&partial, file)?;
        file.parent().filter(|f| !f.as_os_str().is_empty()).map_or(Ok(()), sync_folder)
    };
    take_over().map_err(failed)?;
    // Whoever opened the old file meanwhile and waits for it must not write where nobody reads.
    let mut tx = alone.begin().await.map_err(while_doing("closed"))?;
    tx.execute(sql::MOVED, &[Arg::Text("schema")]).await.map_err(while_doing("closed"))?;
    tx.commit().await.map_err(while_doing("closed"))?;
    Ok(copied)
}
