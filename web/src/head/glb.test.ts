import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readHead } from './glb';

const file = new URL('../../../template/head.glb', import.meta.url);

function bytes(): ArrayBuffer {
  const b = readFileSync(file);
  return b.buffer.slice(b.byteOffset, b.byteOffset + b.byteLength) as ArrayBuffer;
}

describe('the head file', () => {
  it('is there', () => expect(existsSync(file)).toBe(true));

  it('gives the skin, the ears and the brain of the built-in head', () => {
    const head = readHead(bytes());
    expect(head.skin.positions.length / 3).toBe(55212);
    expect(head.skin.normals.length).toBe(head.skin.positions.length);
    expect(head.ears && head.brain).toBeTruthy();
    // Millimetres: a head is between 130 and 260 mm wide and long.
    const xs = head.skin.positions.filter((_, i) => i % 3 === 0);
    const width = xs.reduce((m, x) => Math.max(m, x), -Infinity) - xs.reduce((m, x) => Math.min(m, x), Infinity);
    expect(width).toBeGreaterThan(130);
    expect(width).toBeLessThan(260);
  });

  it('is refused when damaged, wherever it is cut', () => {
    const whole = bytes();
    for (const n of [0, 10, 19, 100, 5000, 700000, whole.byteLength - 1]) {
      expect(() => readHead(whole.slice(0, n)), `cut at ${n}`).toThrow(Error);
    }
    const other = whole.slice(0);
    new DataView(other).setUint32(0, 0, true);
    expect(() => readHead(other)).toThrow('not a GLB');
  });
});
