import { describe, expect, it } from 'vitest';
import { agreement, csv, order, progress, type Answer } from './quiz';

const answer = (code: string, error_mm: number, who = 'A'): Answer => ({
  at: '2026-11-22T10:00:00Z',
  who,
  head: 'template',
  code,
  side: 'left',
  kind: 'line',
  error_mm,
  seconds: 4.25,
  x_mm: -1,
  y_mm: 2,
  z_mm: 3.14159,
});

describe('the quiz', () => {
  it('asks each zone once, in the same order for the same seed', () => {
    const a = order(25, 7);
    expect([...a].sort((x, y) => x - y)).toEqual(Array.from({ length: 25 }, (_, k) => k));
    expect(order(25, 7)).toEqual(a);
    expect(order(25, 8)).not.toEqual(a);
  });

  it('puts the worst zone first', () => {
    const p = progress([answer('MS6', 4), answer('MS7', 20), answer('MS6', 8)]);
    expect(p.map((x) => x.code)).toEqual(['MS7', 'MS6']);
    expect(p[1]).toEqual({ code: 'MS6', n: 2, mean_mm: 6, last_mm: 8 });
  });

  it('exports what a statistics program reads back', () => {
    const text = csv([answer('MS6', 4.56789), answer('X', 1, 'Li, "Q"'), answer('Y', 2, '=1+1')]);
    const lines = text.trimEnd().split('\r\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toBe('2026-11-22T10:00:00Z,A,template,MS6,left,line,4.568,4.25,-1,2,3.142');
    expect(lines[2]).toContain('"Li, ""Q"""');
    expect(lines[3]).toContain("'=1+1");
  });

  it('tells how far two people, and one person twice, put the same point', () => {
    const at = (who: string, x_mm: number, time: string, more: Partial<Answer> = {}): Answer => ({
      ...answer('GV20', 0, who),
      kind: 'point',
      at: `2026-11-22T${time}:00Z`,
      x_mm,
      y_mm: 0,
      z_mm: 0,
      ...more,
    });
    const one = [at('A', 0, '10:00'), at('B', 3, '10:05'), at('C', 9, '10:10')];
    // Pairs: 3, 9 and 6 mm apart.
    expect(agreement(one)).toEqual({ people: 3, questions: 1, between_mm: 6, within_mm: undefined, repeats: 0 });
    // The first answer counts between people, whatever the order of the list; the second within one.
    const again = [at('A', 5, '11:00'), ...one];
    expect(agreement(again)).toMatchObject({ between_mm: 6, within_mm: 5, repeats: 1 });
    // Lines, no code, another head, another side: not the same question, or none.
    expect(agreement([at('A', 0, '10:00'), at('B', 3, '10:00', { kind: 'line' })]).questions).toBe(0);
    expect(agreement([at('A', 0, '10:00'), at(' ', 3, '10:00')]).questions).toBe(0);
    expect(agreement([at('A', 0, '10:00'), at('B', 3, '10:00', { head: 'tape-1' })]).questions).toBe(0);
    expect(agreement([at('A', 0, '10:00'), at('B', 3, '10:00', { side: 'right' })]).questions).toBe(0);
  });
});
