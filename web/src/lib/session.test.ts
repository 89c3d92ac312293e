import { describe, expect, it } from 'vitest';
import { batch, clock, contactMs, inNow, msBetween, nextNumber, stateOf, toDo, type Happened, type Log, type What } from './session';
import { uuid7 } from './uuid';

const at = (second: number, mono?: { run: number; ms: number }) => ({ at: new Date(1_800_000_000_000 + second * 1000).toISOString(), ...(mono ? { mono } : {}) });
const site = (code: string) => ({ site: { school: 'ms', code, side: 'left' as const } });
const events = (...list: [number, What][]): Happened[] => list.map(([t, what]) => ({ at: at(t), what }));

const course = events(
  [0, { kind: 'started', patient: 'p', practitioner: 'x', planned: [{ label: 'a', spec: site('MS6') }, { label: 'b', spec: site('MS7') }] }],
  [1, { kind: 'screened', findings: [] }],
  [2, { kind: 'contact-started' }],
  [5, { kind: 'needle-in', needle: 1, planned: 'a', done: site('MS6') }],
  [9, { kind: 'needle-in', needle: 2, done: site('MS9') }],
  [12, { kind: 'contact-stopped' }],
);

describe('a session', () => {
  it('knows what is in, what is to do, and how long', () => {
    const s = stateOf(course);
    expect(inNow(s).map((n) => n.code)).toEqual(['MS6', 'MS9']);
    expect(toDo(s).map((p) => p.label)).toEqual(['b']);
    expect(contactMs(s, at(100))).toBe(10_000);
    expect(nextNumber(s, course)).toBe(3);
  });

  it('takes an event back without giving its number again', () => {
    const more = [...course, ...events([13, { kind: 'undone', event: 4, reason: 'mistake' }])];
    const s = stateOf(more);
    expect(inNow(s).map((n) => n.number)).toEqual([1]);
    expect(nextNumber(s, more)).toBe(3);
    expect(s.last).toBe(5);
  });

  it('does not follow a wall clock that jumps', () => {
    const run = 7;
    const from = { ...at(0), mono: { run, ms: 1000 } };
    const to = { ...at(-3600), mono: { run, ms: 61_000 } };
    expect(msBetween(from, to)).toBe(60_000);
    expect(msBetween(at(10), at(0))).toBe(0);
  });

  it('sends a batch with the same key until it is acknowledged', () => {
    const log: Log = { id: 's', patient: 'p', patientName: '', events: course, acknowledged: 2, sending: 2, alarm_min: 0, heard: false };
    expect(batch(log)).toMatchObject({ expected: 2, key: 's:2+2' });
    expect(batch(log)?.events).toHaveLength(2);
    log.events = [...course, ...events([20, { kind: 'contact-started' }])];
    expect(batch(log)?.key).toBe('s:2+2');
    expect(batch({ ...log, acknowledged: 7, sending: 0 })).toBeUndefined();
  });

  it('shows times and makes identifiers that sort', () => {
    expect([clock(0), clock(65_400), clock(3_725_000)]).toEqual(['0:00', '1:05', '1:02:05']);
    const r = new Uint8Array(16).fill(255);
    expect(uuid7(1_800_000_000_000, r)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(uuid7(1_800_000_000_000, r) < uuid7(1_800_000_000_001, new Uint8Array(16))).toBe(true);
  });
});
