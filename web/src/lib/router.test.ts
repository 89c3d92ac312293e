import { describe, expect, it } from 'vitest';
import { address, parse } from './router.svelte';

describe('addresses', () => {
  it('lead where they say', () => {
    expect(parse('/')).toEqual({ room: 'head', detail: undefined });
    expect(parse('/head/MS6')).toEqual({ room: 'head', detail: 'MS6' });
    expect(parse('/evidence/blood-flow')).toEqual({ room: 'evidence', detail: 'blood-flow' });
    expect(parse('/session/7/note')).toEqual({ room: 'session', detail: '7', more: 'note' });
    expect(parse('/constructor')).toEqual({ room: 'none', detail: undefined });
    expect(parse('/nowhere')).toEqual({ room: 'none', detail: undefined });
    expect(parse('/atlas/%E0%A4%A')).toEqual({ room: 'atlas', detail: '%E0%A4%A' });
  });

  it('come back from their address', () => {
    for (const [room, detail] of [['head', undefined], ['head', 'EX-HN1'], ['atlas', '运动区'], ['learn', undefined]] as const) {
      expect(parse(address(room, detail))).toEqual({ room, detail });
    }
  });
});
