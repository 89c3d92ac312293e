/** The quiz: which zone is asked next, how far the answer was off, and what the history shows. */

import { distanceTo, type Shape, type Vec3 } from '../head/geometry';

export interface Answer {
  /** ISO date and time, from this machine's clock. */
  at: string;
  /** Who answered; a code that the person chooses, may be empty. */
  who: string;
  head: string;
  code: string;
  side: string;
  kind: string;
  /** Straight distance from the place shown to the nearest part of the zone, mm. */
  error_mm: number;
  seconds: number;
  x_mm: number;
  y_mm: number;
  z_mm: number;
}

/** A generator of numbers from 0 to 1 (mulberry32): the same seed gives the same quiz to everybody. */
export function generator(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** An order of `n` questions, each once before any comes again. */
export function order(n: number, seed: number): number[] {
  const next = generator(seed);
  const out = Array.from({ length: n }, (_, k) => k);
  for (let k = n - 1; k > 0; k--) {
    const j = Math.floor(next() * (k + 1));
    [out[k], out[j]] = [out[j]!, out[k]!];
  }
  return out;
}

export function errorMm(shape: Shape, at: Vec3, normal: Vec3): number {
  return distanceTo(shape, at, normal);
}

export interface Progress {
  code: string;
  n: number;
  mean_mm: number;
  last_mm: number;
}

/** By zone: how often, mean error, last error; the worst first. */
export function progress(answers: readonly Answer[]): Progress[] {
  const by = new Map<string, Answer[]>();
  for (const a of answers) by.set(a.code, [...(by.get(a.code) ?? []), a]);
  return [...by]
    .map(([code, list]) => ({
      code,
      n: list.length,
      mean_mm: list.reduce((s, a) => s + a.error_mm, 0) / list.length,
      last_mm: list[list.length - 1]?.error_mm ?? 0,
    }))
    .sort((a, b) => b.mean_mm - a.mean_mm || (a.code < b.code ? -1 : 1));
}

const COLUMNS = ['at', 'who', 'head', 'code', 'side', 'kind', 'error_mm', 'seconds', 'x_mm', 'y_mm', 'z_mm'] as const;

/** All answers as comma-separated values, one row an answer. */
export function csv(answers: readonly Answer[]): string {
  const cell = (v: string | number) => {
    let text = typeof v === 'number' ? String(Math.round(v * 1000) / 1000) : v;
    // A spreadsheet takes a text that begins so for a formula.
    if (typeof v === 'string' && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [COLUMNS.join(','), ...answers.map((a) => COLUMNS.map((c) => cell(a[c])).join(','))].join('\r\n') + '\r\n';
}
