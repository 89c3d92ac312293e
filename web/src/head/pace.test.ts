import { describe, expect, it } from 'vitest';
import { Pace, WHOLE } from './pace';

function run(pace: Pace, gap: number, pictures: number, from = 0): number {
  for (let k = 1; k <= pictures; k++) pace.came(from + k * gap, gap);
  return from + pictures * gap;
}

describe('the pace of the picture', () => {
  it('draws everything where pictures come in time', () => {
    const pace = new Pace();
    run(pace, 16.7, 1000);
    expect(pace.effort).toBe(WHOLE);
  });

  it('draws less and less where they come late, and never nothing', () => {
    const pace = new Pace();
    const pixels = [pace.effort.pixels];
    for (let k = 0; k < 10; k++) {
      run(pace, 120, 6, k * 720);
      pixels.push(pace.effort.pixels);
    }
    expect(pace.effort.rough).toBe(true);
    expect(pixels).toEqual([...pixels].sort((a, b) => b - a));
    expect(pixels.at(-1)).toBeGreaterThanOrEqual(0.5);
  });

  it('does not mind one late picture, a hidden page or a sleep', () => {
    const pace = new Pace();
    for (let k = 0; k < 100; k++) pace.came(k * 20, k % 6 === 0 ? 60 : 16.7);
    pace.came(4000, 2000);
    expect(pace.effort).toBe(WHOLE);
    for (let k = 0; k < 20; k++) pace.came(10_000 + k * 5000, 5000);
    expect(pace.effort).toBe(WHOLE);
  });

  it('forgets a moment of load after a rest', () => {
    const pace = new Pace();
    const end = run(pace, 50, 6);
    expect(pace.effort).not.toBe(WHOLE);
    pace.came(end + 61_000, 16.7);
    expect(pace.effort).toBe(WHOLE);
  });
});
