/** The cortex beneath the scalp, coloured by region. Free of any page framework, like the head itself. */

import { BufferAttribute, BufferGeometry, Color, FrontSide, Mesh, MeshLambertMaterial } from 'three';
import type { Part } from './glb';
import type { Vec3 } from './geometry';

export interface CortexMesh {
  part: Part;
  /** Region of each vertex, as an index. */
  labels: readonly number[];
  /** Colour of each region, `#rrggbb`. */
  colours: readonly string[];
  /** What each region is called; empty for none. */
  names: readonly string[];
}

export interface RegionLabel {
  region: number;
  text: string;
  at: Vec3;
}

/** Regions with fewer vertices than this are not named in the picture. */
const LEAST_NAMED = 90;

/** Colours of the vertices; where some regions are lit, the others are pale. */
export function vertexColours(cortex: CortexMesh, lit: ReadonlySet<number>): Float32Array {
  const grey = new Color('#a89f99');
  const colours = cortex.colours.map((c, k) => {
    const colour = new Color(c);
    return lit.size > 0 && !lit.has(k) ? colour.lerp(grey, 0.82) : colour;
  });
  const out = new Float32Array(cortex.labels.length * 3);
  cortex.labels.forEach((label, k) => (colours[label] ?? grey).toArray(out, 3 * k));
  return out;
}

/** Where each region's name stands: at its vertex that is nearest to the middle of all that look outwards. */
export function regionLabels(cortex: CortexMesh, middle: Vec3): RegionLabel[] {
  const p = cortex.part.positions;
  const sums = new Map<number, { n: number; sum: [number, number, number] }>();
  const outward = (k: number): number => {
    const d: Vec3 = [p[3 * k]! - middle[0], p[3 * k + 1]! - middle[1], p[3 * k + 2]! - middle[2]];
    const n = cortex.part.normals;
    return (d[0] * n[3 * k]! + d[1] * n[3 * k + 1]! + d[2] * n[3 * k + 2]!) / Math.max(1, Math.hypot(...d));
  };
  cortex.labels.forEach((label, k) => {
    if (outward(k) < 0.6) return;
    const s = sums.get(label) ?? { n: 0, sum: [0, 0, 0] as [number, number, number] };
    s.n += 1;
    s.sum[0] += p[3 * k]!;
    s.sum[1] += p[3 * k + 1]!;
    s.sum[2] += p[3 * k + 2]!;
    sums.set(label, s);
  });
  const best = new Map<number, { far: number; at: Vec3 }>();
  cortex.labels.forEach((label, k) => {
    const s = sums.get(label);
    if (!s || s.n < LEAST_NAMED || !cortex.names[label] || outward(k) < 0.6) return;
    const at: Vec3 = [p[3 * k]!, p[3 * k + 1]!, p[3 * k + 2]!];
    const far = Math.hypot(at[0] - s.sum[0] / s.n, at[1] - s.sum[1] / s.n, at[2] - s.sum[2] / s.n);
    const known = best.get(label);
    if (!known || far < known.far) best.set(label, { far, at });
  });
  return [...best].map(([region, b]) => ({ region, text: cortex.names[region]!, at: b.at }));
}

/** The surface as it is drawn. */
export function cortexMesh(cortex: CortexMesh, lit: ReadonlySet<number>): Mesh {
  const g = new BufferGeometry();
  g.setAttribute('position', new BufferAttribute(cortex.part.positions, 3));
  g.setAttribute('normal', new BufferAttribute(cortex.part.normals, 3));
  g.setAttribute('color', new BufferAttribute(vertexColours(cortex, lit), 3));
  g.setIndex(new BufferAttribute(cortex.part.indices, 1));
  const mesh = new Mesh(g, new MeshLambertMaterial({ side: FrontSide, vertexColors: true }));
  mesh.renderOrder = 0;
  return mesh;
}
