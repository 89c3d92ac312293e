/** The steps of an encounter, in the order of the day, and how far each is. */

import type { Schemas } from '../api/client';

export const STEPS = ['safety', 'baseline', 'condition', 'plan', 'consent', 'locate', 'session', 'paper'] as const;
export type Step = (typeof STEPS)[number];

export const isStep = (text: string | undefined): text is Step => STEPS.some((s) => s === text);

export type Thing = Schemas['Summary'];

/** The newest thing of a kind, by when it was saved. */
export function newest(things: readonly Thing[], kind: Thing['kind'], state?: string): Thing | undefined {
  const all = things.filter((x) => x.kind === kind && x.state !== 'erased' && (state === undefined || x.state === state));
  return all.reduce<Thing | undefined>((best, x) => (best === undefined || x.saved_at_ms > best.saved_at_ms ? x : best), undefined);
}

/** The newest consent to the treatment that was given and not withdrawn. */
export function consented(things: readonly Thing[]): Thing | undefined {
  return newest(
    things.filter((x) => (x.summary as { to?: string } | null)?.to === 'treatment'),
    'consent',
    'given',
  );
}

/** Whether a step is done, as far as the record tells. */
export function done(step: Step, things: readonly Thing[], today: string): boolean {
  switch (step) {
    case 'baseline':
      return newest(things, 'outcome') !== undefined;
    case 'condition':
      return newest(things, 'plan') !== undefined;
    case 'plan':
      return newest(things, 'plan')?.state === 'signed';
    case 'consent':
      return consented(things) !== undefined;
    case 'session':
      return things.some((x) => x.kind === 'session' && x.state !== 'open' && startedOn(x) === today);
    default:
      return false;
  }
}

function startedOn(x: Thing): string {
  const s = x.summary as { started?: string } | null;
  return typeof s?.started === 'string' ? s.started.slice(0, 10) : '';
}

export function nameOf(n: Schemas['PersonName']): string {
  const latin = [n.given, n.family].filter(Boolean).join(' ');
  if (!latin) return n.other ?? '';
  return n.other ? `${latin} (${n.other})` : latin;
}

/** Completed years on a day; undefined without a date of birth. */
export function age(born: string | undefined, on: Date): number | undefined {
  if (!born) return undefined;
  const [y = 0, m = 1, d = 1] = born.split('-').map(Number);
  const years = on.getFullYear() - y - (on.getMonth() + 1 < m || (on.getMonth() + 1 === m && on.getDate() < d) ? 1 : 0);
  return years >= 0 ? years : undefined;
}
