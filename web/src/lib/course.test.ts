import { describe, expect, it } from 'vitest';
import { localNow, short } from './course';

describe('numbers and dates of the course', () => {
  it('are short, with a true minus sign', () => {
    expect([short(9), short(-4.25), short(0.1 + 0.2), short(1 / 3)]).toEqual(['9', '−4.25', '0.3', '0.33']);
  });
  it('fill an input with the time of this machine', () => {
    const now = new Date(2026, 10, 29, 23, 5);
    expect(localNow(now)).toBe('2026-11-29T23:05');
  });
});
