/** Sentences of the program that set both systems side by side: counts of points, ranges of techniques, bodies. */

import { names } from './names.zh';
import { study } from './sentences-studies.zh';

type Say = (...parts: string[]) => string;
type Texts = (text: string) => string | undefined;

const PARTS: Readonly<Record<string, string>> = { 'head and face': '头面', 'neck and trunk': '颈项躯干', 'arm and hand': '上肢', 'leg and foot': '下肢', 'the head': '头部' };
const PART = Object.keys(PARTS).join('|');

const ANGLES: Readonly<Record<string, string>> = { perpendicular: '直刺', oblique: '斜刺', horizontal: '平刺', shallow: '浅刺', 'not needled': '不针刺' };

const UNITS: Readonly<Record<string, string>> = { mm: ' mm', deg: ' 度', cun: ' 寸', '/min': ' 次/分', min: ' 分钟', Hz: ' Hz', mA: ' mA', sessions: ' 次', '/week': ' 次/周' };
const RANGE = `(?:(at least|at most) )?([\\d.]+(?:–[\\d.]+)?) (${Object.keys(UNITS).join('|')})`;

const range = (bound: string | undefined, numbers: string, unit: string): string => `${bound === 'at least' ? '至少 ' : bound === 'at most' ? '最多 ' : ''}${numbers}${UNITS[unit]}`;

const to = (text: string): string => text.replaceAll(' to ', ' 至 ');

/** Whether a text names nothing but codes of points and zones. */
const codes = (text: string): boolean => /^[A-Z][\w-]*(, [A-Z][\w-]*)*$/.test(text);

/** Where a statement stands, in the words that are no path. */
const ENTRIES: Readonly<Record<string, string>> = {
  'the points\' rules on this body (atlas/body)': '各穴规则在该人体上所得（atlas/body）',
  'the protocols\' sites': '各方案所取部位',
  'straight from the crown to the point on this body': '该人体上由头顶至穴位的直线距离',
  'every zone is located on the skin of the head': '每个区都定位在头部皮肤上',
};

const SEXES: Readonly<Record<string, string>> = { male: '男', female: '女' };

/** The sentences; `texts` has the atlas. */
export const difference = (texts: Texts): readonly (readonly [RegExp, Say])[] => {
  const other = (text: string): string => texts(text) ?? study(text) ?? text;
  /** Sites as a protocol lists them: the part of a zone stands in brackets. */
  const sites = (list: string): string => list.replace(/ \(((?:[^()]|\([^()]*\))+)\)/g, (_, part: string) => `（${other(part)}）`).replaceAll(', ', '、');
  return [
    [/^(\d+) zones?$/, (n) => `${n} 个区`],
    [/^(\d+) points?$/, (n) => `${n} 穴`],
    [/^(\d+) sites?: (.+)$/, (n, list) => `${n} 处：${sites(list!)}`],
    [new RegExp(`^(\\d+) of (\\d+) on (${PART})(?:: (.+))?$`), (n, of, part, list) => `${of} 处中 ${n} 处在${PARTS[part!]}${list ? `：${sites(list)}` : ''}`],
    [new RegExp(`^(${PART})$`), (part) => PARTS[part!]!],
    [/^0 mm: on the head$/, () => '0 mm：在头部'],
    [/^nearest (\S+): (\d+) mm$/, (code, mm) => `最近者 ${code}：${mm} mm`],
    [/^farthest (\S+): (\d+) mm$/, (code, mm) => `最远者 ${code}：${mm} mm`],
    [/^half of them nearer than (\d+) mm$/, (mm) => `半数近于 ${mm} mm`],
    [/^(\d+) more on the head itself$/, (n) => `另有 ${n} 穴就在头部`],
    [new RegExp(`^(${Object.keys(ANGLES).join('|')})(?: at (\\d+) of (\\d+) points \\(first way\\))?$`), (angle, n, of) => (n ? `${of} 穴中${ANGLES[angle!]} ${n} 穴（首列刺法）` : ANGLES[angle!]!)],
    [
      /^([\d.]+(?: to [\d.]+)?) cun at (\d+) points(?: \((.+)\))?: (\d+(?: to \d+)?) mm by this body's finger-cun of ([\d.]+) mm$/,
      (cun, n, list, mm, finger) => `${n} 穴 ${to(cun!)} 寸${list ? `（${to(list).replaceAll(', ', '、')}）` : ''}：按该人体同身寸 ${finger} mm 计为 ${to(mm!)} mm`,
    ],
    [new RegExp(`^${RANGE} \\(([\\w, -]+)\\) against ${RANGE} \\(([\\w, -]+)\\)$`), (ab, an, au, ak, bb, bn, bu, bk) => `${range(ab, an!, au!)}（${ak}）与 ${range(bb, bn!, bu!)}（${bk}）`],
    [new RegExp(`^${RANGE}(?: \\((.+)\\))?$`), (bound, numbers, unit, about) => `${range(bound, numbers!, unit!)}${about ? `（${other(about)}）` : ''}`],
    [
      /^(.+): (\d+) of (\d+) phrases, (\d+) %$/,
      (system, n, of, percent) => `${Object.hasOwn(names, system!) ? names[system!] : system}：${of} 条用语中 ${n} 条，${percent} %`,
    ],
    [/^(male|female), (\d+) years, (\d+) cm, (\d+) kg$/, (sex, years, cm, kg) => `${SEXES[sex!]}，${years} 岁，${cm} cm，${kg} kg`],
    [/^sex was not given: the mesh is a man's$/, () => '未给出性别：网格为男性'],
    [/^age was not given: (\d+) years$/, (n) => `未给出年龄：取 ${n} 岁`],
    [/^a child's height is the artist's here, not that of children: measure it$/, () => '此处儿童身高是美术制作的，不是儿童实测的：请测量'],
    [/^the height lies beyond the mesh's short and tall people: the whole body was scaled by ([\d.]+)$/, (k) => `身高超出网格最矮和最高的人：全身按 ${k} 倍缩放`],
    [/^the head is (.+), ([\d.]+) times its size: the mean circumference of sex and age$/, (head, k) => `头部为${other(head!)}，按其大小的 ${k} 倍：取该性别和年龄的平均头围`],
    [/^the head is (.+): its millimetres stand$/, (head) => `头部为${other(head!)}：毫米数照其原样`],
    [/^the head has no landmark "(.+)" \((left|right|midline)\)$/, (name, side) => `该头部没有标志点“${name}”（${side === 'left' ? '左' : side === 'right' ? '右' : '正中'}）`],
    [/^matches (\d+) rows of estimates\.csv; name one, as REVIEW\/comparator\/outcome$/, (n) => `与 estimates.csv 的 ${n} 行相符；须写明其中一行：综述／对照／结局`],
    [/^(atlas\/[\w/.-]+), protocol ([\w-]+)(, regimen)?$/, (file, id, regimen) => `${file}，方案 ${id}${regimen ? '，疗程' : ''}`],
    [/^evidence, (\S+)$/, (reference) => `证据表，${reference}`],
    [new RegExp(`^(${Object.keys(ENTRIES).map((e) => e.replace(/[()]/g, '\\$&')).join('|')})$`), (entry) => ENTRIES[entry!]!],
  ];
};

/** Texts made of texts of the atlas: a name with a title, a text with its sources, several in a row. Nothing where a part has no Chinese. */
export function composed(texts: Texts, text: string): string | undefined {
  const known = (part: string): string | undefined => texts(part) ?? study(part);
  const channel = /^([A-Z]{2}) (.+)$/.exec(text);
  if (channel && Object.hasOwn(names, channel[2]!)) return `${channel[1]} ${names[channel[2]!]}`;
  if (Object.hasOwn(names, text)) return names[text];
  // The name may have a colon of its own: "Stroke: hemiplegia".
  for (let k = text.indexOf(': '); k >= 0; k = text.indexOf(': ', k + 1)) {
    const [name, title] = [text.slice(0, k), known(text.slice(k + 2))];
    if (Object.hasOwn(names, name) && title !== undefined) return `${names[name]}：${title}`;
  }
  const cited = /^(.+) \[([A-Z][\w, -]*)\]$/.exec(text);
  const main = cited && known(cited[1]!);
  if (main) return `${main} [${cited[2]}]`;
  const parts = text.split('; ');
  if (parts.length < 2) return undefined;
  const said = parts.map((part) => (codes(part) ? part : known(part)));
  return said.every((x) => x !== undefined) && said.some((x, k) => x !== parts[k]) ? said.join('；') : undefined;
}
