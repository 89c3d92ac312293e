import { describe, expect, it } from 'vitest';
import { plain, search } from './search';

const items = [
  { code: 'MS6', school: 'ms', names: { en: 'Anterior oblique line of vertex-temporal', pinyin: 'Dǐngniè qiánxiéxiàn', hanzi: '顶颞前斜线' }, aliases: [], indications: ['Motor disturbance of the limbs.'] },
  { code: 'JIAO-MOTOR', school: 'jiao', names: { en: 'Motor area', pinyin: 'Yùndòngqū', hanzi: '运动区' }, aliases: ['MA'], indications: ['Paralysis.'] },
  { code: 'JIAO-SPEECH-2', school: 'jiao', names: { en: 'Second speech area', pinyin: 'Yányǔ èrqū', hanzi: '言语二区' }, aliases: [], indications: ['Nominal aphasia.'] },
  { code: 'MS60', school: 'x', names: { en: '', pinyin: '', hanzi: '' }, aliases: [], indications: [] },
];
const codes = (words: string) => search(items, words).map((i) => i.code);

describe('search', () => {
  it('finds by code, exact first', () => {
    expect(codes('ms6')).toEqual(['MS6', 'MS60']);
    expect(codes('jiao motor')).toEqual(['JIAO-MOTOR']);
  });
  it('finds by each script, without tones', () => {
    expect(codes('运动区')[0]).toBe('JIAO-MOTOR');
    expect(codes('yundong')[0]).toBe('JIAO-MOTOR');
    expect(codes('Yùn dòng')[0]).toBe('JIAO-MOTOR');
    expect(codes('speech')).toEqual(['JIAO-SPEECH-2']);
  });
  it('finds by what it is used for, after names', () => {
    expect(codes('aphasia')).toEqual(['JIAO-SPEECH-2']);
    expect(codes('motor')).toEqual(['JIAO-MOTOR', 'MS6']);
  });
  it('finds all for nothing and nothing for nonsense', () => {
    expect(codes('  ')).toHaveLength(items.length);
    expect(codes('qqqq')).toEqual([]);
    expect(plain('Lǜ — É')).toBe('lue');
  });
});
