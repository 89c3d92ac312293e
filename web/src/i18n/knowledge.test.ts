import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GROUPS, inChinese } from './knowledge';

const atlas = new URL('../../../atlas/', import.meta.url);

function tomls(folder: URL): string {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((e) => (e.isDirectory() ? [tomls(new URL(`${e.name}/`, folder))] : e.name.endsWith('.toml') ? [readFileSync(new URL(e.name, folder), 'utf8')] : []))
    .join('\n');
}

/** How a tape is laid is said by the program; a backslash at the end of a line joins it with the next. */
const program = readFileSync(new URL('../../../crates/head/src/tape/input.rs', import.meta.url), 'utf8').replace(/\\\n\s*/g, '');

/** Every text that the atlas and the tape have between quotes. */
const TEXTS = new Set([...`${tomls(atlas)}\n${program}`.matchAll(/"((?:[^"\\\n]|\\.)*)"/g)].map((m) => m[1]!.replaceAll('\\"', '"')));

const numbers = (text: string) => (text.match(/\d+(\.\d+)?/g) ?? []).sort();
const pairs = Object.entries(GROUPS).flatMap(([group, texts]) => Object.entries(texts).map(([en, zh]) => ({ group, en, zh })));

/** What a translation must say whenever the English says it: a wrong side is the worst mistake that it could make. */
const BOTH_WAYS: readonly (readonly [string, RegExp, RegExp])[] = [
  ['left', /\bleft\b(?! (out|alone|open))/i, /左/],
  ['right', /\bright\b(?! angle)/i, /右/],
  ['the other side', /\b(opposite|contralateral|other (side|leg|limb))\b/i, /对侧|另一侧|另一肢体/],
  ['the same side', /\bsame side\b|\bside of the lesion\b/i, /同侧/],
  ['both sides', /\b(both|either) sides?\b|bilateral/i, /两侧|双侧/],
];
/** The same in one direction: Chinese has these characters in other words too. */
const ONE_WAY: readonly (readonly [RegExp, RegExp])[] = [
  [/\b(in front|forward|front|anterior)\b/i, /前/],
  [/\b(behind|hind|(?<!low )back|backward|posterior)\b/i, /后/],
  [/\b(above|up(?! to)|upper|superior)\b/i, /上/],
  [/\b(below|down|lower|beneath)\b/i, /下/],
];

describe('the Chinese of the atlas', () => {
  it('is of texts as they are now', () => {
    const old = pairs.filter((p) => !TEXTS.has(p.en)).map((p) => `${p.group}: ${p.en}`);
    expect(old, 'translated, and no longer in the atlas').toEqual([]);
  });

  it('is Chinese, with every number of the English and no other', () => {
    for (const { en, zh } of pairs) {
      expect(numbers(zh), en).toEqual(numbers(en));
      if (/[a-z]{3}/.test(zh) || !/^[A-Z0-9 .,-]*( mm| cm)?$/.test(zh)) expect(zh === en || /\p{Script=Han}/u.test(zh), en).toBe(true);
    }
  });

  it('has the sides of the English', () => {
    for (const { en, zh } of pairs) for (const [what, english, chinese] of BOTH_WAYS) expect(chinese.test(zh), `${what}: ${en} | ${zh}`).toBe(english.test(en));
  });

  it('has the directions of the English where places are told', () => {
    const told = Object.entries(GROUPS.zones);
    for (const [en, zh] of told) for (const [english, chinese] of ONE_WAY) if (english.test(en)) expect(chinese.test(zh), `${en} | ${zh}`).toBe(true);
  });

  it('says each text in one way, whichever group it is of', () => {
    const seen = new Map<string, string>();
    for (const { en, zh } of pairs) {
      expect(seen.get(en) ?? zh, en).toBe(zh);
      seen.set(en, zh);
    }
  });

  it('has all rules of safety', () => {
    const toml = readFileSync(new URL('safety.toml', atlas), 'utf8');
    const now = [...toml.matchAll(/^text = "(.*)"$/gm)].map((m) => m[1]!.replaceAll('\\"', '"'));
    expect(Object.keys(GROUPS.safety).sort()).toEqual([...new Set(now)].sort());
  });

  it('turns the sentences of a check with their sites, sides and numbers', () => {
    for (const [en, zh] of [
      ['MS6 left (upper 1/5) is planned, but the protocol needles opposite to the deficit (right).', 'MS6 左 (上 1/5) 是计划的，而方案针刺功能障碍的对侧（右侧）。'],
      ['MS6 right is planned opposite to the deficit, but the side of the deficit is needed (left and right are the patient\'s).', 'MS6 右 计划针刺功能障碍的对侧，但须知道功能障碍的侧别（左右均指患者的左右）。'],
      ['The lesion is given as left and the deficit as left; here the deficit is expected opposite to the lesion.', '所填病变在左侧，功能障碍在左侧；此病的功能障碍应在病变的对侧。'],
      ['The lesion is given as left and the deficit as right; here the deficit is expected on the side of the lesion.', '所填病变在左侧，功能障碍在右侧；此病的功能障碍应在病变的同侧。'],
      ['2c: depth_mm or layer of n1, n2', '2c：n1, n2 的深度（mm）或层次'],
      ['2g: diameter_mm, length_mm and maker or material of n3', '2g：n3 的直径、长度（mm）及厂家或材料'],
      ['1a: account.style', '1a：流派'],
      ['n1: LI4 cannot be needled on the side Midline', 'n1：LI4 不能针刺正中线'],
      ['75 years for 96.4: the mesh knows 20 to 75', '以 75 岁代替 96.4 岁：网格只知 20 至 75 岁'],
      ['forward and up', '向前、向上'],
      ['back and down and lateral', '向后、向下、向外'],
      ['depth-cun of n12', 'n12 的深度（寸）'],
      ['MS6 left (upper 1/5)', 'MS6 左 (上 1/5)'],
      ['−1: Blinding and allocation were not seen.', '−1：盲法和分组方法未见。'],
      ['he-sea', '合穴'],
      ['meets:TE,GB', '交会：三焦经、胆经'],
    ] as const)
      expect(inChinese(en)).toBe(zh);
    for (const none of ['', 'a text of nobody', 'LU', 'constructor', 'meets:nobody']) expect(inChinese(none), none).toBeUndefined();
  });
});
