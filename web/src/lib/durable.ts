/**
 * What is kept in this browser, on its disk within a moment.
 *
 * Chromium writes `localStorage` to the disk some seconds late: a browser that is killed loses what was typed last. The
 * same values are therefore written to IndexedDB with strict durability, and put back when the page begins.
 */

const NAME = 'baihui';
const STORE = 'kept';

let opened: Promise<IDBDatabase | undefined> | undefined;
let waiting = new Map<string, string | null>();
let writing = false;

function open(): Promise<IDBDatabase | undefined> {
  opened ??= new Promise((done) => {
    if (typeof indexedDB === 'undefined') return done(undefined);
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    asked.onsuccess = () => done(asked.result);
    // A private window may refuse: then values live as long as the browser lets them.
    asked.onerror = () => done(undefined);
    asked.onblocked = () => done(undefined);
  });
  return opened;
}

async function write(): Promise<void> {
  if (writing) return;
  writing = true;
  try {
    const db = await open();
    while (db && waiting.size > 0) {
      const batch = waiting;
      waiting = new Map();
      await new Promise<void>((done) => {
        const tx = db.transaction(STORE, 'readwrite', { durability: 'strict' });
        for (const [key, text] of batch) {
          if (text === null) tx.objectStore(STORE).delete(key);
          else tx.objectStore(STORE).put(text, key);
        }
        tx.oncomplete = tx.onabort = tx.onerror = () => done();
      });
    }
  } finally {
    writing = false;
  }
}

/** How many times something was written, in both places: it tells which of the two is behind. */
const COUNT = `${NAME}.count`;

const counted = (text: unknown): number => (typeof text === 'string' && Number.isSafeInteger(Number(text)) ? Number(text) : 0);

/** Writes a value to the disk, or takes it away. */
export function persist(key: string, text: string | null): void {
  const count = String(counted(localStorage.getItem(COUNT)) + 1);
  localStorage.setItem(COUNT, count);
  waiting.set(key, text).set(COUNT, count);
  void write();
}

function all(db: IDBDatabase): Promise<Map<string, string>> {
  return new Promise((done) => {
    const found = new Map<string, string>();
    const at = db.transaction(STORE, 'readonly').objectStore(STORE).openCursor();
    at.onsuccess = () => {
      const row = at.result;
      if (!row) return done(found);
      if (typeof row.value === 'string') found.set(String(row.key), row.value);
      row.continue();
    };
    at.onerror = () => done(found);
  });
}

/** Puts back what `localStorage` lost. To be waited for before anything is read. */
export async function restore(): Promise<void> {
  const db = await open();
  if (!db) return;
  const disk = await all(db);
  try {
    // A page that is loaded again at once is ahead of the disk: the last tap was not written there yet.
    if (counted(localStorage.getItem(COUNT)) > counted(disk.get(COUNT))) {
      for (const key of Object.keys(localStorage).filter((k) => k.startsWith(`${NAME}.`) && k !== COUNT)) {
        const text = localStorage.getItem(key);
        if (text !== null && disk.get(key) !== text) persist(key, text);
      }
      for (const key of disk.keys()) if (localStorage.getItem(key) === null) persist(key, null);
      return;
    }
    for (const [key, text] of disk) if (localStorage.getItem(key) !== text) localStorage.setItem(key, text);
  } catch {
    // A full or forbidden store: what is there stays.
  }
}
