/**
 * The part of the window in which the head or body lies. Without a graphics card a page's picture costs what its canvas
 * covers, so that the canvas is made no larger than that. Pixels of the window; millimetres of the body.
 */

import type { Vec3 } from './geometry';

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Sides of a crop are multiples of this, px: a canvas of another size costs more than one that is a little large. */
const STEP_PX = 64;
/** Directions in which a surface's farthest place is kept. */
const DIRECTIONS = 160;
/** Of a fine surface about so many places are looked at, evenly: a neighbour lies within a few mm. */
const LOOKED_AT = 8000;

/** The places of a surface that lie farthest in directions spread evenly (a Fibonacci lattice on the ball). */
export function extremes(positions: Float32Array): Vec3[] {
  const found = new Set<number>();
  const step = 3 * Math.max(1, Math.floor(positions.length / 3 / LOOKED_AT));
  const turn = Math.PI * (3 - Math.sqrt(5));
  for (let k = 0; k < DIRECTIONS; k++) {
    const z = 1 - (2 * k + 1) / DIRECTIONS;
    const r = Math.sqrt(1 - z * z);
    const [x, y] = [r * Math.cos(turn * k), r * Math.sin(turn * k)];
    let [far, at] = [-Infinity, 0];
    for (let v = 0; v < positions.length; v += step) {
      const along = positions[v]! * x + positions[v + 1]! * y + positions[v + 2]! * z;
      if (along > far) [far, at] = [along, v];
    }
    if (positions.length > 0) found.add(at);
  }
  return [...found].map((v) => [positions[v]!, positions[v + 1]!, positions[v + 2]!]);
}

/** The box about places of the window with a margin, on whole steps, within the window. */
function around(places: readonly { x: number; y: number }[], margin: number, width: number, height: number): Box {
  const side = (of: (p: { x: number; y: number }) => number, most: number): [number, number] => {
    const low = Math.min(...places.map(of)) - margin;
    const high = Math.max(...places.map(of)) + margin;
    return [Math.max(0, Math.floor(low / STEP_PX) * STEP_PX), Math.min(most, Math.ceil(high / STEP_PX) * STEP_PX)];
  };
  const [[left, right], [top, bottom]] = [side((p) => p.x, width), side((p) => p.y, height)];
  // Nothing of it in the window: a canvas has a pixel at least.
  if (right <= left || bottom <= top) return { left: 0, top: 0, width: Math.min(STEP_PX, width), height: Math.min(STEP_PX, height) };
  return { left, top, width: right - left, height: bottom - top };
}

function about(a: Box, b: Box): Box {
  const [left, top] = [Math.min(a.left, b.left), Math.min(a.top, b.top)];
  const right = Math.max(a.left + a.width, b.left + b.width);
  const bottom = Math.max(a.top + a.height, b.top + b.height);
  return { left, top, width: right - left, height: bottom - top };
}

/** What the canvas is to cover. While the picture moves it only grows; at rest it does not remember how it was moved. */
export function crop(places: readonly { x: number; y: number }[], margin: number, width: number, height: number, now: Box, moving: boolean): Box {
  const need = around(places, margin, width, height);
  const box = moving ? about(need, now) : need;
  return box.left === now.left && box.top === now.top && box.width === now.width && box.height === now.height ? now : box;
}
