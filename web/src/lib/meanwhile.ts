/** Whether somebody else has changed what is being typed over, so that the second of two is told and nothing is lost. */

export class Seen<T> {
  #was: string;

  /** What was there when typing began; undefined and null for nothing. */
  constructor(was: T | null | undefined) {
    this.#was = told(was);
  }

  /** Whether what is kept now is another; told once, it counts as seen. */
  overtaken(now: T | null | undefined): boolean {
    const is = told(now);
    const other = is !== this.#was;
    this.#was = is;
    return other;
  }

  /** What was saved is what is there. */
  saved(now: T | null | undefined): void {
    this.#was = told(now);
  }
}

/** The same whatever the order of its fields; a field without a value is none. */
function told(value: unknown): string {
  const plain = (v: unknown): unknown => {
    if (v === null || typeof v !== 'object' || Array.isArray(v)) return v;
    const kept = Object.entries(v).filter(([, x]) => x !== undefined && x !== null);
    return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, x]) => [k, plain(x)]));
  };
  return JSON.stringify(plain(value ?? null) ?? null);
}
