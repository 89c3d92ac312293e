/**
 * The head, or a whole body, in three dimensions, driven by data and free of any page framework.
 *
 * It is given a mesh, zones and marks, and tells where somebody pointed. It draws only when something has changed.
 * Millimetres, RAS; left and right are the patient's.
 */

import {
  AmbientLight,
  Color,
  DirectionalLight,
  Group,
  Mesh,
  MeshBasicMaterial,
  PerspectiveCamera,
  Raycaster,
  Scene,
  SphereGeometry,
  Vector2,
  Vector3,
  WebGLRenderer,
} from 'three';
import { Captions, type Caption } from './captions';
import { cortexMesh, regionLabels, type CortexMesh, type RegionLabel } from './cortex';
import { Figure } from './figure';
import type { HeadMesh } from './glb';
import { crop, type Box } from './crop';
import { centre, distanceTo, middle, scaled, sub, unit, type Vec3 } from './geometry';
import { GRAB_PX, listen } from './hand';
import { Layer, empty } from './layer';
import { PRESETS, between, eye, facing, turned, zoomed, type Orbit, type Preset } from './orbit';
import { Pen } from './pen';
import { Pace, WHOLE, byProcessor, type Effort } from './pace';
import { LIGHT, type Look, type Mark, type Pick, type Zone } from './shown';

/** A zone within this distance of the place pointed at is meant, px. */
const MEANT_PX = 14;
const TURN_MS = 420;
/** What is drawn on the skin stands off it by less than this. */
const MARGIN_MM = 9;
/** The width of lines and their edges, px. */
const MARGIN_PX = 12;
/** A label has so much of the free picture to itself, square px. */
const ROOM_PX2 = 8000;
/** So long after the last movement the picture is at rest. */
const REST_MS = 160;
/** So long after the last picture, if nothing changes, it is drawn once more as well as can be. */
const SETTLE_MS = 300;
/** Without a graphics card edges are smoothed by drawing the picture at rest larger: smoothing each picture would cost more. */
const SETTLED = 2;

export class HeadView {
  readonly canvas: HTMLCanvasElement;
  onpick: (pick: Pick | undefined) => void = () => {};
  onhover: (pick: Pick | undefined) => void = () => {};
  /** A mark was dragged to a place of the skin. */
  ondrag: (mark: number, at: Vec3) => void = () => {};

  #host: HTMLElement;
  /** What the hand touches: all of the window, of which the canvas may cover a part. */
  #pad = document.createElement('div');
  /** The part of the window that the canvas covers, px. */
  #box: Box = { left: 0, top: 0, width: 1, height: 1 };
  #captions = new Captions();
  #renderer: WebGLRenderer;
  #processor = byProcessor();
  #scene = new Scene();
  #camera = new PerspectiveCamera(26, 1, 20, 12000);
  #lamp = new DirectionalLight(0xffffff, 1.75);
  #ambient = new AmbientLight(0xffffff, 1.15);
  #figure = new Figure();
  #cortexGroup = new Group();
  #cortex: Mesh | undefined;
  #regions: RegionLabel[] = [];
  #zoneLayer = new Layer();
  #markLayer = new Layer();
  #zones: Zone[] = [];
  /** Where each zone's label may stand, the best place first. */
  #spots = new Map<Zone, Vec3[]>();
  /** Whether pictures came late so far, and such stand-ins are made. */
  #quick = false;
  #marks: Mark[] = [];
  #path: readonly Vec3[] = [];
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
  #stale = true;
  /** Only the labels are to be set anew. */
  #unlabelled = false;
  #movedAt = -Infinity;
  /** When the picture before came, if it was one of the same movement. */
  #before: number | undefined;
  #drawnAt = 0;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #pace = new Pace();
  #effort: Effort = WHOLE;
  #hoverAt: { x: number; y: number } | undefined;
  #observer: ResizeObserver;
  #ended = false;
  #width = 1;
  #height = 1;
  #eye: Vec3 = [0, 0, 0];
  #scratch = new Vector3();
  #inset = { left: 0, right: 0, top: 0, bottom: 0 };

  /** `whole`: a body, whose parts have no one middle; places say what is outward there themselves. */
  constructor(
    host: HTMLElement,
    readonly whole = false,
  ) {
    this.#host = host;
    // Nothing shines through: the page would be put together in half as much time again without a graphics card.
    this.#renderer = new WebGLRenderer({ antialias: !this.#processor, alpha: false, powerPreference: 'high-performance' });
    this.#renderer.setPixelRatio(this.#pixels(WHOLE, false));
    this.canvas = this.#renderer.domElement;
    this.canvas.className = 'head-canvas';
    this.#pad.className = 'head-pad';
    host.append(this.canvas, this.#pad, this.#captions.layer);
    this.#scene.add(this.#figure.group, this.#cortexGroup, this.#zoneLayer.group, this.#markLayer.group, this.#lamp, this.#lamp.target, this.#ambient);
    this.#camera.up.set(0, 0, 1);
    this.setLook(LIGHT);
    this.#observer = new ResizeObserver(() => {
      this.#resize();
      // A canvas of another size is black until it is drawn.
      cancelAnimationFrame(this.#pending);
      this.#frame();
    });
    this.#observer.observe(host);
    this.#resize();
    this.#listen();
  }

  dispose(): void {
    this.#ended = true;
    cancelAnimationFrame(this.#pending);
    clearTimeout(this.#settling);
    this.#observer.disconnect();
    this.#figure.clear();
    empty(this.#cortexGroup);
    for (const l of [this.#zoneLayer, this.#markLayer]) l.clear();
    this.#renderer.dispose();
    this.canvas.remove();
    this.#pad.remove();
    this.#captions.layer.remove();
  }

  // ---- what is shown

  setHead(mesh: HeadMesh): void {
    const first = this.#figure.skin === undefined;
    this.#apply(WHOLE, false);
    this.#figure.set(mesh);
    const box = this.#figure.skin!.boundingBox!;
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
    this.setScalp(this.#figure.opacity);
    this.#changed();
    // The search tree for pointing is made after the first picture.
    setTimeout(() => !this.#ended && this.#figure.tree(), 30);
  }

  setZones(zones: Zone[]): void {
    this.#zones = zones;
    this.#spots.clear();
    for (const z of zones) {
      const n = z.path.length;
      const all = [middle(z.path), z.path[Math.floor(n / 4)], z.path[Math.floor((3 * n) / 4)]];
      this.#spots.set(z, all.filter((p) => p !== undefined));
    }
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
    this.#unlabelled = true;
    this.#next();
  }

  setMarks(marks: Mark[], path: readonly Vec3[] = []): void {
    this.#marks = marks;
    this.#path = path;
    this.#handles = [];
    this.#markLayer.clear();
    for (const m of marks) {
      // What can be taken hold of is seen through an ear that is drawn over it, but not through the head.
      const ball = new Mesh(new SphereGeometry(m.radius ?? 2.4, 20, 14), new MeshBasicMaterial({ color: m.colour, depthTest: !m.drag, transparent: !!m.drag }));
      if (m.drag) this.#handles.push({ ball, at: m.at });
      ball.position.set(...m.at);
      ball.renderOrder = 6;
      this.#markLayer.add({ whole: ball, quick: ball });
    }
    if (path.length > 1) {
      const colour = marks[0]?.colour ?? this.#look.ink;
      const pen = this.#pen();
      this.#markLayer.add(pen.line([path], '#ffffff', 6, 6), pen.line([path], colour, 3, 7));
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
      const pen = this.#pen();
      for (const { path, colour } of lines) {
        if (path.length === 1) this.#dot(path[0]!, colour);
        else if (path.length > 1) this.#cortexGroup.add(pen.line([path], '#1b1f24', 5, 1).whole, pen.line([path], colour, 3, 1).whole);
      }
    }
    this.setScalp(this.#figure.opacity);
  }

  #dot(at: Vec3, colour: string): void {
    const ball = new Mesh(new SphereGeometry(2, 14, 10), new MeshBasicMaterial({ color: colour }));
    ball.position.set(...at);
    this.#cortexGroup.add(ball);
  }

  /** 1 is opaque; less shows the brain through the scalp. */
  setScalp(opacity: number): void {
    const clear = opacity < 0.99;
    this.#figure.setOpacity(opacity, clear && !this.#cortex);
    this.#cortexGroup.visible = clear;
    this.#changed();
  }

  setLabels(shown: boolean): void {
    this.#showLabels = shown;
    this.#changed();
  }

  setLook(look: Look): void {
    this.#look = look;
    this.#figure.look(look);
    this.#buildZones();
  }

  /** What is behind the head: the colour of the page there, as CSS has it. */
  setGround(colour: string): void {
    this.#scene.background = new Color(colour);
    this.#changed();
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
    this.#moved();
  }

  zoom(factor: number): void {
    this.#orbit = zoomed(this.#orbit, factor, this.whole ? 6500 : undefined);
    this.#moved();
  }

  /** Moves the picture by pixels. */
  pan(dx: number, dy: number): void {
    const k = this.#orbit.distance / this.#scale();
    const e = this.#camera.matrixWorld.elements;
    const t = this.#orbit.target;
    const move = (i: number) => t[i]! - e[i]! * dx * k + e[4 + i]! * dy * k;
    this.#orbit = { ...this.#orbit, target: [move(0), move(1), move(2)] };
    this.#moved();
  }

  /** Where a place of the head is in the picture, px; undefined where the head hides it. */
  project(p: Vec3, normal?: Vec3): { x: number; y: number } | undefined {
    if (!this.#faces(p, normal)) return undefined;
    const v = this.#scratch.set(p[0], p[1], p[2]).project(this.#camera);
    if (v.z > 1) return undefined;
    return this.#inWindow(v);
  }

  /** Pixels of the window for a place of the camera's square. */
  #inWindow(v: Vector3): { x: number; y: number } {
    const { left, top, width, height } = this.#box;
    return { x: left + ((v.x + 1) / 2) * width, y: top + ((1 - v.y) / 2) * height };
  }

  /** The place of the skin that lies so many mm to the right and up from another, as the head is seen now. */
  along(at: Vec3, right: number, up: number): Vec3 | undefined {
    const out = unit(sub(at, this.#middle));
    const from = (p: Vec3, n: Vec3) => this.#figure.cast([p[0] + n[0] * 15, p[1] + n[1] * 15, p[2] + n[2] * 15], scaled(n, -1));
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

  /** Something is to be drawn anew. */
  #changed(): void {
    this.#stale = true;
    this.#next();
  }

  /** The same, by a movement that goes on. */
  #moved(): void {
    this.#movedAt = performance.now();
    this.#changed();
  }

  #next(): void {
    if (this.#pending === 0 && !this.#ended) this.#pending = requestAnimationFrame(() => this.#frame());
  }

  /** While it moves there is a frame for each of the screen's, so that late ones are seen as such. */
  #frame(): void {
    this.#pending = 0;
    const now = performance.now();
    if (this.#turn) [this.#movedAt, this.#stale] = [now, true];
    const moving = now - this.#movedAt < REST_MS;
    if (moving && this.#before !== undefined) this.#pace.came(now, now - this.#before);
    this.#before = moving ? now : undefined;
    // What is settled stays so until something changes, whoever asks for labels or points at it meanwhile.
    const still = this.#renderer.getPixelRatio() === SETTLED || now - this.#drawnAt >= SETTLE_MS;
    const settled = this.#processor && !moving && !this.#stale && still;
    this.#apply(moving ? this.#pace.effort : WHOLE, settled);
    if (this.#stale) {
      this.#draw(now, moving);
      this.#drawnAt = now;
      clearTimeout(this.#settling);
      // From a movement on as well: where every picture came in time, none is drawn again when it ends.
      if (this.#processor && !settled) this.#settling = setTimeout(() => this.#next(), SETTLE_MS + 5);
    } else if (this.#unlabelled) this.#drawLabels(moving);
    if (this.#hoverAt) this.#hover();
    if (moving) this.#next();
  }

  /** Pixels of the picture for one of the page. */
  #pixels(effort: Effort, settled: boolean): number {
    return settled ? SETTLED : Math.min(2, window.devicePixelRatio || 1) * effort.pixels;
  }

  #apply(effort: Effort, settled: boolean): void {
    const pixels = this.#pixels(effort, settled);
    if (pixels !== this.#renderer.getPixelRatio()) {
      this.#renderer.setPixelRatio(pixels);
      this.#stale = true;
    }
    if (effort === this.#effort) return;
    this.#effort = effort;
    this.#stale = true;
    if (effort.rough && !this.#quick) {
      this.#quick = true;
      this.setMarks(this.#marks, this.#path);
      this.#buildZones();
    }
    this.#figure.setRough(effort.rough);
    for (const l of [this.#zoneLayer, this.#markLayer]) l.setRough(effort.rough);
  }

  #draw(now: number, moving: boolean): void {
    this.#stale = false;
    if (this.#turn) {
      const t = Math.min(1, (now - this.#turn.start) / TURN_MS);
      this.#orbit = between(this.#turn.from, this.#turn.to, t);
      if (t >= 1) this.#turn = undefined;
    }
    const e = eye(this.#orbit);
    this.#eye = e;
    this.#camera.position.set(...e);
    this.#camera.lookAt(...this.#orbit.target);
    this.#camera.updateMatrixWorld();
    if (this.#processor) this.#crop(moving);
    // The light stands up and to the left of whoever looks.
    const m = this.#camera.matrixWorld.elements;
    this.#lamp.position.set(e[0] - m[0]! * 160 + m[4]! * 240, e[1] - m[1]! * 160 + m[5]! * 240, e[2] - m[2]! * 160 + m[6]! * 240);
    this.#lamp.target.position.set(...this.#orbit.target);
    for (const h of this.#handles) h.ball.visible = this.#faces(h.at);
    this.#renderer.render(this.#scene, this.#camera);
    this.#drawLabels(moving);
  }

  #resize(): void {
    const [w, h] = [Math.max(1, this.#host.clientWidth), Math.max(1, this.#host.clientHeight)];
    [this.#width, this.#height] = [w, h];
    this.#camera.aspect = w / h;
    const { left, right, top, bottom } = this.#inset;
    const [free, tall] = [Math.max(80, w - left - right), Math.max(80, h - top - bottom)];
    // The head fills what is free: 26 degrees of a window that is free and wide.
    const half = Math.tan((13 * Math.PI) / 180) * Math.max(h / tall, (h / free) * 0.86);
    this.#camera.fov = Math.min(100, (360 / Math.PI) * Math.atan(half));
    this.#cover({ left: 0, top: 0, width: w, height: h });
    this.#changed();
  }

  /** Puts the canvas over a part of the window. */
  #cover(box: Box): void {
    this.#box = box;
    const { left, right, top, bottom } = this.#inset;
    this.#renderer.setSize(box.width, box.height);
    [this.canvas.style.left, this.canvas.style.top] = [`${box.left}px`, `${box.top}px`];
    this.#camera.setViewOffset(this.#width, this.#height, (right - left) / 2 + box.left, (bottom - top) / 2 + box.top, box.width, box.height);
    this.#camera.updateProjectionMatrix();
  }

  /** Makes the canvas as large as what is drawn. */
  #crop(moving: boolean): void {
    const [places, v] = [[] as { x: number; y: number }[], this.#scratch];
    let nearest = Infinity;
    for (const p of this.#figure.extremes) {
      nearest = Math.min(nearest, -v.set(...p).applyMatrix4(this.#camera.matrixWorldInverse).z);
      places.push(this.#inWindow(v.applyMatrix4(this.#camera.projectionMatrix)));
    }
    const whole = { left: 0, top: 0, width: this.#width, height: this.#height };
    // What is beside or behind the eye has no place in the window.
    const box = nearest > this.#camera.near + MARGIN_MM ? crop(places, MARGIN_PX + (MARGIN_MM * this.#scale()) / nearest, this.#width, this.#height, this.#box, moving) : whole;
    if (box !== this.#box) this.#cover(box);
  }

  /** Pixels for a millimetre that is seen from a distance of one. */
  #scale(): number {
    return this.#height / (2 * Math.tan((this.#camera.fov * Math.PI) / 360));
  }

  /** Whether the skin at a place is turned to the camera. */
  #faces(p: Vec3, normal?: Vec3): boolean {
    const [e, c] = [this.#eye, this.#middle];
    const [ox, oy, oz] = normal ?? [p[0] - c[0], p[1] - c[1], p[2] - c[2]];
    const [tx, ty, tz] = [e[0] - p[0], e[1] - p[1], e[2] - p[2]];
    const along = ox * tx + oy * ty + oz * tz;
    return along > 0 && along * along > 0.0144 * (ox * ox + oy * oy + oz * oz) * (tx * tx + ty * ty + tz * tz);
  }

  /** Whether the skin stands between a place and the camera. */
  #hidden(p: Vec3, normal: Vec3): boolean {
    if (!this.#figure.searchable) return false;
    const from: Vec3 = [p[0] + normal[0] * 3, p[1] + normal[1] * 3, p[2] + normal[2] * 3];
    return this.#figure.cast(from, unit(sub(this.#eye, from))) !== undefined;
  }

  #pen(): Pen {
    return new Pen({ whole: this.whole, middle: this.#middle, skin: this.#figure.skin, cast: (from, to) => this.#figure.cast(from, to)?.at }, this.#quick);
  }

  #buildZones(): void {
    this.#zoneLayer.clear();
    this.#zoneLayer.add(...this.#pen().zones(this.#zones, this.#selected, this.#look.ink));
    this.#changed();
  }

  #drawLabels(moving: boolean): void {
    this.#unlabelled = false;
    const wanted: Caption[] = [];
    const add = (id: string, text: string, colour: string, at: Vec3, rank: number, strong: boolean, normal?: Vec3) => {
      const p = this.project(at, normal);
      if (p && text !== '') wanted.push({ id, text, colour, rank, strong, x: p.x, y: p.y, spot: normal && { at, normal } });
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
        const at = this.#spots.get(z)?.find((p) => this.#faces(p));
        if (at) add(z.id, z.label, z.colour, at, strong ? -1 : (z.kind === 'point' ? 1000 : 0) + k, strong);
      }
    }
    if (this.#cortexGroup.visible) {
      for (const r of this.#regions) add(`region ${r.region}`, r.text, '#8a8078', r.at, 500 + r.region, false);
    }
    const { left, top, right, bottom } = this.#inset;
    const free = { left, top, right: this.#width - right, bottom: this.#height - bottom };
    // On a phone beside an open panel there is room for a few.
    const most = Math.min(this.#effort.labels, Math.ceil((Math.max(0, free.right - free.left) * Math.max(0, free.bottom - free.top)) / ROOM_PX2));
    this.#captions.show(wanted, free, most, moving, (at, normal) => this.#hidden(at, normal));
  }

  // ---- the hand

  #listen(): void {
    listen(this.#pad, {
      turn: (azimuth, polar) => this.turn(azimuth, polar),
      pan: (dx, dy) => this.pan(dx, dy),
      zoom: (factor) => this.zoom(factor),
      touched: () => (this.#turn = undefined),
      markAt: (x, y, within) => this.#markAt(x, y, within),
      dragged: (mark, x, y) => {
        const on = this.pick(x, y);
        if (on) this.ondrag(mark, on.at);
      },
      chosen: (x, y) => this.onpick(this.pick(x, y)),
      hovered: (x, y) => {
        this.#hoverAt = { x, y };
        this.#next();
      },
      left: () => {
        this.#hoverAt = undefined;
        this.setHovered(undefined);
        this.onhover(undefined);
      },
      span: () => Math.min(this.#width, this.#height),
    });
  }

  #hover(): void {
    const at = this.#hoverAt;
    this.#hoverAt = undefined;
    if (!at || this.#turn) return;
    const pick = this.pick(at.x, at.y);
    const grab = this.#markAt(at.x, at.y, GRAB_PX) !== undefined;
    this.#pad.style.cursor = grab ? 'move' : pick?.zone ? 'pointer' : pick ? 'crosshair' : 'grab';
    this.setHovered(pick?.zone);
    this.onhover(pick);
  }

  /** What is at a pixel of the picture. */
  pick(x: number, y: number): Pick | undefined {
    if (!this.#figure.skin) return undefined;
    const { left, top, width, height } = this.#box;
    const at = new Vector2(((x - left) / width) * 2 - 1, 1 - ((y - top) / height) * 2);
    const caster = new Raycaster();
    caster.setFromCamera(at, this.#camera);
    const d = caster.ray.direction;
    const o = caster.ray.origin;
    const hit = this.#figure.cast([o.x, o.y, o.z], [d.x, d.y, d.z]);
    if (!hit) return undefined;
    const px = this.#orbit.distance / this.#scale();
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
