import { describe, expect, it } from 'vitest';
import { PRESETS, between, eye, facing, turned, zoomed, type Orbit } from './orbit';

const start: Orbit = { azimuth: 0, polar: Math.PI / 2, distance: 500, target: [0, 0, 0] };

describe('the camera', () => {
  it('stands where the standard views say; left is the patient’s', () => {
    const at = (p: keyof typeof PRESETS) => eye({ ...start, ...PRESETS[p] });
    expect(at('front')[1]).toBeGreaterThan(400);
    expect(at('back')[1]).toBeLessThan(-400);
    expect(at('left')[0]).toBeLessThan(-400);
    expect(at('right')[0]).toBeGreaterThan(400);
    expect(at('top')[2]).toBeGreaterThan(490);
    // From above the camera is a little behind the crown, so that the nose is up.
    expect(at('top')[1]).toBeLessThan(0);
  });

  it('keeps its distance while it turns and does not go over the pole', () => {
    const far = (o: Orbit) => Math.hypot(...eye(o));
    let o = start;
    for (let k = 0; k < 100; k++) o = turned(o, 0.3, -0.2);
    expect(far(o)).toBeCloseTo(500, 9);
    expect(o.polar).toBeGreaterThan(0);
    expect(zoomed(o, 1e9).distance).toBeLessThan(2000);
    expect(zoomed(o, 0).distance).toBeGreaterThan(100);
  });

  it('faces a place', () => {
    const e = eye(facing(start, [-1, 0, 0.2]));
    expect(e[0]).toBeLessThan(-450);
    expect(Math.abs(e[1])).toBeLessThan(1e-9);
  });

  it('goes the short way round', () => {
    const a = { ...start, azimuth: 3 };
    const b = { ...start, azimuth: -3 };
    const half = between(a, b, 0.5);
    expect(Math.cos(half.azimuth)).toBeCloseTo(-1, 6);
    expect(between(a, b, 1).azimuth).toBeCloseTo(-3 + 2 * Math.PI, 9);
    expect(between(a, b, 0)).toEqual(a);
  });
});
