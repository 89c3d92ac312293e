//! The record for programs that do one thing after the other, such as the command line.

use std::sync::Arc;

use crate::store::{Host, Location, Store, StoreError};

/// A record with the runtime that it needs, on the caller's thread.
#[derive(Debug)]
pub struct Record {
    runtime: tokio::runtime::Runtime,
    store: Store,
}

impl Record {
    /// Opens a record; an empty one is made where there is none.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open(location: &Location, host: Arc<dyn Host>) -> Result<Self, StoreError> {
        let runtime = runtime()?;
        let store = runtime.block_on(Store::open(location, host))?;
        Ok(Self { runtime, store })
    }

    /// Does something with the store and waits for it.
    pub fn run<T>(&self, work: impl AsyncFnOnce(&Store) -> T) -> T {
        self.runtime.block_on(work(&self.store))
    }

    /// Does something that takes the store, such as [`Store::change_passphrase`], and waits for it.
    pub fn end<T>(self, work: impl AsyncFnOnce(Store) -> T) -> T {
        let Self { runtime, store } = self;
        runtime.block_on(work(store))
    }

    /// Finishes and closes.
    pub fn close(self) {
        let Self { runtime, store } = self;
        runtime.block_on(store.close());
    }
}

/// Waits for something that needs no open record, such as [`Store::restore`].
///
/// # Errors
/// [`StoreError::NotSaved`] if the system gives no timer or no thread.
pub fn wait<T>(work: impl Future<Output = T>) -> Result<T, StoreError> {
    Ok(runtime()?.block_on(work))
}

fn runtime() -> Result<tokio::runtime::Runtime, StoreError> {
    // I/O is for connections to PostgreSQL; SQLite has its own thread.
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| StoreError::NotSaved(format!("the system gives no runtime: {e}")))
}
