/** The cortex of the head in use, loaded when it is first looked at. */

import { client, data, Refused, type Problem, type Schemas } from '../api/client';
import { readHead } from '../head/glb';
import type { CortexMesh } from '../head/cortex';
import { regionName } from '../i18n/regions.zh';
import { app } from './app.svelte';

class CortexState {
  /** Whether it is shown. */
  on: boolean = $state(false);
  /** What the server says of it; undefined until it is loaded. */
  view: Schemas['CortexView'] | undefined = $state.raw();
  #part: CortexMesh['part'] | undefined = $state.raw();
  /** Items carried down to it. */
  paths: Schemas['CortexPath'][] = $state.raw([]);
  #head = '';
  #asked = 0;

  mesh: CortexMesh | undefined = $derived.by(() => {
    if (!this.view || !this.#part) return undefined;
    return {
      part: this.#part,
      labels: this.view.labels,
      colours: this.view.regions.map((r) => r.colour),
      names: this.view.regions.map((r) => (r.name === '' ? '' : regionName(r.name, app.language))),
    };
  });

  /** Loads the surface of a head, unless it is the one that is there. */
  async load(head: string): Promise<void> {
    if (this.#head === head && this.view) return;
    this.#head = head;
    const path = { head };
    const [view, mesh] = await Promise.all([
      data(client.GET('/api/heads/{head}/cortex', { params: { path } })),
      fetch(`/api/heads/${encodeURIComponent(head)}/cortex/mesh`),
    ]);
    if (!mesh.ok) throw new Refused((await mesh.json()) as Problem);
    const part = readHead(await mesh.arrayBuffer()).skin;
    if (this.#head !== head) return;
    this.#part = part;
    this.view = view;
  }

  /** Regions that are called so ("left precentral gyrus"), as indexes; none where the parcellation has another name for it. */
  called(words: string | null | undefined): Set<number> {
    const found = (this.view?.regions ?? []).flatMap((r, k) => (words && (r.side === 'midline' ? r.name : `${r.side} ${r.name}`) === words ? [k] : []));
    return new Set(found);
  }

  /** Carries what is shown down to it. A later request overtakes an earlier one. */
  async carry(head: string, schools: readonly string[], items: readonly string[], variants: string[]): Promise<void> {
    const turn = ++this.#asked;
    if (schools.length + items.length === 0) {
      this.paths = [];
      return;
    }
    const query = { school: [...schools], item: [...items], variant: variants };
    const found = await data(client.GET('/api/heads/{head}/cortex/paths', { params: { path: { head }, query } }));
    if (turn === this.#asked) this.paths = found;
  }
}

export const cortex = new CortexState();
