import { describe, expect, it } from 'vitest';
import { part, whole } from './client';

/** A list of so many numbers, given three at a time. */
const list = (n: number) => (cursor: number) => {
  const rows = Array.from({ length: n }, (_, k) => k).slice(cursor, cursor + 3);
  const link = cursor + 3 < n ? { link: `</api/things?kind=plan&limit=3&cursor=${cursor + 3}>; rel="next"` } : {};
  return Promise.resolve({ data: rows, response: new Response('', { headers: link as HeadersInit }) });
};

describe('lists in parts', () => {
  it('go on where the header says', async () => {
    expect(await part(list(7)(0))).toEqual({ rows: [0, 1, 2], next: 3 });
    expect(await part(list(7)(6))).toEqual({ rows: [6], next: undefined });
  });

  it('are read to their end', async () => {
    for (const n of [0, 1, 3, 4, 9]) expect(await whole(list(n))).toEqual(Array.from({ length: n }, (_, k) => k));
  });

  it('end even where the header leads in a circle', async () => {
    const circle = () => Promise.resolve({ data: [1], response: new Response('', { headers: { link: '</api/things?cursor=0>; rel="next"' } }) });
    expect(await whole(circle)).toEqual([1]);
  });

  it('are refused as other answers are', async () => {
    const refused = Promise.resolve({ error: { detail: 'expected at most 100000' }, response: new Response('', { status: 422 }) });
    await expect(part(refused as never)).rejects.toThrow('expected at most 100000');
  });
});
