import { describe, expect, it } from 'vitest';
import { crop, extremes, type Box } from './crop';

/** Places of an ellipsoid's surface, as a mesh has them. */
function ellipsoid(a: number, b: number, c: number): Float32Array {
  const out: number[] = [];
  for (let i = 0; i <= 60; i++)
    for (let k = 0; k < 120; k++) {
      const [t, p] = [(Math.PI * i) / 60, (2 * Math.PI * k) / 120];
      out.push(a * Math.sin(t) * Math.cos(p), b * Math.sin(t) * Math.sin(p), c * Math.cos(t));
    }
  return new Float32Array(out);
}

describe('the places that lie farthest', () => {
  it('bound the surface to 2 % from any side', () => {
    const all = ellipsoid(80, 100, 130);
    const few = extremes(all);
    expect(few.length).toBeLessThanOrEqual(160);
    for (let k = 0; k < 50; k++) {
      const [t, p] = [k * 0.37, k * 1.13];
      const d = [Math.sin(t) * Math.cos(p), Math.sin(t) * Math.sin(p), Math.cos(t)] as const;
      const far = (places: Iterable<readonly [number, number, number]>) => Math.max(...[...places].map((q) => q[0] * d[0] + q[1] * d[1] + q[2] * d[2]));
      const every = Array.from({ length: all.length / 3 }, (_, v) => [all[3 * v]!, all[3 * v + 1]!, all[3 * v + 2]!] as [number, number, number]);
      expect(far(few)).toBeGreaterThan(0.98 * far(every));
    }
  });
});

describe('what the canvas covers', () => {
  const whole: Box = { left: 0, top: 0, width: 1280, height: 800 };
  const head = [
    { x: 500, y: 120 },
    { x: 780, y: 640 },
  ];

  it('is about the head, and within the window', () => {
    const c = crop(head, 10, 1280, 800, whole, false);
    expect(c).toEqual({ left: 448, top: 64, width: 384, height: 640 });
    expect(crop([{ x: -300, y: -50 }, { x: 2000, y: 900 }], 10, 1280, 800, c, false)).toEqual(whole);
  });

  it('grows at once and shrinks at rest only', () => {
    const small = crop(head, 10, 1280, 800, whole, false);
    const wider = crop([{ x: 400, y: 120 }, { x: 780, y: 640 }], 10, 1280, 800, small, true);
    expect(wider).toEqual({ left: 384, top: 64, width: 448, height: 640 });
    expect(crop(head, 10, 1280, 800, wider, true)).toBe(wider);
    expect(crop(head, 10, 1280, 800, whole, true)).toBe(whole);
    expect(crop(head, 10, 1280, 800, whole, false)).toEqual(small);
  });

  it('is never empty', () => {
    const c = crop([{ x: 3000, y: 100 }], 10, 1280, 800, whole, false);
    expect(c.width * c.height).toBeGreaterThan(0);
  });
});
