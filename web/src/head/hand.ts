/** Mouse, pen and fingers over the picture: what they do, told to whoever turns, moves and chooses. */

export interface Hand {
  turn(azimuth: number, polar: number): void;
  pan(dx: number, dy: number): void;
  zoom(factor: number): void;
  /** Somebody touches the picture: a movement of its own ends. */
  touched(): void;
  /** The mark at a pixel that can be dragged. */
  markAt(x: number, y: number, within: number): number | undefined;
  dragged(mark: number, x: number, y: number): void;
  chosen(x: number, y: number): void;
  hovered(x: number, y: number): void;
  left(): void;
  /** The smaller side of the picture, px. */
  span(): number;
}

/** A mark within this distance of the pointer is taken hold of, px; a finger is wider than a mouse. */
export const GRAB_PX = 16;
const TOUCH_PX = 30;
/** A pointer that moved less than this only pointed, px. */
const STILL_PX = 6;
/** A mark is dragged from this on, px. */
const DRAG_PX = 3;

export function listen(pad: HTMLElement, hand: Hand): void {
  const pointers = new Map<number, { x: number; y: number }>();
  let moved = 0;
  let drag: { mark: number; pointer: number } | undefined;

  pad.addEventListener('pointerdown', (e) => {
    pad.setPointerCapture(e.pointerId);
    pointers.set(e.pointerId, { x: e.offsetX, y: e.offsetY });
    if (pointers.size === 1) moved = 0;
    const mark = hand.markAt(e.offsetX, e.offsetY, e.pointerType === 'mouse' ? GRAB_PX : TOUCH_PX);
    drag = mark !== undefined && pointers.size === 1 ? { mark, pointer: e.pointerId } : undefined;
    hand.touched();
  });
  pad.addEventListener('pointermove', (e) => {
    const last = pointers.get(e.pointerId);
    if (!last) {
      hand.hovered(e.offsetX, e.offsetY);
      return;
    }
    const [dx, dy] = [e.offsetX - last.x, e.offsetY - last.y];
    moved += Math.abs(dx) + Math.abs(dy);
    pointers.set(e.pointerId, { x: e.offsetX, y: e.offsetY });
    if (drag?.pointer === e.pointerId) {
      if (moved >= DRAG_PX) hand.dragged(drag.mark, e.offsetX, e.offsetY);
      return;
    }
    const other = [...pointers].find(([id]) => id !== e.pointerId)?.[1];
    if (other) {
      const before = Math.hypot(last.x - other.x, last.y - other.y);
      const after = Math.hypot(e.offsetX - other.x, e.offsetY - other.y);
      if (before > 0 && after > 0) hand.zoom(before / after);
      hand.pan(dx / 2, dy / 2);
    } else if (e.buttons & 2 || e.shiftKey) {
      hand.pan(dx, dy);
    } else {
      const k = Math.PI / Math.max(320, hand.span());
      hand.turn(dx * k, -dy * k);
    }
  });
  const up = (e: PointerEvent) => {
    const was = pointers.delete(e.pointerId);
    const dragged = drag?.pointer === e.pointerId;
    if (dragged) drag = undefined;
    if (was && !dragged && e.type === 'pointerup' && moved < STILL_PX && e.button === 0) hand.chosen(e.offsetX, e.offsetY);
  };
  pad.addEventListener('pointerup', up);
  pad.addEventListener('pointercancel', up);
  pad.addEventListener('pointerleave', () => hand.left());
  pad.addEventListener('contextmenu', (e) => e.preventDefault());
  pad.addEventListener(
    'wheel',
    (e) => {
      e.preventDefault();
      const lines = e.deltaMode === 1 ? 20 : 1;
      hand.zoom(Math.exp(Math.max(-120, Math.min(120, e.deltaY * lines)) * 0.0016));
    },
    { passive: false },
  );
}
