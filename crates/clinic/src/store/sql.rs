//! All statements, in one place. A test prepares each of them on both engines.

/// Tables of the first version.
///
/// `entry` holds every version of everything and is only added to (erasure empties `body`); `head` points at the
/// newest version and is what lists are made from; `audit` is the chain; `word` is for finding patients.
pub(crate) const SCHEMA_1: &[&str] = &[
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE chain (one BIGINT PRIMARY KEY, seq BIGINT NOT NULL, hash BYTEA NOT NULL)",
    "CREATE TABLE audit (seq BIGINT PRIMARY KEY, at_ms BIGINT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, \
     kind TEXT NOT NULL, id TEXT NOT NULL, patient TEXT, detail TEXT NOT NULL, content BYTEA, hash BYTEA NOT NULL)",
    "CREATE INDEX audit_patient ON audit (patient, seq)",
    "CREATE TABLE entry (kind TEXT NOT NULL, id TEXT NOT NULL, version BIGINT NOT NULL, patient TEXT, \
     at_ms BIGINT NOT NULL, actor TEXT NOT NULL, salt BYTEA, body BYTEA, content BYTEA NOT NULL, \
     audit BIGINT NOT NULL UNIQUE, idempotency TEXT UNIQUE, asked BYTEA, PRIMARY KEY (kind, id, version))",
    "CREATE INDEX entry_patient ON entry (patient)",
    "CREATE TABLE head (kind TEXT NOT NULL, id TEXT NOT NULL, version BIGINT NOT NULL, patient TEXT, \
     at_ms BIGINT NOT NULL, sort BIGINT NOT NULL, state TEXT NOT NULL, summary TEXT, PRIMARY KEY (kind, id))",
    "CREATE INDEX head_patient ON head (patient, kind, sort)",
    "CREATE INDEX head_kind ON head (kind, sort)",
    "CREATE TABLE word (word BYTEA NOT NULL, id TEXT NOT NULL, PRIMARY KEY (word, id))",
    "CREATE INDEX word_id ON word (id)",
    "CREATE TABLE tombstone (patient TEXT PRIMARY KEY, at_ms BIGINT NOT NULL, actor TEXT NOT NULL, \
     reason TEXT NOT NULL)",
];

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* pub(crate) const $name: &str = $sql;)*
        /// Every statement that runs on a filled database, by name.
        pub(crate) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}

statements! {
    META = "SELECT value FROM meta WHERE name = $1";
    SET_META = "INSERT INTO meta (name, value) VALUES ($1, $2)";
    /// What is left of a record whose file was exchanged: no program opens it any more.
    MOVED = "UPDATE meta SET value = 'moved' WHERE name = $1";
    NEW_CHAIN = "INSERT INTO chain (one, seq, hash) VALUES (1, $1, $2)";
    /// The first statement of every transaction that writes: it takes the lock and says where the chain stands.
    LOCK_CHAIN = "UPDATE chain SET seq = seq WHERE one = 1 RETURNING seq, hash";
    SET_CHAIN = "UPDATE chain SET seq = $1, hash = $2 WHERE one = 1";
    CHAIN = "SELECT seq, hash FROM chain WHERE one = 1";

    ADD_AUDIT = "INSERT INTO audit (seq, at_ms, actor, action, kind, id, patient, detail, content, hash) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    AUDIT_AFTER = "SELECT seq, at_ms, actor, action, kind, id, patient, detail, content, hash FROM audit \
                   WHERE seq > $1 ORDER BY seq LIMIT $2";
    AUDIT_OF = "SELECT seq, at_ms, actor, action, kind, id, patient, detail, content, hash FROM audit \
                WHERE patient = $1 AND seq > $2 ORDER BY seq LIMIT $3";

    ASKED = "SELECT kind, id, version, asked FROM entry WHERE idempotency = $1";
    ADD_ENTRY = "INSERT INTO entry (kind, id, version, patient, at_ms, actor, salt, body, content, audit, \
                 idempotency, asked) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    ENTRY = "SELECT version, at_ms, actor, salt, body, content FROM entry \
             WHERE kind = $1 AND id = $2 AND version = $3";
    ENTRIES = "SELECT version, at_ms, actor, salt, body, content FROM entry \
               WHERE kind = $1 AND id = $2 ORDER BY version";
    /// Newest versions of one kind of things of a patient, newest first.
    NEWEST_OF_PATIENT = "SELECT e.version, e.at_ms, e.actor, e.salt, e.body, e.content, e.id FROM head h \
                         JOIN entry e ON e.kind = h.kind AND e.id = h.id AND e.version = h.version \
                         WHERE h.patient = $1 AND h.kind = $2 ORDER BY h.sort DESC, h.id";
    /// The same, a part of them.
    PART_OF_PATIENT = "SELECT e.version, e.at_ms, e.actor, e.salt, e.body, e.content, e.id FROM head h \
                       JOIN entry e ON e.kind = h.kind AND e.id = h.id AND e.version = h.version \
                       WHERE h.patient = $1 AND h.kind = $2 ORDER BY h.sort DESC, h.id LIMIT $3 OFFSET $4";
    /// All versions of one kind of things of a patient, each thing's oldest first.
    ALL_OF_PATIENT = "SELECT e.version, e.at_ms, e.actor, e.salt, e.body, e.content, e.id FROM head h \
                      JOIN entry e ON e.kind = h.kind AND e.id = h.id \
                      WHERE h.patient = $1 AND h.kind = $2 ORDER BY h.sort DESC, h.id, e.version";
    ENTRIES_AFTER = "SELECT audit, kind, id, version, patient, at_ms, actor, salt, body, content, idempotency, asked \
                     FROM entry WHERE audit > $1 ORDER BY audit LIMIT $2";

    HEAD = "SELECT version, patient, at_ms, sort, state, summary FROM head WHERE kind = $1 AND id = $2";
    ADD_HEAD = "INSERT INTO head (version, patient, at_ms, sort, state, summary, kind, id) \
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    SET_HEAD = "UPDATE head SET version = $1, patient = $2, at_ms = $3, sort = $4, state = $5, summary = $6 \
                WHERE kind = $7 AND id = $8";
    HEADS_OF_PATIENT = "SELECT kind, id, version, patient, at_ms, sort, state, summary FROM head \
                        WHERE patient = $1 ORDER BY kind, sort DESC, id";
    HEADS_OF_PATIENT_PART = "SELECT kind, id, version, patient, at_ms, sort, state, summary FROM head \
                             WHERE patient = $1 AND kind = $2 ORDER BY sort DESC, id LIMIT $3 OFFSET $4";
    HEADS_OF_KIND = "SELECT kind, id, version, patient, at_ms, sort, state, summary FROM head \
                     WHERE kind = $1 ORDER BY sort DESC, id LIMIT $2 OFFSET $3";
    HEADS_AFTER = "SELECT kind, id, version, patient, at_ms, sort, state, summary FROM head \
                   WHERE kind > $1 OR (kind = $1 AND id > $2) ORDER BY kind, id LIMIT $3";

    ADD_WORD = "INSERT INTO word (word, id) VALUES ($1, $2)";
    DROP_WORDS = "DELETE FROM word WHERE id = $1";
    /// Patients with a word in a range: `from` is the beginning, `to` the first word that no longer begins so.
    WORD_RANGE = "SELECT DISTINCT id FROM word WHERE word >= $1 AND word < $2 ORDER BY id LIMIT $3";
    HAS_WORD = "SELECT id FROM word WHERE id = $1 AND word >= $2 AND word < $3 LIMIT 1";
    WORDS_AFTER = "SELECT word, id FROM word WHERE id > $1 OR (id = $1 AND word > $2) ORDER BY id, word LIMIT $3";

    ADD_TOMBSTONE = "INSERT INTO tombstone (patient, at_ms, actor, reason) VALUES ($1, $2, $3, $4)";
    TOMBSTONES = "SELECT patient, at_ms, actor, reason FROM tombstone ORDER BY patient";
    EMPTY_ENTRIES = "UPDATE entry SET salt = NULL, body = NULL, idempotency = NULL, asked = NULL WHERE patient = $1";
    EMPTY_HEADS = "UPDATE head SET state = 'erased', summary = NULL WHERE patient = $1";
}
