/** Fields of a planned needle by their path, and a needle in a line. */

import type { Schemas } from '../api/client';
import type { Key } from '../i18n';

type Needle = Schemas['PlanNeedle'];

/** Numbers of a needle: where they stand, what the sources call them, their unit. */
export const FIELDS = [
  { path: 'spec.diameter_mm', parameter: 'diameter-mm', unit: 'mm' },
  { path: 'spec.length_mm', parameter: 'length-mm', unit: 'mm' },
  { path: 'spec.angle_deg', parameter: 'angle-deg', unit: '°' },
  { path: 'spec.inserted_mm', parameter: 'insertion-mm', unit: 'mm' },
  { path: 'spec.depth_mm', parameter: 'depth-mm', unit: 'mm' },
  { path: 'depth_cun', parameter: 'depth-cun', unit: '' },
  { path: 'retention_min', parameter: 'retention-min', unit: 'min' },
  { path: 'stimulation.manual.manipulation.per_minute', parameter: 'rate', unit: '/min' },
  { path: 'stimulation.manual.manipulation.minutes', parameter: 'round-min', unit: 'min' },
] as const;

export const LAYERS = ['skin', 'subcutaneous', 'loose-areolar', 'periosteum', 'muscle', 'other'] as const;
export const METHODS = ['rotation', 'lift-thrust', 'drawing-qi', 'thrusting-qi', 'scraping', 'flicking', 'other'] as const;

type Tree = Record<string, unknown>;

export function get(needle: Needle, path: string): number | undefined {
  let at: unknown = needle;
  for (const name of path.split('.')) at = at && typeof at === 'object' ? (at as Tree)[name] : undefined;
  return typeof at === 'number' ? at : undefined;
}

/** A copy with a value set; without one, taken away. A rate needs a method to be a rate of. */
export function set(needle: Needle, path: string, value: unknown): Needle {
  const copy = structuredClone(needle) as unknown as Tree;
  const names = path.split('.');
  const last = names.pop() ?? '';
  let at = copy;
  for (const name of names) {
    const next = at[name];
    at[name] = next && typeof next === 'object' ? next : {};
    at = at[name] as Tree;
    if (name === 'manipulation') at['method'] ??= 'rotation';
  }
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy as unknown as Needle;
}

/** A needle in a line: angle, depth, stimulation, time. */
export function summary(n: Needle, t: (key: Key, values?: Record<string, string | number>) => string): string {
  const s = n.spec;
  const m = n.stimulation?.manual;
  const e = n.stimulation?.electro?.current;
  const parts = [
    s.diameter_mm != null && s.length_mm != null ? `${s.diameter_mm} × ${s.length_mm} mm` : undefined,
    s.angle_deg != null ? `${s.angle_deg}°` : undefined,
    s.inserted_mm != null ? t('needle.in', { mm: s.inserted_mm }) : undefined,
    s.depth_mm != null ? t('needle.deep', { mm: s.depth_mm }) : undefined,
    n.depth_cun != null ? `${n.depth_cun} ${t('unit.cun')}` : undefined,
    s.layer ? t(`layer.${s.layer}`) : undefined,
    m ? [t(`method.${m.manipulation.method}`), m.manipulation.per_minute != null ? `${m.manipulation.per_minute}/min` : '', m.manipulation.minutes != null ? `${m.manipulation.minutes} min` : '', m.rounds != null ? `× ${m.rounds}` : ''].filter(Boolean).join(' ') : undefined,
    e ? t('needle.electro', { hz: [e.hz, e.second_hz].filter((x) => x != null).join('/') }) : undefined,
    n.retention_min != null ? t('needle.stays', { min: n.retention_min }) : undefined,
  ];
  return parts.filter(Boolean).join(' · ');
}

type Place = Schemas['Place'];
interface Speaker {
  t: (key: Key, values?: Record<string, string | number>) => string;
  mm: (value: number, decimals?: number) => string;
  n: (value: number, decimals?: number) => string;
}

/** How far off a place is: one figure on the head, from best to worst on the body, where figures differ. */
export function spread(p: Place, app: Speaker): string {
  const least = p.sd_least_mm;
  return least != null && Math.round(least) !== Math.round(p.sd_mm)
    ? app.t('plan.sdrange', { a: app.n(least), b: app.mm(p.sd_mm) })
    : app.t('plan.sd', { mm: app.mm(p.sd_mm) });
}

/** How to find a place, in the reader's language where it was written. */
export function tapeWords(p: Place, language: string): string {
  if (language !== 'zh' || !p.tape_zh) return p.tape;
  // A part has its name in the atlas's language only.
  return p.tape_zh.replace(/\b(upper|middle|lower) (?=\d)/g, (_, part: 'upper' | 'middle' | 'lower') => ({ upper: '上', middle: '中', lower: '下' })[part]);
}
