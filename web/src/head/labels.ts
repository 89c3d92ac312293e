/** Which labels are shown: the important first, none over another. Pixels; no browser is needed. */

export interface Candidate {
  id: string;
  x: number;
  y: number;
  width: number;
  height: number;
  /** Smaller goes first. */
  rank: number;
}

export interface Placed {
  id: string;
  /** Left and top of the label. */
  x: number;
  y: number;
}

/** Where labels may stand, px: the picture without what panels cover. */
export interface Free {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Where a label may stand about its place: right, left, above, below. */
function spots(c: Candidate): [number, number][] {
  const gap = 7;
  return [
    [c.x + gap, c.y - c.height / 2],
    [c.x - gap - c.width, c.y - c.height / 2],
    [c.x - c.width / 2, c.y - gap - c.height],
    [c.x - c.width / 2, c.y + gap],
  ];
}

export function place(candidates: readonly Candidate[], free: Free, most: number): Placed[] {
  const taken: { x: number; y: number; w: number; h: number }[] = [];
  const out: Placed[] = [];
  const order = [...candidates].sort((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1));
  for (const c of order) {
    if (out.length >= most) break;
    const spot = spots(c).find(
      ([x, y]) =>
        x >= free.left + 2 &&
        y >= free.top + 2 &&
        x + c.width <= free.right - 2 &&
        y + c.height <= free.bottom - 2 &&
        taken.every((t) => x >= t.x + t.w || t.x >= x + c.width || y >= t.y + t.h || t.y >= y + c.height),
    );
    if (!spot) continue;
    const [x, y] = spot;
    taken.push({ x, y, w: c.width, h: c.height });
    out.push({ id: c.id, x, y });
  }
  return out;
}
