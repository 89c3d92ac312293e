/** Small geometry on the skin. Millimetres, RAS: x to the patient's right, y to the front, z up. */

export type Vec3 = readonly [number, number, number];

export interface Shape {
  kind: 'point' | 'line' | 'area';
  /** One position for a point; a chain for a line; a closed outline for an area. */
  path: readonly Vec3[];
}

/** Three numbers as they come over the wire. */
export function vec(p: readonly number[]): Vec3 {
  return [p[0] ?? 0, p[1] ?? 0, p[2] ?? 0];
}

export function sub(a: Vec3, b: Vec3): Vec3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

export function dot(a: Vec3, b: Vec3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross(a: Vec3, b: Vec3): Vec3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function length(a: Vec3): number {
  return Math.hypot(a[0], a[1], a[2]);
}

export function scaled(a: Vec3, k: number): Vec3 {
  return [a[0] * k, a[1] * k, a[2] * k];
}

export function unit(a: Vec3): Vec3 {
  const l = length(a);
  return l > 0 ? scaled(a, 1 / l) : [0, 0, 1];
}

export function toSegment(p: Vec3, a: Vec3, b: Vec3): number {
  const d = sub(b, a);
  const l = dot(d, d);
  const t = l > 0 ? Math.min(1, Math.max(0, dot(sub(p, a), d) / l)) : 0;
  return length(sub(p, [a[0] + d[0] * t, a[1] + d[1] * t, a[2] + d[2] * t]));
}

/** Straight distance from a place to the nearest part of a shape, mm; 0 within an area (seen along `normal`). */
export function distanceTo(shape: Shape, p: Vec3, normal: Vec3): number {
  if (shape.kind === 'area' && isWithin(shape.path, p, normal)) return 0;
  const first = shape.path[0];
  if (!first) return Infinity;
  let best = length(sub(p, first));
  for (let k = 1; k < shape.path.length; k++) best = Math.min(best, toSegment(p, shape.path[k - 1]!, shape.path[k]!));
  return best;
}

/** Whether a place lies within an outline, both seen along the skin's normal there. */
export function isWithin(outline: readonly Vec3[], p: Vec3, normal: Vec3): boolean {
  const n = unit(normal);
  // An outline on the far side of the head covers the place in this view too; it does not count.
  const near = outline.filter((q) => Math.abs(dot(sub(q, p), n)) < 40).length;
  if (near * 4 < outline.length * 3) return false;
  const other: Vec3 = Math.abs(n[2]) < 0.9 ? [0, 0, 1] : [1, 0, 0];
  const u = unit(cross(other, n));
  const v = cross(n, u);
  const flat = outline.map((q) => [dot(sub(q, p), u), dot(sub(q, p), v)] as const);
  let inside = false;
  flat.forEach((a, k) => {
    const b = flat[(k + 1) % flat.length]!;
    if (a[1] > 0 !== b[1] > 0 && a[0] + ((b[0] - a[0]) * -a[1]) / (b[1] - a[1]) > 0) inside = !inside;
  });
  return inside;
}

/** The middle of a chain by its length. */
export function middle(path: readonly Vec3[]): Vec3 {
  const first = path[0];
  if (!first) return [0, 0, 0];
  const steps = path.slice(1).map((p, k) => length(sub(p, path[k]!)));
  let left = steps.reduce((a, b) => a + b, 0) / 2;
  for (let k = 0; k < steps.length; k++) {
    const step = steps[k]!;
    if (step >= left && step > 0) {
      const t = left / step;
      const [a, b] = [path[k]!, path[k + 1]!];
      return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];
    }
    left -= step;
  }
  return path[path.length - 1] ?? first;
}

/** Mean of some places. */
export function centre(path: readonly Vec3[]): Vec3 {
  const n = Math.max(1, path.length);
  const s = path.reduce<[number, number, number]>((m, p) => [m[0] + p[0], m[1] + p[1], m[2] + p[2]], [0, 0, 0]);
  return [s[0] / n, s[1] / n, s[2] / n];
}
