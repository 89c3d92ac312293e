/** The labels in the picture: small elements over it, kept from picture to picture. */

import type { Vec3 } from './geometry';
import { place, type Candidate, type Free } from './labels';

export interface Caption {
  id: string;
  text: string;
  /** CSS colour. */
  colour: string;
  /** Smaller goes first. */
  rank: number;
  /** Drawn larger: what is chosen or pointed at. */
  strong: boolean;
  /** Where it points, px. */
  x: number;
  y: number;
  /** What may hide it, asked only of those that find room. */
  spot?: { at: Vec3; normal: Vec3 } | undefined;
}

interface Node {
  element: HTMLElement;
  text: string;
  colour: string;
  strong: boolean;
  width: number;
  height: number;
  shift: string;
}

/** While the picture moves, what hides a label is asked again after so many pictures. */
const ASK_AGAIN = 8;

export class Captions {
  readonly layer: HTMLElement;
  #nodes = new Map<string, Node>();
  #hidden = new Map<string, { answer: boolean; picture: number }>();
  #picture = 0;

  constructor() {
    this.layer = document.createElement('div');
    this.layer.className = 'head-labels';
    this.layer.setAttribute('aria-hidden', 'true');
  }

  /** Shows what finds room, `most` at most. `hides` tells whether something stands between a place and the eye. */
  show(captions: readonly Caption[], free: Free, most: number, moving: boolean, hides: (at: Vec3, normal: Vec3) => boolean): void {
    this.#picture += 1;
    const wanted = new Map<string, Caption>();
    const candidates: Candidate[] = [];
    for (const c of captions) {
      const { width, height } = this.#node(c);
      wanted.set(c.id, c);
      candidates.push({ id: c.id, x: c.x, y: c.y, width, height, rank: c.rank });
    }
    const shown = new Set<string>();
    for (const p of place(candidates, free, most)) {
      const spot = wanted.get(p.id)?.spot;
      if (spot && this.#isHidden(p.id, moving, () => hides(spot.at, spot.normal))) continue;
      shown.add(p.id);
      const node = this.#nodes.get(p.id);
      if (!node) continue;
      const shift = `translate(${Math.round(p.x)}px, ${Math.round(p.y)}px)`;
      if (node.shift !== shift) node.element.style.transform = node.shift = shift;
      if (node.element.hidden) node.element.hidden = false;
    }
    for (const [id, { element }] of this.#nodes) {
      if (shown.has(id)) continue;
      if (wanted.has(id)) {
        if (!element.hidden) element.hidden = true;
        continue;
      }
      element.remove();
      this.#nodes.delete(id);
      this.#hidden.delete(id);
    }
  }

  #isHidden(id: string, moving: boolean, ask: () => boolean): boolean {
    const known = this.#hidden.get(id);
    if (known && moving && this.#picture - known.picture < ASK_AGAIN) return known.answer;
    // Not all at once: the first answers last for one to eight pictures.
    const picture = known || !moving ? this.#picture : this.#picture - (this.#hidden.size % ASK_AGAIN);
    const answer = ask();
    this.#hidden.set(id, { answer, picture });
    return answer;
  }

  #node(c: Caption): Node {
    let known = this.#nodes.get(c.id);
    if (!known || known.text !== c.text || known.strong !== c.strong) {
      known?.element.remove();
      const element = document.createElement('span');
      element.textContent = c.text;
      if (c.strong) element.className = 'strong';
      this.layer.append(element);
      // Measured once: asking the layout at every picture would be the dearest thing done.
      known = { element, text: c.text, colour: '', strong: c.strong, width: element.offsetWidth + 4, height: element.offsetHeight, shift: '' };
      this.#nodes.set(c.id, known);
    }
    if (known.colour !== c.colour) {
      known.colour = c.colour;
      known.element.style.setProperty('--zone', c.colour);
    }
    return known;
  }
}
