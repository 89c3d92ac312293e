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

/** A part of a list, and where it goes on. */
export interface Part<T> {
  rows: T[];
  next: number | undefined;
}

/** A part of a list: the header `Link` says where it goes on. */
export async function part<T>(answer: Promise<{ data?: T[]; error?: unknown; response: Response }>): Promise<Part<T>> {
  const rows = await data(answer);
  const link = /<([^>]*)>; rel="next"/.exec((await answer).response.headers.get('link') ?? '')?.[1];
  const cursor = link === undefined ? null : new URL(link, 'http://localhost').searchParams.get('cursor');
  return { rows, next: cursor === null ? undefined : Number(cursor) };
}

/** A list from its first part to its last. */
export async function whole<T>(fetch: (cursor: number) => Promise<{ data?: T[]; error?: unknown; response: Response }>): Promise<T[]> {
  const rows: T[] = [];
  for (let cursor: number | undefined = 0; cursor !== undefined; ) {
    const found: Part<T> = await part(fetch(cursor));
    rows.push(...found.rows);
    // What goes on where it began would never end.
    cursor = found.next !== undefined && found.next > cursor ? found.next : undefined;
  }
  return rows;
}

/** A head's mesh as it is on the wire. */
export async function meshBytes(head: string): Promise<ArrayBuffer> {
  const response = await fetch(`/api/heads/${encodeURIComponent(head)}/mesh`);
  if (!response.ok) throw new Refused((await response.json()) as Problem);
  return response.arrayBuffer();
}
