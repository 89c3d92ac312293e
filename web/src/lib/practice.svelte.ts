/** Who is signed in, and the sessions that go on in this browser. */

import { client, data, guard, Refused, type Schemas } from '../api/client';
import { app } from './app.svelte';
import { watchIdle } from './idle';
import { batch, stateOf, type Log, type What } from './session';
import { forget, keep, kept } from './store';

const RETRY_MS = 2000;
const run = Math.floor(Math.random() * 2 ** 48);

/** Now, by both clocks. */
export function now(): Schemas['Moment'] {
  return { at: new Date().toISOString(), mono: { run, ms: Math.round(performance.now()) } };
}

class Practice {
  me: Schemas['Me'] | undefined = $state.raw();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #busy = false;
  /** Counts what was learnt of who is signed in, so that an answer from before that can be told. */
  #turn = 0;
  log: Log | undefined = $state.raw();
  /** Why what happened is not on the server yet; empty if it is. */
  trouble: string = $state('');

  constructor() {
    if (typeof window === 'undefined') return;
    const open = () => this.log !== undefined && stateOf(this.log.events).phase === 'open';
    watchIdle(open, () => {
      if (!this.me?.user) return;
      // Covered at once; the server is told if it can be reached, and waits no longer than we do if not.
      const { record, demo, new: unused } = this.me;
      this.#turn += 1;
      this.me = { record, demo, new: unused };
      app.dropOwn();
      void this.leave().catch(() => {});
    });
  }

  #take(me: Schemas['Me']): void {
    this.#turn += 1;
    this.me = me;
    guard.csrf = me.user?.csrf ?? '';
  }

  async refresh(): Promise<void> {
    const turn = this.#turn;
    const me = await data(client.GET('/api/me'));
    // Somebody signed in or out, or the page was covered, since this was asked: what it says is no longer so.
    if (turn === this.#turn) this.#take(me);
  }

  async enter(path: '/api/login' | '/api/setup', name: string, password: string): Promise<void> {
    this.#take(await data(client.POST(path, { body: { name, password } })));
    void this.flush();
  }

  async leave(): Promise<void> {
    this.#take(await data(client.POST('/api/logout', { body: {} })));
    this.log = undefined;
    app.dropOwn();
  }

  /** Opens a session of this browser; false if it knows none by this name. */
  open(id: string): boolean {
    const log = kept<Log | undefined>(`session.${id}`, undefined);
    this.log = log;
    if (log) void this.flush();
    return log !== undefined;
  }

  begin(log: Log): void {
    this.log = log;
    this.#keep();
    void this.flush();
  }

  set(change: Partial<Log>): void {
    if (!this.log) return;
    this.log = { ...this.log, ...change };
    this.#keep();
  }

  /** Records what happened: first here, then on the server. */
  add(...what: What[]): void {
    if (!this.log) return;
    const at = now();
    this.log = { ...this.log, events: [...this.log.events, ...what.map((w) => ({ at, what: w }))] };
    this.#keep();
    void this.flush();
  }

  #keep(): void {
    const log = this.log;
    if (!log) return;
    // What is signed and saved is the record's; this browser forgets it.
    const done = log.acknowledged === log.events.length && stateOf(log.events).phase === 'signed';
    if (done) forget(`session.${log.id}`);
    else keep(`session.${log.id}`, log);
  }

  /** Sends what the server does not have, and tries again until it does. */
  async flush(): Promise<void> {
    if (this.#busy) return;
    clearTimeout(this.#timer);
    this.#busy = true;
    try {
      for (;;) {
        const log = this.log;
        const next = log && batch(log);
        if (!log || !next) break;
        this.set({ sending: next.events.length });
        const saved = await data(
          client.POST('/api/sessions/{session}/events', {
            params: { path: { session: log.id } },
            headers: { 'idempotency-key': next.key },
            body: { expected: next.expected, events: next.events },
          }),
        );
        if (this.log?.id !== log.id) break;
        this.set({ acknowledged: saved.version, sending: 0 });
        this.trouble = '';
      }
    } catch (e) {
      this.trouble = e instanceof Error ? e.message : String(e);
      // Nobody is signed in, or somebody signed in anew in another window: who it is now is asked.
      if (e instanceof Refused && (e.problem.status === 401 || e.problem.status === 403)) await this.refresh().catch(() => {});
      // What the server refuses for good is taken back here, so that the page says the same as the record.
      if (e instanceof Refused && e.problem.status === 422 && this.log) {
        this.set({ events: this.log.events.slice(0, this.log.acknowledged), sending: 0 });
      } else {
        this.#timer = setTimeout(() => void this.flush(), RETRY_MS);
      }
    } finally {
      this.#busy = false;
    }
  }
}

export const practice = new Practice();
