/** Saves what changes: soon after the last change, one request at a time, again and again until it is there. */

const WAIT_MS = 400;
const RETRY_MS = 2000;

export class Saver {
  /** What is going on. */
  status: 'saved' | 'saving' | 'trouble' = $state('saved');
  /** Why it could not be saved. */
  problem: string = $state('');
  #timer: ReturnType<typeof setTimeout> | undefined;
  #busy = false;
  #again = false;
  readonly #send: () => Promise<void>;

  constructor(send: () => Promise<void>) {
    this.#send = send;
  }

  /** Something has changed. */
  changed(): void {
    this.status = 'saving';
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), WAIT_MS);
  }

  /** Whether something waits to be saved. */
  get open(): boolean {
    return this.status !== 'saved';
  }

  /** Saves now what waits; resolves when it is there, or with the reason. */
  async flush(): Promise<boolean> {
    clearTimeout(this.#timer);
    if (this.#busy) {
      this.#again = true;
      return false;
    }
    if (this.status === 'saved') return true;
    this.#busy = true;
    try {
      do {
        this.#again = false;
        this.status = 'saving';
        await this.#send();
      } while (this.#again);
      this.status = 'saved';
      this.problem = '';
      return true;
    } catch (e) {
      this.status = 'trouble';
      this.problem = e instanceof Error ? e.message : String(e);
      // What the server refuses is not sent again as it is; what did not arrive is.
      if (!(e instanceof Error && 'problem' in e)) this.#timer = setTimeout(() => void this.flush(), RETRY_MS);
      return false;
    } finally {
      this.#busy = false;
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
