import { describe, expect, it } from 'vitest';
import { place, type Candidate } from './labels';

function many(n: number): Candidate[] {
  return Array.from({ length: n }, (_, k) => ({
    id: `z${k}`,
    x: 40 + ((k * 37) % 500),
    y: 40 + ((k * 53) % 300),
    width: 44,
    height: 16,
    rank: k,
  }));
}

describe('labels', () => {
  it('never lie over each other nor outside the picture', () => {
    const placed = place(many(200), { left: 0, top: 0, right: 600, bottom: 400 }, 200);
    expect(placed.length).toBeGreaterThan(40);
    placed.forEach((a, i) => {
      expect(a.x).toBeGreaterThanOrEqual(0);
      expect(a.x + 44).toBeLessThanOrEqual(600);
      placed.slice(i + 1).forEach((b) => {
        expect(a.x + 44 <= b.x || b.x + 44 <= a.x || a.y + 16 <= b.y || b.y + 16 <= a.y).toBe(true);
      });
    });
  });

  it('do not run beneath a panel', () => {
    const placed = place(many(200), { left: 180, top: 30, right: 420, bottom: 360 }, 200);
    expect(placed.length).toBeGreaterThan(10);
    for (const p of placed) expect(p.x >= 180 && p.x + 44 <= 420 && p.y >= 30 && p.y + 16 <= 360).toBe(true);
  });

  it('keep the important one', () => {
    const same = many(1)[0]!;
    const crowd = Array.from({ length: 12 }, (_, k) => ({ ...same, id: `c${k}`, rank: 10 + k }));
    const placed = place([...crowd, { ...same, id: 'chosen', rank: 0 }], { left: 0, top: 0, right: 600, bottom: 400 }, 5);
    expect(placed[0]?.id).toBe('chosen');
    expect(placed.length).toBeLessThanOrEqual(5);
  });
});
