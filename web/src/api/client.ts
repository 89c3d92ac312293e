/** The server's interface, typed by its OpenAPI document. */

import createClient from 'openapi-fetch';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export type Problem = Schemas['Problem'];

export const client = createClient<paths>({
  baseUrl: typeof location === 'undefined' ? 'http://127.0.0.1:8640' : location.origin,
  querySerializer: { array: { style: 'form', explode: true } },
});

/** What requests that change something repeat; given at sign-in. */
export const guard = { csrf: '' };

client.use({
  onRequest({ request }) {
    if (request.method !== 'GET' && guard.csrf) request.headers.set('x-baihui-csrf', guard.csrf);
    return request;
  },
});

/** What the server refused, with its reason. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.hint ? `${problem.detail} — ${problem.hint}` : problem.detail);
  }
}

/** The data of an answer, or an error that a person can read. */
export async function data<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data: found, error, response } = await answer;
  if (found !== undefined && response.ok) return found;
  if (typeof error === 'object' && error !== null && 'detail' in error) throw new Refused(error as Problem);
  throw new Error(`${response.status} ${response.statusText}`);
}

/** A head's mesh as it is on the wire. */
export async function meshBytes(head: string): Promise<ArrayBuffer> {
  const response = await fetch(`/api/heads/${encodeURIComponent(head)}/mesh`);
  if (!response.ok) throw new Refused((await response.json()) as Problem);
  return response.arrayBuffer();
}
