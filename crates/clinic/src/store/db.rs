//! One way to talk to two engines: the same statements, with `$1`, `$2` ... as parameters, on SQLite and PostgreSQL.
//!
//! Statements are `&'static str`, so that no value can ever become part of one. Types are those that both engines
//! have: `BIGINT`, `TEXT`, `BYTEA` (SQLite takes the last as a column without affinity for text).

use std::{path::Path, time::Duration};

use super::{passphrase::Passphrase, writer::Tail};
use sqlx::{
    Executor, PgPool, Postgres, Row as _, Sqlite, SqlitePool,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions, PgRow},
    sqlite::{
        SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqlitePoolOptions, SqliteRow,
        SqliteSynchronous,
    },
};

/// A value that goes into a statement.
#[derive(Clone, Debug)]
pub(crate) enum Arg<'a> {
    Int(i64),
    Text(&'a str),
    OptText(Option<&'a str>),
    Bytes(&'a [u8]),
    OptBytes(Option<&'a [u8]>),
}

/// A row that came back.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

macro_rules! getter {
    ($name:ident, $type:ty) => {
        pub(crate) fn $name(&self, column: usize) -> Result<$type, sqlx::Error> {
            match self {
                Self::Sqlite(row) => row.try_get(column),
                Self::Postgres(row) => row.try_get(column),
            }
        }
    };
}

impl Row {
    getter!(int, i64);
    getter!(text, String);
    getter!(opt_text, Option<String>);
    getter!(bytes, Vec<u8>);
    getter!(opt_bytes, Option<Vec<u8>>);
}

macro_rules! bound {
    ($sql:expr, $args:expr) => {{
        let mut query = sqlx::query($sql);
        for arg in $args {
            query = match arg {
                Arg::Int(v) => query.bind(*v),
                Arg::Text(v) => query.bind((*v).to_owned()),
                Arg::OptText(v) => query.bind(v.map(str::to_owned)),
                Arg::Bytes(v) => query.bind(v.to_vec()),
                Arg::OptBytes(v) => query.bind(v.map(<[u8]>::to_vec)),
            };
        }
        query
    }};
}

/// Connections to a database.
#[derive(Clone, Debug)]
pub(crate) enum Db {
    Sqlite {
        /// Any number of readers; they never wait for the writer.
        read: SqlitePool,
        /// The one that writes.
        write: SqlitePool,
    },
    Postgres(PgPool),
}

/// How long one process waits for another that is writing.
const BUSY: Duration = Duration::from_secs(30);

fn options(path: &Path, passphrase: Option<&Passphrase>) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL waits for the disk at every commit; what is acknowledged has been written.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY)
        .foreign_keys(true)
        // What is erased is overwritten, not just unlinked.
        .pragma("secure_delete", "ON")
        .pragma("cell_size_check", "ON")
        .pragma("cache_size", "-32768")
        // What is sorted on the way is nobody's to find in a temporary file.
        .pragma("temp_store", "MEMORY")
        // A longer log is copied back less often; a save then waits for fewer copies.
        .pragma("wal_autocheckpoint", "4000");
    match passphrase {
        None => options,
        // sqlx runs this before everything else.
        Some(p) => options.pragma("key", p.literal()),
    }
}

impl Db {
    /// Opens a file, and makes it if asked.
    pub(crate) async fn sqlite(
        path: &Path,
        create: bool,
        passphrase: Option<&Passphrase>,
    ) -> Result<Self, sqlx::Error> {
        let options = options(path, passphrase).create_if_missing(create);
        let write = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        let read =
            SqlitePoolOptions::new().max_connections(4).connect_lazy_with(options.create_if_missing(false));
        Ok(Self::Sqlite { read, write })
    }

    /// Opens a file so that nobody else can, or fails because somebody has it open. There is neither log nor journal
    /// beside it any more, so that another file can take its name: what stays would be taken for that of the other
    /// file. What is written from here on is safe from a crash only where that does not matter.
    pub(crate) async fn sqlite_alone(
        path: &Path,
        passphrase: Option<&Passphrase>,
    ) -> Result<Self, sqlx::Error> {
        let options = options(path, passphrase)
            .create_if_missing(false)
            .locking_mode(SqliteLockingMode::Exclusive)
            .busy_timeout(Duration::from_secs(2));
        let one = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        // The lock is taken by the first write and kept.
        let alone = Self::Sqlite { read: one.clone(), write: one };
        let mut tx = alone.begin().await?;
        Tail::lock(&mut tx).await?;
        tx.commit().await?;
        // Whoever has a file to itself keeps its journal: emptied first, it is let go of and removed.
        alone.journal("PRAGMA journal_mode = TRUNCATE", "truncate").await?;
        alone.journal("PRAGMA journal_mode = MEMORY", "memory").await?;
        let mut journal = path.as_os_str().to_owned();
        journal.push("-journal");
        match std::fs::remove_file(journal) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e.into()),
            _ => Ok(alone),
        }
    }

    async fn journal(&self, pragma: &'static str, mode: &str) -> Result<(), sqlx::Error> {
        let rows = self.sqlite_only(pragma).await?;
        let found = rows.first().map(|row| row.text(0)).transpose()?.unwrap_or_default();
        if found == mode {
            return Ok(());
        }
        Err(sqlx::Error::Protocol(format!("the journal is {found}, not {mode}")))
    }

    /// Connects to a PostgreSQL database.
    pub(crate) async fn postgres(url: &str) -> Result<Self, sqlx::Error> {
        let options: PgConnectOptions = url.parse()?;
        // Durability is not left to the server's settings.
        let options = options.options([("synchronous_commit", "on")]);
        Ok(Self::Postgres(PgPoolOptions::new().max_connections(8).connect_with(options).await?))
    }

    /// Begins a transaction that writes.
    pub(crate) async fn begin(&self) -> Result<Tx, sqlx::Error> {
        match self {
            Self::Sqlite { write, .. } => {
                Tx::begin(Connection::Sqlite(write.acquire().await?), "BEGIN").await
            }
            Self::Postgres(pool) => Tx::begin(Connection::Postgres(pool.acquire().await?), "BEGIN").await,
        }
    }

    /// Begins a transaction that sees one state of everything, however long it reads.
    pub(crate) async fn snapshot(&self) -> Result<Tx, sqlx::Error> {
        match self {
            Self::Sqlite { read, .. } => Tx::begin(Connection::Sqlite(read.acquire().await?), "BEGIN").await,
            Self::Postgres(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Tx::begin(Connection::Postgres(pool.acquire().await?), begin).await
            }
        }
    }

    /// Rows of one statement, outside a transaction.
    pub(crate) async fn rows(&self, sql: &'static str, args: &[Arg<'_>]) -> Result<Vec<Row>, sqlx::Error> {
        match self {
            Self::Sqlite { read, .. } => {
                Ok(bound!(sql, args).fetch_all(read).await?.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(pool) => {
                Ok(bound!(sql, args).fetch_all(pool).await?.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// Runs a statement that only one engine has.
    pub(crate) async fn sqlite_only(&self, sql: &'static str) -> Result<Vec<Row>, sqlx::Error> {
        match self {
            Self::Sqlite { write, .. } => {
                Ok(sqlx::query(sql).fetch_all(write).await?.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(_) => Ok(Vec::new()),
        }
    }

    /// Asks the engine to prepare a statement, without running it.
    pub(crate) async fn prepare(&self, sql: &'static str) -> Result<(), sqlx::Error> {
        use sqlx::SqlSafeStr as _;
        match self {
            Self::Sqlite { write, .. } => {
                write.acquire().await?.prepare(sql.into_sql_str()).await.map(|_| ())
            }
            Self::Postgres(pool) => pool.acquire().await?.prepare(sql.into_sql_str()).await.map(|_| ()),
        }
    }

    /// Closes all connections; waits until they are.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// A connection that a transaction has to itself.
enum Connection {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

/// A transaction. Dropped without [`Tx::commit`], it leaves nothing.
///
/// Not the one of sqlx, which counts how deep it is: when SQLite itself has ended a transaction (disk full, I/O
/// error), the count no longer fits, later transactions become savepoints within one that never ends, and what they
/// commit is gone with the connection. Here a transaction that did not end as it should takes its connection along.
pub(crate) struct Tx {
    connection: Connection,
    ended: bool,
}

impl Tx {
    async fn begin(connection: Connection, begin: &'static str) -> Result<Self, sqlx::Error> {
        let mut tx = Self { connection, ended: false };
        tx.execute(begin, &[]).await?;
        Ok(tx)
    }

    /// Runs a statement; how many rows it touched.
    pub(crate) async fn execute(&mut self, sql: &'static str, args: &[Arg<'_>]) -> Result<u64, sqlx::Error> {
        match &mut self.connection {
            Connection::Sqlite(c) => Ok(bound!(sql, args).execute(&mut **c).await?.rows_affected()),
            Connection::Postgres(c) => Ok(bound!(sql, args).execute(&mut **c).await?.rows_affected()),
        }
    }

    /// Rows of a statement.
    pub(crate) async fn rows(
        &mut self,
        sql: &'static str,
        args: &[Arg<'_>],
    ) -> Result<Vec<Row>, sqlx::Error> {
        match &mut self.connection {
            Connection::Sqlite(c) => {
                Ok(bound!(sql, args).fetch_all(&mut **c).await?.into_iter().map(Row::Sqlite).collect())
            }
            Connection::Postgres(c) => {
                Ok(bound!(sql, args).fetch_all(&mut **c).await?.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// The first row of a statement, if there is one.
    pub(crate) async fn row(
        &mut self,
        sql: &'static str,
        args: &[Arg<'_>],
    ) -> Result<Option<Row>, sqlx::Error> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    /// Makes it last: returns when the disk has it.
    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        self.end("COMMIT").await
    }

    /// Leaves everything as it was, and the connection to others.
    pub(crate) async fn roll_back(self) -> Result<(), sqlx::Error> {
        self.end("ROLLBACK").await
    }

    async fn end(mut self, statement: &'static str) -> Result<(), sqlx::Error> {
        self.execute(statement, &[]).await?;
        self.ended = true;
        Ok(())
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        if !self.ended {
            // Closing is the one way back that works in every state of the engine.
            match &mut self.connection {
                Connection::Sqlite(c) => c.close_on_drop(),
                Connection::Postgres(c) => c.close_on_drop(),
            }
        }
    }
}
