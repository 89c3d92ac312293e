/**
 * A session as this browser knows it: what happened, what of it the server has, and what that comes to.
 *
 * Events are kept here first and sent afterwards, so that a server or a browser that stops loses nothing that was
 * tapped. A batch that is under way keeps its key until it is acknowledged: sent twice, it is carried out once.
 */

import type { Schemas } from '../api/client';

export type What = Schemas['What'];
export type Moment = Schemas['Moment'];
export type Happened = Schemas['Happened'];
export type PlannedNeedle = Schemas['PlannedNeedle'];
export type NeedleSpec = Schemas['NeedleSpec'];

export interface Log {
  id: string;
  patient: string;
  patientName: string;
  /** Date of birth: the second thing that the banner says of the patient. */
  patientBorn?: string;
  events: Happened[];
  /** So many of them the server has. */
  acknowledged: number;
  /** So many are on their way, after those; 0 if none. */
  sending: number;
  /** Minutes after which the needles are to come out; 0 if no alarm is set. */
  alarm_min: number;
  /** Numbers of needles whose alarm has been heard. */
  heard: boolean;
  /** What the session took from its plan. */
  plan?: { id: string; rate: number | undefined };
}

/** Longest time that an alarm can be set to, minutes. */
const LONGEST_MIN = 4320;

/**
 * A session that follows a signed plan: its needles, what the rules said of them today and what was decided, and the
 * practitioner at the patient. Where no consent stands in the record, the practitioner's reason goes with it.
 */
export function fromPlan(id: string, who: Pick<Log, 'patient' | 'patientName' | 'patientBorn'>, view: Schemas['PlanView'], practitioner: string, at: Moment, withoutConsent = ''): Log {
  const { plan, check } = view;
  const findings: Schemas['Finding'][] = check.findings
    .filter((f) => f.state === 'fires')
    .map((f) => {
      const decision = (plan.decisions ?? []).find((d) => d.rule === f.rule);
      return { rule: f.rule, level: f.level, text: f.text, ...(decision && f.level === 'decide' ? { overridden: decision.reason } : {}) };
    });
  const what: What[] = [
    {
      kind: 'started',
      patient: who.patient,
      practitioner,
      plan: { id: view.id, version: view.version },
      planned: plan.needles.map((n) => ({ label: n.id, spec: n.spec })),
      ...(withoutConsent ? { without_consent: withoutConsent } : {}),
      ...(plan.account?.setting ? { setting: plan.account.setting } : {}),
      ...(plan.needles.every((n) => n.stimulation && !n.stimulation.manual && !n.stimulation.electro) ? { no_stimulation: true } : {}),
    },
    { kind: 'screened', findings },
    { kind: 'contact-started' },
  ];
  const stays = plan.needles.flatMap((n) => (n.retention_min == null ? [] : [n.retention_min]));
  const rate = plan.needles.map((n) => n.stimulation?.manual?.manipulation.per_minute).find((r) => r != null);
  return {
    id,
    ...who,
    events: what.map((w) => ({ at, what: w })),
    acknowledged: 0,
    sending: 0,
    alarm_min: stays.length > 0 ? Math.min(LONGEST_MIN, ...stays) : 0,
    heard: false,
    plan: { id: view.id, rate: rate ?? undefined },
  };
}

export interface NeedleState {
  number: number;
  planned: string | undefined;
  code: string;
  side: string;
  at: readonly number[] | undefined;
  in: Moment;
  out: Moment | undefined;
}

export interface State {
  started: Moment | undefined;
  screened: boolean;
  planned: PlannedNeedle[];
  needles: NeedleState[];
  contact: { from: Moment; to: Moment | undefined }[];
  round: { from: Moment; perMinute: number | undefined } | undefined;
  rounds: number;
  counted: number | undefined;
  adverse: { number: number; code: string; grade: number }[];
  phase: 'open' | 'closed' | 'signed';
  note: string;
  /** The last event that can be taken back. */
  last: number | undefined;
}

/** Milliseconds from one moment to another; by the clock that never jumps if both have it. */
export function msBetween(from: Moment, to: Moment): number {
  if (from.mono && to.mono && from.mono.run === to.mono.run) return Math.max(0, to.mono.ms - from.mono.ms);
  return Math.max(0, Date.parse(to.at) - Date.parse(from.at));
}

const KEPT = new Set(['started', 'screened', 'undone', 'closed', 'reopened', 'signed', 'amended']);

/** What the events come to. */
export function stateOf(events: readonly Happened[]): State {
  const undone = new Set<number>();
  for (const e of events) if (e.what.kind === 'undone') undone.add(e.what.event);
  const s: State = {
    started: undefined,
    screened: false,
    planned: [],
    needles: [],
    contact: [],
    round: undefined,
    rounds: 0,
    counted: undefined,
    adverse: [],
    phase: 'open',
    note: '',
    last: undefined,
  };
  events.forEach((e, k) => {
    if (undone.has(k)) return;
    const w = e.what;
    if (!KEPT.has(w.kind)) s.last = k;
    switch (w.kind) {
      case 'started':
        s.started = e.at;
        s.planned = w.planned ?? [];
        break;
      case 'screened':
        s.screened = true;
        break;
      case 'contact-started':
        s.contact.push({ from: e.at, to: undefined });
        break;
      case 'contact-stopped': {
        const open = s.contact[s.contact.length - 1];
        if (open) open.to = e.at;
        break;
      }
      case 'needle-in':
        s.needles.push({
          number: w.needle,
          planned: w.planned ?? undefined,
          code: w.done.site.code,
          side: w.done.site.side,
          at: w.done.site.position_mm ?? undefined,
          in: e.at,
          out: undefined,
        });
        break;
      case 'needle-out': {
        const n = s.needles.find((x) => x.number === w.needle);
        if (n) n.out = e.at;
        break;
      }
      case 'manipulation-started':
        s.round = { from: e.at, perMinute: w.manipulation.per_minute ?? undefined };
        s.rounds += 1;
        break;
      case 'manipulation-stopped':
        s.round = undefined;
        break;
      case 'counted':
        s.counted = w.needles;
        break;
      case 'adverse': {
        const known = s.adverse.find((a) => a.number === w.number);
        const now = { number: w.number, code: w.event.code, grade: w.event.grade };
        if (known) Object.assign(known, now);
        else s.adverse.push(now);
        break;
      }
      case 'closed':
        s.phase = 'closed';
        break;
      case 'reopened':
        s.phase = 'open';
        break;
      case 'signed':
        s.phase = 'signed';
        s.note = w.note;
        break;
    }
  });
  return s;
}

export function contactMs(s: State, now: Moment): number {
  return s.contact.reduce((sum, c) => sum + msBetween(c.from, c.to ?? now), 0);
}

export function inNow(s: State): NeedleState[] {
  return s.needles.filter((n) => n.out === undefined);
}

/** Planned needles that are not in and were not. */
export function toDo(s: State): PlannedNeedle[] {
  return s.planned.filter((p) => !s.needles.some((n) => n.planned === p.label));
}

export function nextNumber(s: State, events: readonly Happened[]): number {
  // A number that was undone is not given again.
  return events.reduce((m, e) => (e.what.kind === 'needle-in' ? Math.max(m, e.what.needle) : m), s.needles.length === 0 ? 0 : 1) + 1;
}

/** The next batch to send, with a key that stays the same however often it is sent. */
export function batch(log: Log): { expected: number; events: Happened[]; key: string } | undefined {
  const count = log.sending > 0 ? log.sending : log.events.length - log.acknowledged;
  if (count <= 0) return undefined;
  return {
    expected: log.acknowledged,
    events: log.events.slice(log.acknowledged, log.acknowledged + count),
    key: `${log.id}:${log.acknowledged}+${count}`,
  };
}

/** `m:ss`, with hours where there are any. */
export function clock(ms: number): string {
  const s = Math.floor(ms / 1000);
  const two = (n: number) => String(n).padStart(2, '0');
  const h = Math.floor(s / 3600);
  return h > 0 ? `${h}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}
