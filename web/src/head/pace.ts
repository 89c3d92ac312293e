/**
 * How much is drawn while the picture moves. With a graphics card: everything. Where pictures come late, less and less
 * until they come in time; the picture at rest is always whole.
 */

export interface Effort {
  /** Share of the pixels' width and height. */
  pixels: number;
  /** The skin with a tenth of its triangles, lines without their edges, points with few sides. */
  rough: boolean;
  /** At most so many labels. */
  labels: number;
}

export const WHOLE: Effort = { pixels: 1, rough: false, labels: 46 };

const STEPS: readonly Effort[] = [
  WHOLE,
  { pixels: 1, rough: true, labels: 24 },
  { pixels: 0.7, rough: true, labels: 24 },
  { pixels: 0.5, rough: true, labels: 16 },
];

/** A picture that comes later than this after the one before is late: 60 a second come every 16.7 ms. */
const LATE_MS = 20;
/** Of so many pictures … */
const LOOK_AT = 6;
/** … so many may be late. */
const MAY_BE_LATE = 2;
/** What was only a moment's load is forgotten after so long a rest. */
const FORGET_MS = 60_000;
/** Longer gaps are no pictures that came late: the page was hidden, or the machine asleep. */
const AWAY_MS = 1000;

export class Pace {
  #step = 0;
  #gaps: number[] = [];
  #last = 0;

  /** What is drawn while it moves. */
  get effort(): Effort {
    return STEPS[this.#step] ?? WHOLE;
  }

  /** A picture came at this moment, so long after the one before; both while it moved. Milliseconds. */
  came(now: number, gap: number): void {
    if (now - this.#last > FORGET_MS && this.#last > 0) {
      this.#step = Math.max(0, this.#step - 1);
      this.#gaps = [];
    }
    this.#last = now;
    if (gap > AWAY_MS) return;
    this.#gaps.push(gap);
    if (this.#gaps.length < LOOK_AT) return;
    const late = this.#gaps.filter((g) => g > LATE_MS).length;
    this.#gaps = [];
    if (late > MAY_BE_LATE) this.#step = Math.min(STEPS.length - 1, this.#step + 1);
  }
}

/** Whether pictures are drawn by the processor: no graphics card, or none that the browser trusts. */
export function byProcessor(): boolean {
  const gl = document.createElement('canvas').getContext('webgl2');
  if (!gl) return false;
  const named = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = String(gl.getParameter(named ? named.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer);
}
