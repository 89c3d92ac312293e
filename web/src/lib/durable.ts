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

/** Writes a value to the disk, or takes it away. */
export function persist(key: string, text: string | null): void {
  waiting.set(key, text);
  void write();
}

/** Puts back what `localStorage` lost. To be waited for before anything is read. */
export async function restore(): Promise<void> {
  const db = await open();
  if (!db) return;
  await new Promise<void>((done) => {
    const all = db.transaction(STORE, 'readonly').objectStore(STORE).openCursor();
    all.onsuccess = () => {
      const at = all.result;
      if (!at) return done();
      try {
        if (typeof at.value === 'string' && localStorage.getItem(String(at.key)) !== at.value) localStorage.setItem(String(at.key), at.value);
      } catch {
        return done();
      }
      at.continue();
    };
    all.onerror = () => done();
  });
}
