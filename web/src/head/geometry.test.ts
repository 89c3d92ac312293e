import { describe, expect, it } from 'vitest';
import { distanceTo, isWithin, middle, toSegment, type Vec3 } from './geometry';

const square: Vec3[] = [
  [-5, -5, 80],
  [5, -5, 80],
  [5, 5, 80],
  [-5, 5, 80],
];

describe('places and shapes', () => {
  it('measures to the nearest part of a line', () => {
    expect(toSegment([5, 3, 0], [0, 0, 0], [10, 0, 0])).toBeCloseTo(3, 12);
    expect(toSegment([14, 3, 0], [0, 0, 0], [10, 0, 0])).toBeCloseTo(5, 12);
    expect(toSegment([3, 4, 0], [0, 0, 0], [0, 0, 0])).toBeCloseTo(5, 12);
  });

  it('knows inside from outside, and the near side of the head from the far one', () => {
    expect(isWithin(square, [0, 0, 81], [0, 0, 1])).toBe(true);
    expect(isWithin(square, [6, 0, 81], [0, 0, 1])).toBe(false);
    expect(isWithin(square, [0, 0, -80], [0, 0, -1])).toBe(false);
    expect(distanceTo({ kind: 'area', path: square }, [0, 0, 80], [0, 0, 1])).toBe(0);
  });

  it('takes the middle of a chain by its length, not by its count', () => {
    expect(middle([[0, 0, 0], [1, 0, 0], [2, 0, 0], [10, 0, 0]])).toEqual([5, 0, 0]);
    expect(middle([[3, 4, 5]])).toEqual([3, 4, 5]);
  });
});
