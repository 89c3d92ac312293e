import { describe, expect, it } from 'vitest';
import { Seen } from './meanwhile';

describe('what somebody else changed meanwhile', () => {
  it('is told once, then it is seen', () => {
    const seen = new Seen<Record<string, string>>({ circumference: '57 cm' });
    expect(seen.overtaken({ circumference: '57 cm' })).toBe(false);
    expect(seen.overtaken({ circumference: '58 cm' })).toBe(true);
    expect(seen.overtaken({ circumference: '58 cm' })).toBe(false);
    seen.saved({ circumference: '56 cm' });
    expect(seen.overtaken({ circumference: '56 cm' })).toBe(false);
    expect(seen.overtaken(undefined)).toBe(true);
  });

  it('is not another order of the same, nor a field without a value', () => {
    const seen = new Seen<Record<string, unknown>>({ a: 1, b: null });
    expect(seen.overtaken({ a: 1 })).toBe(false);
    expect(new Seen({ a: 1, b: { d: 1, c: 2 } }).overtaken({ b: { c: 2, d: 1 }, a: 1 } as never)).toBe(false);
    expect(new Seen(null).overtaken(undefined)).toBe(false);
  });
});
