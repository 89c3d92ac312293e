import { describe, expect, it } from 'vitest';
import { toSegment, type Vec3 } from './geometry';
import { simplified } from './simplify';

const arc = (n: number, turns: number): Vec3[] =>
  Array.from({ length: n }, (_, k) => [80 * Math.cos((turns * 2 * Math.PI * k) / (n - 1)), 80 * Math.sin((turns * 2 * Math.PI * k) / (n - 1)), 0.1 * k]);

describe('a simplified chain', () => {
  it('keeps its ends and stays within what was allowed', () => {
    for (const chain of [arc(200, 0.3), arc(400, 1)]) {
      const short = simplified(chain, 0.08);
      expect(short[0]).toBe(chain[0]);
      expect(short.at(-1)).toBe(chain.at(-1));
      expect(short.length).toBeLessThan(chain.length / 3);
      for (const p of chain) {
        const off = Math.min(...short.slice(1).map((q, k) => toSegment(p, short[k]!, q)));
        expect(off).toBeLessThanOrEqual(0.08);
      }
    }
  });

  it('is two places where it is straight, and all where each matters', () => {
    const straight: Vec3[] = Array.from({ length: 50 }, (_, k) => [k, 2 * k, 0]);
    expect(simplified(straight, 0.01)).toHaveLength(2);
    const zigzag: Vec3[] = Array.from({ length: 20 }, (_, k) => [k, k % 2 ? 5 : 0, 0]);
    expect(simplified(zigzag, 0.1)).toHaveLength(20);
    expect(simplified([[1, 2, 3]], 1)).toEqual([[1, 2, 3]]);
    // A closed outline begins where it ends.
    expect(simplified([...arc(100, 1).map((p): Vec3 => [p[0], p[1], 0]), [80, 0, 0]], 0.1).length).toBeGreaterThan(20);
  });
});
