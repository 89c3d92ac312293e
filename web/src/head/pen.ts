/** Draws zones onto a surface: which of them how strongly, with what edges, tints and 95 % regions. */

import type { BufferGeometry } from 'three';
import { cross, scaled, sub, unit, dot, type Vec3 } from './geometry';
import { LIFT_MM, balls, closed, edgeOf, lifted, line, tint } from './ink';
import type { Drawn } from './layer';
import type { Zone } from './shown';

/** What is drawn on. */
export interface Surface {
  /** A body, whose places come lifted off the skin: it has no one middle. */
  whole: boolean;
  middle: Vec3;
  skin: BufferGeometry | undefined;
  /** Where a ray meets the skin first. */
  cast: (from: Vec3, direction: Vec3) => Vec3 | undefined;
}

/** Radius of a point's ball, mm: on a head, on a body, and of the chosen one. */
const BALL = { head: { plain: 1.9, chosen: 3.2 }, body: { plain: 3, chosen: 5.5 } };
/** Places of the outline of a 95 % region. */
const RING = 40;
/** A region's outline is dropped onto the skin from this far outside, mm. */
const DROP_MM = 40;

export class Pen {
  #on: Surface;
  #quick: boolean;

  /** `quick`: everything with a stand-in for a picture that moves. */
  constructor(on: Surface, quick: boolean) {
    this.#on = on;
    this.#quick = quick;
  }

  /** Width in pixels; larger orders are drawn later. */
  line(chains: readonly (readonly Vec3[])[], colour: string, width: number, order: number, opacity = 1): Drawn {
    const { whole, middle } = this.#on;
    return line(chains, { colour, width, order, opacity }, (p) => (whole ? p : lifted(p, middle, LIFT_MM)), this.#quick);
  }

  /** All zones; where one is chosen it stands out, and the others step back. */
  zones(zones: readonly Zone[], selected: string | undefined, ink: string): Drawn[] {
    const out: Drawn[] = [];
    const ball = this.#on.whole ? BALL.body : BALL.head;
    const byColour = new Map<string, Zone[]>();
    for (const z of zones) byColour.set(z.colour, [...(byColour.get(z.colour) ?? []), z]);
    const chosen = zones.find((z) => z.id === selected);
    for (const [colour, same] of byColour) {
      const chains = same.filter((z) => z.kind !== 'point' && z !== chosen).map(closed);
      if (chains.length > 0) out.push(this.#edge(chains, colour, 4.6, 3, chosen ? 0.3 : 0.75), this.line(chains, colour, 2.6, 4, chosen ? 0.55 : 1));
      for (const z of same) if (z.kind === 'area') out.push(...this.#tint(z));
      const points = same.filter((z) => z.kind === 'point' && z !== chosen);
      if (points.length > 0) out.push(this.#balls(points, colour, ball.plain, chosen && !this.#on.whole ? 0.6 : 1));
    }
    if (!chosen) return out;
    if (chosen.kind === 'point') out.push(this.#balls([chosen], chosen.colour, ball.chosen, 1));
    else out.push(this.#edge([closed(chosen)], chosen.colour, 9, 4), this.line([closed(chosen)], chosen.colour, 5.5, 5));
    const rings = (chosen.rings ?? []).map((r) => this.#ring(r));
    if (rings.length > 0) out.push(this.line(rings, ink, 1.4, 5, 0.8));
    return out;
  }

  /** A line's light or dark edges; nothing stands for them. */
  #edge(chains: readonly (readonly Vec3[])[], colour: string, width: number, order: number, opacity = 1): Drawn {
    return { whole: this.line(chains, edgeOf(colour), width, order, opacity).whole, quick: undefined };
  }

  #balls(zones: readonly Zone[], colour: string, radius: number, opacity: number): Drawn {
    return balls(zones.map((z) => z.path[0] ?? [0, 0, 0]), colour, radius, opacity, this.#quick);
  }

  #tint(zone: Zone): Drawn[] {
    const mesh = this.#on.skin && tint(zone.path, zone.colour, this.#on.skin, this.#on.middle);
    return mesh ? [{ whole: mesh, quick: mesh }] : [];
  }

  /** A 95 % region, dropped onto the skin along its own normal. */
  #ring(r: { at: Vec3; major: Vec3; minor: Vec3 }): Vec3[] {
    const normal = unit(cross(r.major, r.minor));
    const up = dot(normal, sub(r.at, this.#on.middle)) < 0 ? scaled(normal, -1) : normal;
    return Array.from({ length: RING + 1 }, (_, k) => {
      const a = (2 * Math.PI * k) / RING;
      const at = (i: 0 | 1 | 2): number => r.at[i] + r.major[i] * Math.cos(a) + r.minor[i] * Math.sin(a);
      const p: Vec3 = [at(0), at(1), at(2)];
      const from: Vec3 = [p[0] + up[0] * DROP_MM, p[1] + up[1] * DROP_MM, p[2] + up[2] * DROP_MM];
      return this.#on.cast(from, scaled(up, -1)) ?? p;
    });
  }
}
