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

export interface Agreement {
  /** People who answered something that somebody else answered too, or that they answered twice. */
  people: number;
  /** Questions that at least two people answered. */
  questions: number;
  /** Straight distance between the first places of two people for the same question, mean over pairs, then questions, mm. */
  between_mm: number | undefined;
  /** Straight distance between the first two places of one person for the same question, mean, mm. */
  within_mm: number | undefined;
  /** Questions that one person answered at least twice, over all people. */
  repeats: number;
}

const mean = (list: readonly number[]): number | undefined => (list.length > 0 ? list.reduce((a, b) => a + b, 0) / list.length : undefined);
const apart = (a: Answer, b: Answer): number => Math.hypot(a.x_mm - b.x_mm, a.y_mm - b.y_mm, a.z_mm - b.z_mm);

/**
 * How well people agree with each other and with themselves. Points only: of a line or an area two people may both be
 * right in different places. Answers without a person's code are left out; the same point on another head is another question.
 */
export function agreement(answers: readonly Answer[]): Agreement {
  const questions = new Map<string, Map<string, Answer[]>>();
  for (const a of [...answers].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))) {
    if (a.kind !== 'point' || a.who.trim() === '') continue;
    const key = JSON.stringify([a.head, a.code, a.side]);
    const by = questions.get(key) ?? new Map<string, Answer[]>();
    const who = a.who.trim();
    by.set(who, [...(by.get(who) ?? []), a]);
    questions.set(key, by);
  }
  const [between, within, people]: [number[], number[], Set<string>] = [[], [], new Set()];
  for (const by of questions.values()) {
    const first = [...by.values()].map((list) => list[0]!);
    const pairs = first.flatMap((a, k) => first.slice(k + 1).map((b) => apart(a, b)));
    if (pairs.length > 0) between.push(mean(pairs)!);
    for (const [who, list] of by) {
      if (list[1]) within.push(apart(list[0]!, list[1]));
      if (list[1] || pairs.length > 0) people.add(who);
    }
  }
  return { people: people.size, questions: between.length, between_mm: mean(between), within_mm: mean(within), repeats: within.length };
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
