/** The body that is shown, its points and channels. */

import { client, data, Refused, type Problem, type Schemas } from '../api/client';
import { readHead, type HeadMesh } from '../head/glb';
import type { Vec3 } from '../head/geometry';
import { app } from './app.svelte';
import { keep, kept } from './store';

export type BodyInput = Schemas['BodyInput'];
export type PointRow = Schemas['PointRow'];

class BodyState {
  input: BodyInput = $state.raw(kept<BodyInput>('body', {}));
  body: Schemas['BodyView'] | undefined = $state.raw();
  mesh: HeadMesh | undefined = $state.raw();
  points: Schemas['PointsView'] | undefined = $state.raw();
  rows: PointRow[] = $state.raw([]);
  busy: boolean = $state(false);
  /** Why the measurements that were typed make no body. */
  refused: string = $state('');

  async start(): Promise<void> {
    if (this.body || this.busy) return;
    try {
      this.rows = await data(client.GET('/api/points'));
    } catch (e) {
      app.fail(e);
    }
    await this.make(this.input);
    // Measurements that are kept from an earlier day may no longer be taken.
    if (!this.body) await this.make({});
  }

  async make(input: BodyInput): Promise<void> {
    this.busy = true;
    this.refused = '';
    try {
      const body = await data(client.POST('/api/bodies', { body: input }));
      const [bytes, points] = await Promise.all([
        meshOf(body.id),
        data(client.GET('/api/bodies/{body}/points', { params: { path: { body: body.id } } })),
      ]);
      this.mesh = readHead(bytes);
      this.points = points;
      this.body = body;
      this.input = input;
      keep('body', input);
    } catch (e) {
      if (e instanceof Refused) this.refused = e.message;
      else app.fail(e);
    } finally {
      this.busy = false;
    }
  }

  colour(channel: string): string {
    const c = this.points?.channels.find((k) => k.id === channel)?.colour ?? '#0072b2';
    return app.dark && c === '#222222' ? '#c8cdd3' : c;
  }
}

/** The skin of a body of this server, as GLB. */
export async function meshOf(body: string): Promise<ArrayBuffer> {
  const response = await fetch(`/api/bodies/${encodeURIComponent(body)}/mesh`);
  if (!response.ok) throw new Refused((await response.json()) as Problem);
  return response.arrayBuffer();
}

export const three = (p: number[]): Vec3 => [p[0] ?? 0, p[1] ?? 0, p[2] ?? 0];

export const human = new BodyState();
