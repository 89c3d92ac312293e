/** A surface with far fewer triangles, for a picture that moves. Millimetres. */

import type { Part } from './glb';

/** Twice the area of a triangle. */
function doubled(p: Float32Array, a: number, b: number, c: number): number {
  const [ux, uy, uz] = [p[b]! - p[a]!, p[b + 1]! - p[a + 1]!, p[b + 2]! - p[a + 2]!];
  const [vx, vy, vz] = [p[c]! - p[a]!, p[c + 1]! - p[a + 1]!, p[c + 2]! - p[a + 2]!];
  return Math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx);
}

/**
 * About so many vertices are left: those within a cube of a grid become one, their mean; triangles that fall together are left out (Rossignac and
 * Borrel 1993). The cubes are as large as the area asks for. A surface that is small already is given back.
 */
export function rough(part: Part, vertices: number): Part {
  const { positions: p, normals: n, indices } = part;
  if (p.length / 3 < 1.5 * vertices) return part;
  let area = 0;
  for (let f = 0; f < indices.length; f += 3) area += doubled(p, 3 * indices[f]!, 3 * indices[f + 1]!, 3 * indices[f + 2]!) / 2;
  // A surface passes through more cubes than it has squares of that size: half as many again, for one without a direction.
  const cell = Math.sqrt((1.5 * area) / vertices);

  const cells = new Map<number, number>();
  const of = new Uint32Array(p.length / 3);
  const sums: number[] = [];
  const at = (x: number): number => Math.floor(x / cell) + 2048;
  for (let v = 0; v < of.length; v++) {
    const key = (at(p[3 * v]!) * 4096 + at(p[3 * v + 1]!)) * 4096 + at(p[3 * v + 2]!);
    let c = cells.get(key);
    if (c === undefined) {
      c = cells.size;
      cells.set(key, c);
      sums.push(0, 0, 0, 0, 0, 0, 0);
    }
    of[v] = c;
    for (let i = 0; i < 3; i++) {
      sums[7 * c + i]! += p[3 * v + i]!;
      sums[7 * c + 3 + i]! += n[3 * v + i]!;
    }
    sums[7 * c + 6]! += 1;
  }

  const positions = new Float32Array(3 * cells.size);
  const normals = new Float32Array(3 * cells.size);
  for (let c = 0; c < cells.size; c++) {
    const [x, y, z, a, b, d, count] = sums.slice(7 * c, 7 * c + 7) as [number, number, number, number, number, number, number];
    positions.set([x / count, y / count, z / count], 3 * c);
    const l = Math.hypot(a, b, d) || 1;
    normals.set([a / l, b / l, d / l], 3 * c);
  }
  const kept: number[] = [];
  for (let f = 0; f < indices.length; f += 3) {
    const [a, b, c] = [of[indices[f]!]!, of[indices[f + 1]!]!, of[indices[f + 2]!]!];
    if (a !== b && b !== c && c !== a) kept.push(a, b, c);
  }
  return { positions, normals, indices: new Uint32Array(kept) };
}
