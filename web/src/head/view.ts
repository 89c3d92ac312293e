/**
 * The head, or a whole body, in three dimensions, driven by data and free of any page framework.
 *
 * It is given a mesh, zones and marks, and tells where somebody pointed. It draws only when something has changed.
 * Millimetres, RAS; left and right are the patient's.
 */

import {
  AmbientLight,
  BufferAttribute,
  BufferGeometry,
  Color,
  DirectionalLight,
  DoubleSide,
  FrontSide,
  Group,
  InstancedMesh,
  Matrix4,
  Mesh,
  MeshBasicMaterial,
  MeshLambertMaterial,
  PerspectiveCamera,
  Raycaster,
  Scene,
  SphereGeometry,
  Vector2,
  Vector3,
  WebGLRenderer,
} from 'three';
import { LineMaterial } from 'three/examples/jsm/lines/LineMaterial.js';
import { LineSegments2 } from 'three/examples/jsm/lines/LineSegments2.js';
import { LineSegmentsGeometry } from 'three/examples/jsm/lines/LineSegmentsGeometry.js';
import { MeshBVH, acceleratedRaycast } from 'three-mesh-bvh';
import { cortexMesh, regionLabels, type CortexMesh, type RegionLabel } from './cortex';
import type { HeadMesh, Part } from './glb';
import { centre, cross, distanceTo, isWithin, middle, scaled, sub, unit, type Shape, type Vec3 } from './geometry';
import { place, type Candidate } from './labels';
import { PRESETS, between, eye, facing, turned, zoomed, type Orbit, type Preset } from './orbit';

export interface Zone extends Shape {
  /** Unique: code and side. */
  id: string;
  label: string;
  /** CSS colour `#rrggbb`. */
  colour: string;
  /** Outward direction of the skin at a point: on a body, where no one middle tells what is outward. */
  normal?: Vec3;
  /** Drawn and not labelled or pointed at: a channel's course. */
  mute?: boolean;
  /** 95 % regions: centre, and two half axes as vectors, mm. */
  rings?: { at: Vec3; major: Vec3; minor: Vec3 }[];
}

export interface Mark {
  at: Vec3;
  colour: string;
  label?: string;
  /** Radius, mm. */
  radius?: number;
  /** Whether it can be dragged along the skin. */
  drag?: boolean;
}

export interface Pick {
  at: Vec3;
  normal: Vec3;
  /** The nearest zone that is shown, if it is near enough to be meant. */
  zone: string | undefined;
}

export interface Look {
  skin: string;
  brain: string;
  ink: string;
}

export const LIGHT: Look = { skin: '#d9cbbd', brain: '#c59a94', ink: '#1b1f24' };
export const DARK: Look = { skin: '#a89a8d', brain: '#b78a86', ink: '#eceff3' };

/** How far lines stand off the skin, mm. */
const LIFT_MM = 0.6;
/** A zone within this distance of the place pointed at is meant, px. */
const MEANT_PX = 14;
const LABELS = 46;
/** A mark within this distance of the pointer is taken hold of, px; a finger is wider than a mouse. */
const GRAB_PX = 16;
const TOUCH_PX = 30;
const TURN_MS = 420;

export class HeadView {
  readonly canvas: HTMLCanvasElement;
  onpick: (pick: Pick | undefined) => void = () => {};
  onhover: (pick: Pick | undefined) => void = () => {};
  /** A mark was dragged to a place of the skin. */
  ondrag: (mark: number, at: Vec3) => void = () => {};
  /** Milliseconds that the last picture took, for the budgets. */
  lastFrameMs = 0;
  frames = 0;

  #host: HTMLElement;
  #labels: HTMLElement;
  #renderer: WebGLRenderer;
  #scene = new Scene();
  #camera = new PerspectiveCamera(26, 1, 20, 12000);
  #lamp = new DirectionalLight(0xffffff, 1.75);
  #ambient = new AmbientLight(0xffffff, 1.15);
  #skinMaterial = new MeshLambertMaterial({ side: FrontSide, polygonOffset: true, polygonOffsetFactor: 1, polygonOffsetUnits: 1 });
  #earMaterial = new MeshLambertMaterial({ side: DoubleSide });
  #brainMaterial = new MeshLambertMaterial({ side: FrontSide });
  #body = new Group();
  #cortexGroup = new Group();
  #cortex: Mesh | undefined;
  #regions: RegionLabel[] = [];
  #zoneGroup = new Group();
  #markGroup = new Group();
  #skin: Mesh | undefined;
  #brain: Mesh | undefined;
  #zones: Zone[] = [];
  #marks: Mark[] = [];
  #handles: { ball: Mesh; at: Vec3 }[] = [];
  #selected: string | undefined;
  #hovered: string | undefined;
  #orbit: Orbit = { ...PRESETS.left, azimuth: 0.72, distance: 560, target: [0, -15, 5] };
  #home = 560;
  #middle: Vec3 = [0, -15, 5];
  #look: Look = LIGHT;
  #showLabels = true;
  #pending = 0;
  #turn: { from: Orbit; to: Orbit; start: number } | undefined;
  #pointers = new Map<number, { x: number; y: number }>();
  #moved = 0;
  #dragged: { mark: number; pointer: number } | undefined;
  #hoverAt: { x: number; y: number } | undefined;
  #observer: ResizeObserver;
  #nodes = new Map<string, { node: HTMLElement; width: number; height: number }>();
  #ended = false;
  #inset = { left: 0, right: 0, top: 0, bottom: 0 };

  /** `whole`: a body, whose parts have no one middle; places say what is outward there themselves. */
  constructor(
    host: HTMLElement,
    readonly whole = false,
  ) {
    this.#host = host;
    this.#renderer = new WebGLRenderer({ antialias: true, alpha: true, powerPreference: 'high-performance' });
    this.#renderer.setPixelRatio(Math.min(2, window.devicePixelRatio || 1));
    this.canvas = this.#renderer.domElement;
    this.canvas.className = 'head-canvas';
    this.#labels = document.createElement('div');
    this.#labels.className = 'head-labels';
    this.#labels.setAttribute('aria-hidden', 'true');
    host.append(this.canvas, this.#labels);
    this.#scene.add(this.#body, this.#cortexGroup, this.#zoneGroup, this.#markGroup, this.#lamp, this.#lamp.target, this.#ambient);
    this.#camera.up.set(0, 0, 1);
    this.setLook(LIGHT);
    this.#observer = new ResizeObserver(() => this.#resize());
    this.#observer.observe(host);
    this.#resize();
    this.#listen();
  }

  dispose(): void {
    this.#ended = true;
    cancelAnimationFrame(this.#pending);
    this.#observer.disconnect();
    for (const g of [this.#body, this.#cortexGroup, this.#zoneGroup, this.#markGroup]) empty(g);
    this.#renderer.dispose();
    this.canvas.remove();
    this.#labels.remove();
  }

  // ---- what is shown

  setHead(mesh: HeadMesh): void {
    const first = this.#skin === undefined;
    empty(this.#body);
    this.#skin = new Mesh(geometry(mesh.skin), this.#skinMaterial);
    this.#skin.raycast = acceleratedRaycast;
    this.#skin.renderOrder = 2;
    this.#body.add(this.#skin);
    if (mesh.ears) {
      const ears = new Mesh(geometry(mesh.ears), this.#earMaterial);
      ears.renderOrder = 1;
      this.#body.add(ears);
    }
    this.#brain = undefined;
    if (mesh.brain) {
      this.#brain = new Mesh(geometry(mesh.brain), this.#brainMaterial);
      this.#brain.renderOrder = 0;
      this.#body.add(this.#brain);
    }
    this.#skin.geometry.computeBoundingBox();
    const box = this.#skin.geometry.boundingBox!;
    if (this.whole) {
      this.#middle = [0, (box.min.y + box.max.y) / 2, (box.min.z + box.max.z) / 2];
      this.#home = 2.35 * (box.max.z - box.min.z);
      if (first) this.#orbit = { ...this.#orbit, azimuth: 0 };
    } else {
      // The crown and the face matter; the neck may leave the picture.
      this.#middle = [0, (box.min.y + box.max.y) / 2 + 12, box.max.z - 108];
      this.#home = 2.95 * (box.max.y - box.min.y);
    }
    if (first) this.#orbit = { ...this.#orbit, target: this.#middle, distance: this.#home };
    this.setScalp(this.#skinMaterial.opacity);
    this.#changed();
    // The search tree for pointing is made after the first picture.
    const skin = this.#skin;
    setTimeout(() => this.#tree(skin), 30);
  }

  setZones(zones: Zone[]): void {
    this.#zones = zones;
    this.#buildZones();
  }

  setSelected(id: string | undefined): void {
    if (this.#selected === id) return;
    this.#selected = id;
    this.#buildZones();
  }

  setHovered(id: string | undefined): void {
    if (this.#hovered === id) return;
    this.#hovered = id;
    this.#changed();
  }

  setMarks(marks: Mark[], path: readonly Vec3[] = []): void {
    this.#marks = marks;
    this.#handles = [];
    empty(this.#markGroup);
    for (const m of marks) {
      // What can be taken hold of is seen through an ear that is drawn over it, but not through the head.
      const ball = new Mesh(new SphereGeometry(m.radius ?? 2.4, 20, 14), new MeshBasicMaterial({ color: m.colour, depthTest: !m.drag, transparent: !!m.drag }));
      if (m.drag) this.#handles.push({ ball, at: m.at });
      ball.position.set(...m.at);
      ball.renderOrder = 6;
      this.#markGroup.add(ball);
    }
    if (path.length > 1) {
      const colour = marks[0]?.colour ?? this.#look.ink;
      this.#markGroup.add(this.#line([path], '#ffffff', 6, 6), this.#line([path], colour, 3, 7));
    }
    this.#changed();
  }

  /** The cortex by region instead of the plain brain, with lines on it; undefined puts the brain back. */
  setCortex(cortex: CortexMesh | undefined, lit: ReadonlySet<number> = new Set(), lines: readonly { path: readonly Vec3[]; colour: string }[] = []): void {
    empty(this.#cortexGroup);
    this.#cortex = undefined;
    this.#regions = [];
    if (cortex) {
      this.#cortex = cortexMesh(cortex, lit);
      this.#cortexGroup.add(this.#cortex);
      this.#regions = regionLabels(cortex, this.#middle).filter((l) => lit.size === 0 || lit.has(l.region));
      for (const { path, colour } of lines) {
        if (path.length === 1) this.#dot(path[0]!, colour);
        else if (path.length > 1) this.#cortexGroup.add(this.#line([path], '#1b1f24', 5, 1), this.#line([path], colour, 3, 1));
      }
    }
    this.setScalp(this.#skinMaterial.opacity);
  }

  #dot(at: Vec3, colour: string): void {
    const ball = new Mesh(new SphereGeometry(2, 14, 10), new MeshBasicMaterial({ color: colour }));
    ball.position.set(...at);
    this.#cortexGroup.add(ball);
  }

  /** 1 is opaque; less shows the brain through the scalp. */
  setScalp(opacity: number): void {
    const clear = opacity < 0.99;
    for (const m of [this.#skinMaterial, this.#earMaterial]) {
      m.opacity = opacity;
      m.transparent = clear;
      m.needsUpdate = true;
    }
    if (this.#brain) this.#brain.visible = clear && !this.#cortex;
    this.#cortexGroup.visible = clear;
    this.#changed();
  }

  setLabels(shown: boolean): void {
    this.#showLabels = shown;
    this.#changed();
  }

  setLook(look: Look): void {
    this.#look = look;
    this.#skinMaterial.color = new Color(look.skin);
    this.#earMaterial.color = new Color(look.skin);
    this.#brainMaterial.color = new Color(look.brain);
    this.#buildZones();
  }

  // ---- the camera

  /** Parts of the window that panels cover, px; the head stands in the middle of the rest. */
  setInset(inset: { left: number; right: number; top: number; bottom: number }): void {
    this.#inset = inset;
    this.#resize();
  }

  view(preset: Preset): void {
    this.#go({ ...PRESETS[preset], distance: this.#home, target: this.#middle });
  }

  /** Turns so that a place of the body is seen from near by. */
  approach(at: Vec3, normal: Vec3): void {
    const near = Math.min(this.#orbit.distance, this.#home * 0.32);
    this.#go({ ...facing(this.#orbit, normal), distance: near, target: at });
  }

  /** Turns so that a zone is seen. */
  show(path: readonly Vec3[]): void {
    this.#go({ ...facing(this.#orbit, sub(centre(path), this.#middle)), target: this.#middle });
  }

  turn(azimuth: number, polar: number): void {
    this.#orbit = turned(this.#orbit, azimuth, polar);
    this.#turn = undefined;
    this.#changed();
  }

  zoom(factor: number): void {
    this.#orbit = zoomed(this.#orbit, factor, this.whole ? 6500 : undefined);
    this.#changed();
  }

  /** Moves the picture by pixels. */
  pan(dx: number, dy: number): void {
    const k = (2 * this.#orbit.distance * Math.tan((this.#camera.fov * Math.PI) / 360)) / Math.max(1, this.#host.clientHeight);
    const e = this.#camera.matrixWorld.elements;
    const t = this.#orbit.target;
    const move = (i: number) => t[i]! - e[i]! * dx * k + e[4 + i]! * dy * k;
    this.#orbit = { ...this.#orbit, target: [move(0), move(1), move(2)] };
    this.#changed();
  }

  /** Where a place of the head is in the picture, px; undefined where the head hides it. */
  project(p: Vec3, normal?: Vec3): { x: number; y: number } | undefined {
    const v = new Vector3(...p).project(this.#camera);
    if (v.z > 1 || !this.#faces(p, normal)) return undefined;
    return { x: ((v.x + 1) / 2) * this.#host.clientWidth, y: ((1 - v.y) / 2) * this.#host.clientHeight };
  }

  /** The place of the skin that lies so many mm to the right and up from another, as the head is seen now. */
  along(at: Vec3, right: number, up: number): Vec3 | undefined {
    const out = unit(sub(at, this.#middle));
    const from = (p: Vec3, n: Vec3) => this.#cast([p[0] + n[0] * 15, p[1] + n[1] * 15, p[2] + n[2] * 15], scaled(n, -1));
    const n = unit(from(at, out)?.normal ?? out);
    const e = this.#camera.matrixWorld.elements;
    const way: Vec3 = [0, 1, 2].map((i) => e[i]! * right + e[4 + i]! * up) as unknown as Vec3;
    const off = way[0] * n[0] + way[1] * n[1] + way[2] * n[2];
    const flat = sub(way, scaled(n, off));
    // Seen from the edge there is no such direction on the skin.
    if (Math.hypot(...flat) < 0.05) return undefined;
    const step = scaled(unit(flat), Math.hypot(right, up));
    return from([at[0] + step[0], at[1] + step[1], at[2] + step[2]], n)?.at;
  }

  // ---- inside

  /** The mark at a pixel that can be dragged. */
  #markAt(x: number, y: number, within: number): number | undefined {
    let found: number | undefined;
    let best = within;
    for (const [k, m] of this.#marks.entries()) {
      const p = m.drag ? this.project(m.at) : undefined;
      const far = p ? Math.hypot(p.x - x, p.y - y) : Infinity;
      if (far < best) [best, found] = [far, k];
    }
    return found;
  }

  #go(to: Orbit): void {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
      this.#orbit = to;
    } else {
      this.#turn = { from: this.#orbit, to, start: performance.now() };
    }
    this.#changed();
  }

  #tree(skin: Mesh): void {
    const g = skin.geometry as BufferGeometry & { boundsTree?: MeshBVH };
    if (!this.#ended && !g.boundsTree) g.boundsTree = new MeshBVH(g, { maxLeafSize: 12 });
  }

  #changed(): void {
    if (this.#pending === 0 && !this.#ended) this.#pending = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    this.#pending = 0;
    const start = performance.now();
    if (this.#turn) {
      const t = Math.min(1, (start - this.#turn.start) / TURN_MS);
      this.#orbit = between(this.#turn.from, this.#turn.to, t);
      if (t >= 1) this.#turn = undefined;
    }
    const e = eye(this.#orbit);
    this.#camera.position.set(...e);
    this.#camera.lookAt(...this.#orbit.target);
    this.#camera.updateMatrixWorld();
    // The light stands up and to the left of whoever looks.
    const m = this.#camera.matrixWorld.elements;
    this.#lamp.position.set(e[0] - m[0]! * 160 + m[4]! * 240, e[1] - m[1]! * 160 + m[5]! * 240, e[2] - m[2]! * 160 + m[6]! * 240);
    this.#lamp.target.position.set(...this.#orbit.target);
    for (const h of this.#handles) h.ball.visible = this.#faces(h.at);
    this.#renderer.render(this.#scene, this.#camera);
    this.#drawLabels();
    this.frames += 1;
    this.lastFrameMs = performance.now() - start;
    if (this.#hoverAt) this.#hover();
    if (this.#turn) this.#changed();
  }

  #resize(): void {
    const [w, h] = [Math.max(1, this.#host.clientWidth), Math.max(1, this.#host.clientHeight)];
    this.#renderer.setSize(w, h);
    this.#camera.aspect = w / h;
    const { left, right, top, bottom } = this.#inset;
    const [free, tall] = [Math.max(80, w - left - right), Math.max(80, h - top - bottom)];
    // The head fills what is free: 26 degrees of a window that is free and wide.
    const half = Math.tan((13 * Math.PI) / 180) * Math.max(h / tall, (h / free) * 0.86);
    this.#camera.fov = Math.min(100, (360 / Math.PI) * Math.atan(half));
    this.#camera.setViewOffset(w, h, (right - left) / 2, (bottom - top) / 2, w, h);
    this.#camera.updateProjectionMatrix();
    this.#changed();
  }

  /** Whether the skin at a place is turned to the camera. */
  #faces(p: Vec3, normal?: Vec3): boolean {
    const out = normal ?? sub(p, this.#middle);
    const to = sub(eye(this.#orbit), p);
    return out[0] * to[0] + out[1] * to[1] + out[2] * to[2] > 0.12 * Math.hypot(...out) * Math.hypot(...to);
  }

  /** Whether the skin stands between a place and the camera. */
  #hidden(p: Vec3, normal: Vec3): boolean {
    if (!(this.#skin?.geometry as (BufferGeometry & { boundsTree?: MeshBVH }) | undefined)?.boundsTree) return false;
    const from: Vec3 = [p[0] + normal[0] * 3, p[1] + normal[1] * 3, p[2] + normal[2] * 3];
    return this.#cast(from, unit(sub(eye(this.#orbit), from))) !== undefined;
  }

  #line(chains: readonly (readonly Vec3[])[], colour: string, width: number, order: number, opacity = 1): LineSegments2 {
    const flat: number[] = [];
    for (const chain of chains) {
      for (let k = 1; k < chain.length; k++) {
        for (const p of [chain[k - 1]!, chain[k]!]) {
          // The courses of a body come lifted.
          const lift = this.whole ? 0 : LIFT_MM;
          const out = unit(sub(p, this.#middle));
          flat.push(p[0] + out[0] * lift, p[1] + out[1] * lift, p[2] + out[2] * lift);
        }
      }
    }
    const g = new LineSegmentsGeometry();
    g.setPositions(flat);
    const material = new LineMaterial({ color: new Color(colour).getHex(), linewidth: width, worldUnits: false });
    material.opacity = opacity;
    // In the list of what is drawn after the skin, in the order given; a line does not hide the one on top of it.
    material.transparent = true;
    material.depthWrite = false;
    const line = new LineSegments2(g, material);
    line.renderOrder = order;
    return line;
  }

  /** What makes a line stand off the skin: light about dark colours, dark about light ones. */
  #casing(colour: string): string {
    const c = new Color(colour);
    return 0.2126 * c.r + 0.7152 * c.g + 0.0722 * c.b > 0.3 ? '#2a2622' : '#ffffff';
  }

  #buildZones(): void {
    empty(this.#zoneGroup);
    const byColour = new Map<string, Zone[]>();
    for (const z of this.#zones) byColour.set(z.colour, [...(byColour.get(z.colour) ?? []), z]);
    const chosen = this.#zones.find((z) => z.id === this.#selected);
    for (const [colour, zones] of byColour) {
      const chains = zones.filter((z) => z.kind !== 'point' && z !== chosen).map(closed);
      if (chains.length > 0) {
        this.#zoneGroup.add(this.#line(chains, this.#casing(colour), 4.6, 3, chosen ? 0.3 : 0.75));
        this.#zoneGroup.add(this.#line(chains, colour, 2.6, 4, chosen ? 0.55 : 1));
      }
      for (const z of zones) if (z.kind === 'area') this.#fill(z, colour);
      const points = zones.filter((z) => z.kind === 'point' && z !== chosen);
      if (points.length > 0) this.#balls(points, colour, this.whole ? 3 : 1.9, chosen && !this.whole ? 0.6 : 1);
    }
    if (chosen) {
      if (chosen.kind === 'point') {
        this.#balls([chosen], chosen.colour, this.whole ? 5.5 : 3.2, 1);
      } else {
        this.#zoneGroup.add(this.#line([closed(chosen)], this.#casing(chosen.colour), 9, 4), this.#line([closed(chosen)], chosen.colour, 5.5, 5));
      }
      const rings = (chosen.rings ?? []).map((r) => this.#ring(r));
      if (rings.length > 0) this.#zoneGroup.add(this.#line(rings, this.#look.ink, 1.4, 5, 0.8));
    }
    this.#changed();
  }

  /** A 95 % region, dropped onto the skin along the way to the middle of the head. */
  #ring(r: { at: Vec3; major: Vec3; minor: Vec3 }): Vec3[] {
    const out: Vec3[] = [];
    const normal = unit(cross(r.major, r.minor));
    const sign = normal[0] * (r.at[0] - this.#middle[0]) + normal[1] * (r.at[1] - this.#middle[1]) + normal[2] * (r.at[2] - this.#middle[2]) < 0 ? -1 : 1;
    const up = scaled(normal, sign);
    for (let k = 0; k <= 40; k++) {
      const a = (2 * Math.PI * k) / 40;
      const p: Vec3 = [0, 1, 2].map((i) => r.at[i]! + r.major[i]! * Math.cos(a) + r.minor[i]! * Math.sin(a)) as unknown as Vec3;
      const hit = this.#cast([p[0] + up[0] * 40, p[1] + up[1] * 40, p[2] + up[2] * 40], scaled(up, -1));
      out.push(hit?.at ?? p);
    }
    return out;
  }

  #cast(from: Vec3, direction: Vec3): { at: Vec3; normal: Vec3 } | undefined {
    if (!this.#skin) return undefined;
    this.#tree(this.#skin);
    const caster = new Raycaster(new Vector3(...from), new Vector3(...direction));
    (caster as Raycaster & { firstHitOnly?: boolean }).firstHitOnly = true;
    const hit = caster.intersectObject(this.#skin, false)[0];
    if (!hit?.face) return undefined;
    return { at: [hit.point.x, hit.point.y, hit.point.z], normal: [hit.face.normal.x, hit.face.normal.y, hit.face.normal.z] };
  }

  #balls(zones: readonly Zone[], colour: string, radius: number, opacity: number): void {
    const material = new MeshLambertMaterial({ color: colour, emissive: colour, emissiveIntensity: 0.35, opacity, transparent: true });
    const balls = new InstancedMesh(new SphereGeometry(radius, 14, 10), material, zones.length);
    zones.forEach((z, k) => {
      const p = z.path[0] ?? [0, 0, 0];
      balls.setMatrixAt(k, new Matrix4().makeTranslation(p[0], p[1], p[2]));
    });
    balls.renderOrder = 4;
    balls.frustumCulled = false;
    this.#zoneGroup.add(balls);
  }

  /** The triangles of the skin within an outline, lightly tinted. */
  #fill(zone: Zone, colour: string): void {
    const skin = this.#skin?.geometry;
    const index = skin?.index?.array;
    const pos = skin?.getAttribute('position').array;
    if (!skin || !index || !pos || zone.path.length < 3) return;
    const mid = centre(zone.path);
    const out = unit(sub(mid, this.#middle));
    const reach = Math.max(...zone.path.map((p) => Math.hypot(...sub(p, mid)))) + 2;
    const flat: number[] = [];
    for (let f = 0; f < index.length; f += 3) {
      const v = [0, 1, 2].map((k) => index[f + k]! * 3);
      const c: Vec3 = [0, 1, 2].map((i) => (pos[v[0]! + i]! + pos[v[1]! + i]! + pos[v[2]! + i]!) / 3) as unknown as Vec3;
      if (Math.hypot(c[0] - mid[0], c[1] - mid[1], c[2] - mid[2]) > reach || !isWithin(zone.path, c, out)) continue;
      for (const i of v) {
        const p: Vec3 = [pos[i]!, pos[i + 1]!, pos[i + 2]!];
        const n = unit(sub(p, this.#middle));
        flat.push(p[0] + n[0] * 0.3, p[1] + n[1] * 0.3, p[2] + n[2] * 0.3);
      }
    }
    const g = new BufferGeometry();
    g.setAttribute('position', new BufferAttribute(new Float32Array(flat), 3));
    const mesh = new Mesh(g, new MeshBasicMaterial({ color: colour, transparent: true, opacity: 0.28, depthWrite: false, side: DoubleSide }));
    mesh.renderOrder = 3;
    this.#zoneGroup.add(mesh);
  }

  #drawLabels(): void {
    const wanted: Candidate[] = [];
    const texts = new Map<string, { text: string; colour: string; strong: boolean }>();
    const places = new Map<string, { at: Vec3; normal: Vec3 }>();
    const add = (id: string, text: string, colour: string, at: Vec3, rank: number, strong: boolean, normal?: Vec3) => {
      const p = this.project(at, normal);
      if (!p || text === '') return;
      const node = this.#label(id, text, colour, strong);
      texts.set(id, { text, colour, strong });
      if (normal) places.set(id, { at, normal });
      wanted.push({ id, x: p.x, y: p.y, width: node.width, height: node.height, rank });
    };
    for (const [k, m] of this.#marks.entries()) if (m.label) add(`mark ${k}`, m.label, m.colour, m.at, -2, true);
    if (this.#showLabels || this.#selected || this.#hovered) {
      for (const [k, z] of this.#zones.entries()) {
        const strong = z.id === this.#selected || z.id === this.#hovered;
        if (z.mute || (!this.#showLabels && !strong)) continue;
        if (z.normal && z.path[0]) {
          add(z.id, z.label, z.colour, z.path[0], strong ? -1 : 1000 + k, strong, z.normal);
          continue;
        }
        const n = z.path.length;
        const spots = [middle(z.path), z.path[Math.floor(n / 4)], z.path[Math.floor((3 * n) / 4)]];
        const at = spots.find((p) => p && this.#faces(p));
        if (at) add(z.id, z.label, z.colour, at, strong ? -1 : (z.kind === 'point' ? 1000 : 0) + k, strong);
      }
    }
    if (this.#cortexGroup.visible) {
      for (const r of this.#regions) add(`region ${r.region}`, r.text, '#8a8078', r.at, 500 + r.region, false);
    }
    const { left, top, right, bottom } = this.#inset;
    const free = { left, top, right: this.#host.clientWidth - right, bottom: this.#host.clientHeight - bottom };
    const placed = place(wanted, free, LABELS).filter((p) => {
      // What an arm hides from view keeps no label: asked of the few that found room only.
      const at = places.get(p.id);
      return at === undefined || !this.#hidden(at.at, at.normal);
    });
    const shown = new Set(placed.map((p) => p.id));
    for (const p of placed) {
      const node = this.#nodes.get(p.id)!.node;
      node.hidden = false;
      node.style.transform = `translate(${Math.round(p.x)}px, ${Math.round(p.y)}px)`;
    }
    for (const [id, { node }] of this.#nodes) {
      if (shown.has(id)) continue;
      if (texts.has(id)) node.hidden = true;
      else {
        node.remove();
        this.#nodes.delete(id);
      }
    }
  }

  #label(id: string, text: string, colour: string, strong: boolean): { width: number; height: number } {
    let known = this.#nodes.get(id);
    if (!known || known.node.textContent !== text) {
      known?.node.remove();
      const node = document.createElement('span');
      node.textContent = text;
      this.#labels.append(node);
      // Measured once: asking the layout at every picture would be the dearest thing done.
      known = { node, width: node.offsetWidth + 4, height: node.offsetHeight };
      this.#nodes.set(id, known);
    }
    known.node.className = strong ? 'strong' : '';
    known.node.style.setProperty('--zone', colour);
    return known;
  }

  // ---- the hand

  #listen(): void {
    const c = this.canvas;
    c.addEventListener('pointerdown', (e) => {
      c.setPointerCapture(e.pointerId);
      this.#pointers.set(e.pointerId, { x: e.offsetX, y: e.offsetY });
      if (this.#pointers.size === 1) this.#moved = 0;
      const mark = this.#markAt(e.offsetX, e.offsetY, e.pointerType === 'mouse' ? GRAB_PX : TOUCH_PX);
      this.#dragged = mark !== undefined && this.#pointers.size === 1 ? { mark, pointer: e.pointerId } : undefined;
      this.#turn = undefined;
    });
    c.addEventListener('pointermove', (e) => {
      const last = this.#pointers.get(e.pointerId);
      if (!last) {
        this.#hoverAt = { x: e.offsetX, y: e.offsetY };
        this.#changed();
        return;
      }
      const [dx, dy] = [e.offsetX - last.x, e.offsetY - last.y];
      this.#moved += Math.abs(dx) + Math.abs(dy);
      if (this.#dragged?.pointer === e.pointerId) {
        this.#pointers.set(e.pointerId, { x: e.offsetX, y: e.offsetY });
        const on = this.pick(e.offsetX, e.offsetY);
        if (on && this.#moved >= 3) this.ondrag(this.#dragged.mark, on.at);
        return;
      }
      const others = [...this.#pointers].filter(([id]) => id !== e.pointerId).map(([, p]) => p);
      const other = others[0];
      if (other) {
        const before = Math.hypot(last.x - other.x, last.y - other.y);
        const after = Math.hypot(e.offsetX - other.x, e.offsetY - other.y);
        if (before > 0 && after > 0) this.zoom(before / after);
        this.pan(dx / 2, dy / 2);
      } else if (e.buttons & 2 || e.shiftKey) {
        this.pan(dx, dy);
      } else {
        const k = Math.PI / Math.max(320, Math.min(this.#host.clientWidth, this.#host.clientHeight));
        this.turn(dx * k, -dy * k);
      }
      this.#pointers.set(e.pointerId, { x: e.offsetX, y: e.offsetY });
    });
    const up = (e: PointerEvent) => {
      const was = this.#pointers.delete(e.pointerId);
      const dragged = this.#dragged?.pointer === e.pointerId;
      if (dragged) this.#dragged = undefined;
      if (was && !dragged && e.type === 'pointerup' && this.#moved < 6 && e.button === 0) this.onpick(this.pick(e.offsetX, e.offsetY));
    };
    c.addEventListener('pointerup', up);
    c.addEventListener('pointercancel', up);
    c.addEventListener('pointerleave', () => {
      this.#hoverAt = undefined;
      this.setHovered(undefined);
      this.onhover(undefined);
    });
    c.addEventListener('contextmenu', (e) => e.preventDefault());
    c.addEventListener(
      'wheel',
      (e) => {
        e.preventDefault();
        const lines = e.deltaMode === 1 ? 20 : 1;
        this.zoom(Math.exp(Math.max(-120, Math.min(120, e.deltaY * lines)) * 0.0016));
      },
      { passive: false },
    );
  }

  #hover(): void {
    const at = this.#hoverAt;
    this.#hoverAt = undefined;
    if (!at || this.#turn) return;
    const pick = this.pick(at.x, at.y);
    const grab = this.#markAt(at.x, at.y, GRAB_PX) !== undefined;
    this.canvas.style.cursor = grab ? 'move' : pick?.zone ? 'pointer' : pick ? 'crosshair' : 'grab';
    this.setHovered(pick?.zone);
    this.onhover(pick);
  }

  /** What is at a pixel of the picture. */
  pick(x: number, y: number): Pick | undefined {
    if (!this.#skin) return undefined;
    this.#tree(this.#skin);
    const at = new Vector2((x / this.#host.clientWidth) * 2 - 1, 1 - (y / this.#host.clientHeight) * 2);
    const caster = new Raycaster();
    caster.setFromCamera(at, this.#camera);
    const d = caster.ray.direction;
    const o = caster.ray.origin;
    const hit = this.#cast([o.x, o.y, o.z], [d.x, d.y, d.z]);
    if (!hit) return undefined;
    const px = (2 * this.#orbit.distance * Math.tan((this.#camera.fov * Math.PI) / 360)) / Math.max(1, this.#host.clientHeight);
    let zone: string | undefined;
    let best = Math.max(2.5, MEANT_PX * px);
    for (const z of this.#zones) {
      if (z.mute) continue;
      // A point within an area, or a line across it, is meant before the area.
      const far = distanceTo(z, hit.at, hit.normal) + (z.kind === 'area' ? MEANT_PX * px * 0.9 : 0);
      if (far < best) [best, zone] = [far, z.id];
    }
    return { at: hit.at, normal: hit.normal, zone };
  }
}

function closed(z: Zone): readonly Vec3[] {
  const first = z.path[0];
  return z.kind === 'area' && first ? [...z.path, first] : z.path;
}

function geometry(part: Part): BufferGeometry {
  const g = new BufferGeometry();
  g.setAttribute('position', new BufferAttribute(part.positions, 3));
  g.setAttribute('normal', new BufferAttribute(part.normals, 3));
  g.setIndex(new BufferAttribute(part.indices, 1));
  return g;
}

function empty(group: Group): void {
  for (const child of [...group.children]) {
    group.remove(child);
    const mesh = child as Mesh;
    mesh.geometry?.dispose();
    // The materials of the head are kept; those of zones and marks are made anew.
    if (group.children !== undefined && !(mesh.material as { keep?: boolean } | undefined)?.keep) {
      const materials = Array.isArray(mesh.material) ? mesh.material : [mesh.material];
      for (const m of materials) m?.dispose();
    }
  }
}
