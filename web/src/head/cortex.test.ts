import { expect, test } from 'vitest';
import { regionLabels, vertexColours, type CortexMesh } from './cortex';

/** Two half balls of points: the right one is region 1, the left one region 2. */
function made(): CortexMesh {
  const positions: number[] = [];
  const labels: number[] = [];
  for (let i = 0; i < 60; i++) {
    for (let j = 0; j < 20; j++) {
      const [a, b] = [(2 * Math.PI * i) / 60, (Math.PI * (j + 0.5)) / 20 - Math.PI / 2];
      const p = [Math.cos(a) * Math.cos(b), Math.sin(a) * Math.cos(b), Math.sin(b)];
      positions.push(...p.map((x) => 60 * x));
      labels.push(p[0]! > 0 ? 1 : 2);
    }
  }
  const normals = positions.map((x) => x / 60);
  return {
    part: { positions: new Float32Array(positions), normals: new Float32Array(normals), indices: new Uint32Array() },
    labels,
    colours: ['#999999', '#ff0000', '#0000ff'],
    names: ['', 'right half', 'left half'],
  };
}

test('each region is named once, on its own side', () => {
  const labels = regionLabels(made(), [0, 0, 0]);
  expect(labels.map((l) => l.text).sort()).toEqual(['left half', 'right half']);
  for (const l of labels) expect(l.at[0] > 0).toBe(l.text === 'right half');
});

test('what is lit keeps its colour and the rest is pale', () => {
  const cortex = made();
  const k = cortex.labels.indexOf(1);
  const other = cortex.labels.indexOf(2);
  const all = vertexColours(cortex, new Set());
  const lit = vertexColours(cortex, new Set([1]));
  expect([...lit.slice(3 * k, 3 * k + 3)]).toEqual([...all.slice(3 * k, 3 * k + 3)]);
  const spread = (c: Float32Array, v: number) => Math.max(...c.slice(3 * v, 3 * v + 3)) - Math.min(...c.slice(3 * v, 3 * v + 3));
  expect(spread(lit, other)).toBeLessThan(0.5 * spread(all, other));
});
