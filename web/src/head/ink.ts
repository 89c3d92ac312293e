/** What is drawn on the skin: lines, points and areas, as meshes. Millimetres, RAS; no page, no state. */

import {
  BufferAttribute,
  BufferGeometry,
  Color,
  DoubleSide,
  InstancedMesh,
  LineBasicMaterial,
  LineSegments,
  Matrix4,
  Mesh,
  MeshBasicMaterial,
  MeshLambertMaterial,
  OctahedronGeometry,
  SphereGeometry,
} from 'three';
import { LineMaterial } from 'three/examples/jsm/lines/LineMaterial.js';
import { LineSegments2 } from 'three/examples/jsm/lines/LineSegments2.js';
import { LineSegmentsGeometry } from 'three/examples/jsm/lines/LineSegmentsGeometry.js';
import { centre, isWithin, sub, unit, type Shape, type Vec3 } from './geometry';
import type { Drawn } from './layer';
import { simplified } from './simplify';

/** How far lines stand off the skin, mm. */
export const LIFT_MM = 0.6;
/** How far an area's tint stands off the skin, mm. */
const TINT_MM = 0.3;
/** A drawn line lies within this of the chain that it stands for, mm. */
const TRUE_TO_MM = 0.08;
/** The same of a stand-in, which is a pixel wide. */
const ROUGHLY_MM = 0.5;

/** A place moved away from the middle of the head. */
export function lifted(p: Vec3, middle: Vec3, lift: number): Vec3 {
  const out = unit(sub(p, middle));
  return [p[0] + out[0] * lift, p[1] + out[1] * lift, p[2] + out[2] * lift];
}

/** How lines look. */
export interface Stroke {
  colour: string;
  /** Pixels. */
  width: number;
  /** Larger is drawn later. */
  order: number;
  opacity: number;
}

/** Chains as one mesh; `raise` puts a place where it is drawn. `quick`: with a stand-in one pixel wide. */
export function line(chains: readonly (readonly Vec3[])[], stroke: Stroke, raise: (p: Vec3) => Vec3, quick: boolean): Drawn {
  const pieces = (within: number): number[] => {
    const flat: number[] = [];
    for (const chain of chains) {
      const drawn = simplified(chain, within).map(raise);
      for (let k = 1; k < drawn.length; k++) flat.push(...drawn[k - 1]!, ...drawn[k]!);
    }
    return flat;
  };
  const g = new LineSegmentsGeometry();
  g.setPositions(pieces(TRUE_TO_MM));
  const material = new LineMaterial({ color: new Color(stroke.colour).getHex(), linewidth: stroke.width, worldUnits: false });
  // In the list of what is drawn after the skin, in the order given; a line does not hide the one on top of it.
  Object.assign(material, { opacity: stroke.opacity, transparent: true, depthWrite: false });
  const whole = new LineSegments2(g, material);
  whole.renderOrder = stroke.order;
  if (!quick) return { whole, quick: undefined };
  const thin = new BufferGeometry();
  thin.setAttribute('position', new BufferAttribute(new Float32Array(pieces(ROUGHLY_MM)), 3));
  const pixel = new LineSegments(thin, new LineBasicMaterial({ color: stroke.colour, opacity: stroke.opacity, transparent: true, depthWrite: false }));
  pixel.renderOrder = stroke.order;
  return { whole, quick: pixel };
}

/** What makes a line stand off the skin: light about dark colours, dark about light ones. */
export function edgeOf(colour: string): string {
  const c = new Color(colour);
  return 0.2126 * c.r + 0.7152 * c.g + 0.0722 * c.b > 0.3 ? '#2a2622' : '#ffffff';
}

/** Balls of a radius in mm. `quick`: with a stand-in of few sides. */
export function balls(places: readonly Vec3[], colour: string, radius: number, opacity: number, quick: boolean): Drawn {
  const made = (form: BufferGeometry): InstancedMesh => {
    const material = new MeshLambertMaterial({ color: colour, emissive: colour, emissiveIntensity: 0.35, opacity, transparent: true });
    const mesh = new InstancedMesh(form, material, places.length);
    places.forEach((p, k) => mesh.setMatrixAt(k, new Matrix4().makeTranslation(...p)));
    mesh.renderOrder = 4;
    mesh.frustumCulled = false;
    return mesh;
  };
  return { whole: made(new SphereGeometry(radius, 14, 10)), quick: quick ? made(new OctahedronGeometry(radius, 0)) : undefined };
}

/** The triangles of the skin within an outline, lightly tinted; undefined where there are none. */
export function tint(outline: readonly Vec3[], colour: string, skin: BufferGeometry, middle: Vec3): Mesh | undefined {
  const index = skin.index?.array;
  const pos = skin.getAttribute('position').array;
  if (!index || outline.length < 3) return undefined;
  const mid = centre(outline);
  const out = unit(sub(mid, middle));
  const reach = Math.max(...outline.map((p) => Math.hypot(...sub(p, mid)))) + 2;
  const flat: number[] = [];
  for (let f = 0; f < index.length; f += 3) {
    const v = [0, 1, 2].map((k) => index[f + k]! * 3);
    const c: Vec3 = [0, 1, 2].map((i) => (pos[v[0]! + i]! + pos[v[1]! + i]! + pos[v[2]! + i]!) / 3) as unknown as Vec3;
    if (Math.hypot(c[0] - mid[0], c[1] - mid[1], c[2] - mid[2]) > reach || !isWithin(outline, c, out)) continue;
    for (const i of v) flat.push(...lifted([pos[i]!, pos[i + 1]!, pos[i + 2]!], middle, TINT_MM));
  }
  if (flat.length === 0) return undefined;
  const g = new BufferGeometry();
  g.setAttribute('position', new BufferAttribute(new Float32Array(flat), 3));
  const material = new MeshBasicMaterial({ color: colour, transparent: true, opacity: 0.28, depthWrite: false, side: DoubleSide });
  // One layer thick: its two sides need not be drawn one after the other.
  material.forceSinglePass = true;
  const mesh = new Mesh(g, material);
  mesh.renderOrder = 3;
  return mesh;
}

/** The chain to draw: an area's outline ends where it began. */
export function closed(z: Shape): readonly Vec3[] {
  const first = z.path[0];
  return z.kind === 'area' && first ? [...z.path, first] : z.path;
}
