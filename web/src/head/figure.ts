/** The skin, the ears and the brain as they are drawn, with what stands for the skin and the ears while the picture moves. */

import { BufferAttribute, BufferGeometry, Color, DoubleSide, FrontSide, Group, Mesh, MeshLambertMaterial, Raycaster, Vector3 } from 'three';
import { MeshBVH, acceleratedRaycast } from 'three-mesh-bvh';
import { extremes } from './crop';
import type { Vec3 } from './geometry';
import type { HeadMesh, Part } from './glb';
import { empty } from './layer';
import { rough } from './rough';
import type { Look } from './shown';

/** About so many vertices are left of a skin and of the ears. */
const ROUGH = { skin: 3200, ears: 900 };

type Searched = BufferGeometry & { boundsTree?: MeshBVH };

export class Figure {
  readonly group = new Group();
  #skinMaterial = new MeshLambertMaterial({ side: FrontSide, polygonOffset: true, polygonOffsetFactor: 1, polygonOffsetUnits: 1 });
  #earMaterial = new MeshLambertMaterial({ side: DoubleSide });
  #brainMaterial = new MeshLambertMaterial({ side: FrontSide });
  #parts: HeadMesh | undefined;
  #skin: Mesh | undefined;
  #ears: Mesh | undefined;
  #brain: Mesh | undefined;
  /** Made when they are needed first. */
  #extremes: Vec3[] | undefined;
  #rough: { skin: Mesh; ears: Mesh | undefined } | undefined;

  /** The skin as given; undefined before a head has come. */
  get skin(): BufferGeometry | undefined {
    return this.#skin?.geometry;
  }

  get opacity(): number {
    return this.#skinMaterial.opacity;
  }

  /** Whether the skin can be searched without making its tree first. */
  get searchable(): boolean {
    return (this.skin as Searched | undefined)?.boundsTree !== undefined;
  }

  /** Another head or body, drawn whole. */
  set(parts: HeadMesh): void {
    empty(this.group);
    this.#rough = undefined;
    this.#extremes = undefined;
    this.#parts = parts;
    this.#skin = this.#add(parts.skin, this.#skinMaterial, 2);
    this.#skin.raycast = acceleratedRaycast;
    this.#ears = parts.ears && this.#add(parts.ears, this.#earMaterial, 1);
    this.#brain = parts.brain && this.#add(parts.brain, this.#brainMaterial, 0);
    this.#skin.geometry.computeBoundingBox();
  }

  /** Places between which all of it lies, mm. */
  get extremes(): readonly Vec3[] {
    const { skin, ears } = this.#parts ?? {};
    this.#extremes ??= [skin, ears].flatMap((p) => (p ? extremes(p.positions) : []));
    return this.#extremes;
  }

  clear(): void {
    empty(this.group);
  }

  look(look: Look): void {
    this.#skinMaterial.color = new Color(look.skin);
    this.#earMaterial.color = new Color(look.skin);
    this.#brainMaterial.color = new Color(look.brain);
  }

  /** 1 is opaque; `brain`: whether it is to be seen through the skin. */
  setOpacity(opacity: number, brain: boolean): void {
    const clear = opacity < 0.99;
    for (const m of [this.#skinMaterial, this.#earMaterial]) {
      m.opacity = opacity;
      m.transparent = clear;
      m.needsUpdate = true;
    }
    if (this.#brain) this.#brain.visible = brain;
  }

  /** Whether the stand-ins are shown. */
  setRough(on: boolean): void {
    if (on && !this.#rough && this.#parts) {
      const { skin, ears } = this.#parts;
      this.#rough = { skin: this.#add(rough(skin, ROUGH.skin), this.#skinMaterial, 2), ears: ears && this.#add(rough(ears, ROUGH.ears), this.#earMaterial, 1) };
    }
    for (const [whole, stand] of [
      [this.#skin, this.#rough?.skin],
      [this.#ears, this.#rough?.ears],
    ]) {
      if (stand) stand.visible = on;
      if (whole) whole.visible = !(on && stand);
    }
  }

  /** Makes the search tree for pointing, if it is not there yet. */
  tree(): void {
    const g = this.skin as Searched | undefined;
    if (g && !g.boundsTree) g.boundsTree = new MeshBVH(g, { maxLeafSize: 12 });
  }

  /** Where a ray meets the skin first, mm. */
  cast(from: Vec3, direction: Vec3): { at: Vec3; normal: Vec3 } | undefined {
    if (!this.#skin) return undefined;
    this.tree();
    const caster = new Raycaster(new Vector3(...from), new Vector3(...direction));
    (caster as Raycaster & { firstHitOnly?: boolean }).firstHitOnly = true;
    const hit = caster.intersectObject(this.#skin, false)[0];
    if (!hit?.face) return undefined;
    return { at: [hit.point.x, hit.point.y, hit.point.z], normal: [hit.face.normal.x, hit.face.normal.y, hit.face.normal.z] };
  }

  #add(part: Part, material: MeshLambertMaterial, order: number): Mesh {
    const g = new BufferGeometry();
    g.setAttribute('position', new BufferAttribute(part.positions, 3));
    g.setAttribute('normal', new BufferAttribute(part.normals, 3));
    g.setIndex(new BufferAttribute(part.indices, 1));
    const mesh = new Mesh(g, material);
    mesh.renderOrder = order;
    this.group.add(mesh);
    return mesh;
  }
}
