/** A group of things that are drawn, each with what stands for it while the picture moves and would come late. */

import { Group, type Material, type Mesh, type Object3D } from 'three';

/** What is drawn at rest, and what stands for it; undefined for nothing. Both may be the same. */
export interface Drawn {
  whole: Object3D;
  quick: Object3D | undefined;
}

export class Layer {
  readonly group = new Group();
  #drawn: Drawn[] = [];
  #rough = false;

  add(...drawn: Drawn[]): void {
    for (const d of drawn) {
      this.group.add(d.whole);
      if (d.quick && d.quick !== d.whole) this.group.add(d.quick);
      this.#drawn.push(d);
      this.#choose(d);
    }
  }

  clear(): void {
    empty(this.group);
    this.#drawn = [];
  }

  /** Whether the stand-ins are shown. */
  setRough(rough: boolean): void {
    this.#rough = rough;
    for (const d of this.#drawn) this.#choose(d);
  }

  #choose({ whole, quick }: Drawn): void {
    if (whole === quick) return;
    whole.visible = !this.#rough;
    if (quick) quick.visible = this.#rough;
  }
}

/** Takes everything out of a group and off the graphics card. */
export function empty(group: Group): void {
  for (const child of [...group.children]) {
    group.remove(child);
    const mesh = child as Mesh;
    mesh.geometry?.dispose();
    const materials: (Material | undefined)[] = Array.isArray(mesh.material) ? mesh.material : [mesh.material];
    for (const m of materials) m?.dispose();
  }
}
