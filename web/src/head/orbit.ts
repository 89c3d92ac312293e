/** The camera's place about the head: state and movement, without a browser, so that it can be tested. */

import type { Vec3 } from './geometry';

export type Preset = 'front' | 'back' | 'left' | 'right' | 'top';

export interface Orbit {
  /** Turn about the vertical axis, radians: 0 looks at the face, +90° at the patient's left side. */
  azimuth: number;
  /** Angle from straight above, radians. */
  polar: number;
  /** From the target, mm. */
  distance: number;
  /** What the camera looks at, mm, RAS. */
  target: Vec3;
}

/** Straight from above the azimuth means nothing; the camera stays this far from it, radians. */
export const POLE = 0.02;

const HALF = Math.PI / 2;

/** Azimuth and polar angle of the standard views. From above, the nose is up. */
export const PRESETS: Record<Preset, { azimuth: number; polar: number }> = {
  front: { azimuth: 0, polar: HALF - 0.18 },
  left: { azimuth: HALF, polar: HALF - 0.18 },
  back: { azimuth: Math.PI, polar: HALF - 0.18 },
  right: { azimuth: -HALF, polar: HALF - 0.18 },
  top: { azimuth: Math.PI, polar: POLE },
};

/** Where the camera is. Patient's left is −x, the face +y. */
export function eye(o: Orbit): Vec3 {
  const s = Math.sin(o.polar) * o.distance;
  return [
    o.target[0] - Math.sin(o.azimuth) * s,
    o.target[1] + Math.cos(o.azimuth) * s,
    o.target[2] + Math.cos(o.polar) * o.distance,
  ];
}

export function turned(o: Orbit, azimuth: number, polar: number): Orbit {
  return { ...o, azimuth: o.azimuth + azimuth, polar: clamp(o.polar + polar, POLE, Math.PI - 0.35) };
}

export function zoomed(o: Orbit, factor: number, farthest = 1600): Orbit {
  return { ...o, distance: clamp(o.distance * factor, 120, farthest) };
}

/** The view of an orbit that looks at a direction of the head from outside. */
export function facing(o: Orbit, direction: Vec3): Orbit {
  const l = Math.hypot(...direction) || 1;
  const polar = clamp(Math.acos(direction[2] / l), 0.25, Math.PI - 0.6);
  const flat = Math.hypot(direction[0], direction[1]);
  // Above the crown every azimuth sees the place; keep the one there is.
  const azimuth = flat / l < 0.15 ? o.azimuth : Math.atan2(-direction[0], direction[1]);
  return { ...o, azimuth, polar };
}

/** Between two orbits, the short way round; t from 0 to 1. */
export function between(a: Orbit, b: Orbit, t: number): Orbit {
  const k = t * t * (3 - 2 * t);
  let d = (b.azimuth - a.azimuth) % (2 * Math.PI);
  if (d > Math.PI) d -= 2 * Math.PI;
  if (d < -Math.PI) d += 2 * Math.PI;
  const mix = (x: number, y: number) => x + (y - x) * k;
  return {
    azimuth: a.azimuth + d * k,
    polar: mix(a.polar, b.polar),
    distance: mix(a.distance, b.distance),
    target: [mix(a.target[0], b.target[0]), mix(a.target[1], b.target[1]), mix(a.target[2], b.target[2])],
  };
}

function clamp(v: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, v));
}
