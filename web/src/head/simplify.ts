/** Chains with no more places than they need. */

import { toSegment, type Vec3 } from './geometry';

/** The places of a chain without which it would leave its course by more than `within` mm (Douglas and Peucker 1973). */
export function simplified(chain: readonly Vec3[], within: number): readonly Vec3[] {
  if (chain.length < 3) return chain;
  const keep = new Uint8Array(chain.length);
  keep[0] = keep[chain.length - 1] = 1;
  const open: [number, number][] = [[0, chain.length - 1]];
  for (let piece = open.pop(); piece; piece = open.pop()) {
    const [from, to] = piece;
    let [far, at] = [within, -1];
    for (let k = from + 1; k < to; k++) {
      const d = toSegment(chain[k]!, chain[from]!, chain[to]!);
      if (d > far) [far, at] = [d, k];
    }
    if (at < 0) continue;
    keep[at] = 1;
    open.push([from, at], [at, to]);
  }
  return chain.filter((_, k) => keep[k] === 1);
}
