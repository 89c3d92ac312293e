import { describe, expect, it } from 'vitest';
import type { Part } from './glb';
import { rough } from './rough';

/** A ball of 80 mm about (0, 10, 0). */
function ball(rings: number): Part {
  const [p, n, f]: [number[], number[], number[]] = [[], [], []];
  for (let i = 0; i <= rings; i++)
    for (let j = 0; j < 2 * rings; j++) {
      const [a, b] = [(Math.PI * i) / rings, (Math.PI * j) / rings];
      const u = [Math.sin(a) * Math.cos(b), Math.sin(a) * Math.sin(b), Math.cos(a)];
      n.push(...u);
      p.push(80 * u[0]!, 80 * u[1]! + 10, 80 * u[2]!);
    }
  for (let i = 0; i < rings; i++)
    for (let j = 0; j < 2 * rings; j++) {
      const k = (j + 1) % (2 * rings);
      const [q, r, s, t] = [i * 2 * rings + j, i * 2 * rings + k, (i + 1) * 2 * rings + j, (i + 1) * 2 * rings + k];
      f.push(q, s, r, r, s, t);
    }
  return { positions: new Float32Array(p), normals: new Float32Array(n), indices: new Uint32Array(f) };
}

describe('a rough surface', () => {
  const fine = ball(160);
  const coarse = rough(fine, 4500);

  it('has about as many vertices as were asked for, and lies where the fine one lies', () => {
    const n = coarse.positions.length / 3;
    expect(n).toBeGreaterThan(3000);
    expect(n).toBeLessThan(6000);
    expect(coarse.indices.length).toBeLessThan(fine.indices.length / 6);
    for (let v = 0; v < n; v++) {
      const r = Math.hypot(coarse.positions[3 * v]!, coarse.positions[3 * v + 1]! - 10, coarse.positions[3 * v + 2]!);
      expect(Math.abs(r - 80)).toBeLessThan(0.3);
    }
  });

  it('is turned outwards as before, and has no holes', () => {
    let volume = 0;
    const edges = new Map<string, number>();
    const at = (k: number): [number, number, number] => [coarse.positions[3 * k]!, coarse.positions[3 * k + 1]! - 10, coarse.positions[3 * k + 2]!];
    for (let f = 0; f < coarse.indices.length; f += 3) {
      const [i, j, k] = [coarse.indices[f]!, coarse.indices[f + 1]!, coarse.indices[f + 2]!];
      const [a, b, c] = [at(i), at(j), at(k)];
      volume += (a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0])) / 6;
      for (const [x, y] of [[i, j], [j, k], [k, i]] as const) {
        edges.set(`${x} ${y}`, (edges.get(`${x} ${y}`) ?? 0) + 1);
        edges.set(`${y} ${x}`, (edges.get(`${y} ${x}`) ?? 0) - 1);
      }
    }
    expect(volume / ((4 / 3) * Math.PI * 80 ** 3)).toBeGreaterThan(0.98);
    expect(volume / ((4 / 3) * Math.PI * 80 ** 3)).toBeLessThan(1.01);
    expect([...edges.values()].every((n) => n === 0)).toBe(true);
  });

  it('is the surface itself where that is small', () => {
    const small = ball(20);
    expect(rough(small, 4500)).toBe(small);
  });
});
