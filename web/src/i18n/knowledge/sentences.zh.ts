/**
 * Sentences that the program makes with names and numbers in them: what a plan lacks, sides, what was assumed. Those about
 * evidence, studies and both systems side by side are in files of their own.
 */

import { composed, difference } from './sentences-difference.zh';
import { evidence } from './sentences-evidence.zh';
import { study } from './sentences-studies.zh';

const WORDS: Readonly<Record<string, string>> = {
  left: '左侧',
  right: '右侧',
  midline: '正中线',
  bilateral: '双侧',
  'opposite to the deficit': '功能障碍的对侧',
  'on the side of the deficit': '功能障碍的同侧',
  'on the side of the lesion': '病变的同侧',
  'both sides': '双侧',
  'opposite to': '病变的对侧',
  'on the side of': '病变的同侧',
  'the side of the deficit is needed (left and right are the patient\'s)': '须知道功能障碍的侧别（左右均指患者的左右）',
  'the side of the lesion is needed (left and right are the patient\'s)': '须知道病变的侧别（左右均指患者的左右）',
  'the site exists on both sides, but the rule says midline': '该部位双侧都有，而规则说正中线',
  // Parts of STRICTA, as a plan or a session lacks them.
  needles: '针',
  'account.style': '流派',
  'account.reasoning': '依据及其来源',
  'account.variation': '治疗可变的程度',
  'account.sessions': '治疗次数',
  'account.frequency': '频率和每次时长',
  'account.other_interventions': '其他干预',
  'account.setting': '环境、说明和信息',
  'account.practitioner': '施针者背景',
  'account.control.rationale': '为何选此对照',
  'account.control.description': '对照是什么',
  'depth_mm or layer': '深度（mm）或层次',
  response: '所求反应',
  stimulation: '刺激',
  retention_min: '留针时间（分钟）',
  'diameter_mm, length_mm and maker or material': '直径、长度（mm）及厂家或材料',
  // Directions in which a variant lies.
  forward: '向前',
  back: '向后',
  up: '向上',
  down: '向下',
  'to the left': '向左',
  'to the right': '向右',
  there: '就在该处',
  lateral: '向外',
  medial: '向内',
  // Ways of needling, as protocols name them.
  threading: '透刺',
  rotation: '捻转',
  'drawing-qi': '抽气',
  'thrusting-qi': '进气',
  'row-needling': '排刺等（朱氏）',
  'scalp-electro': '头皮电针',
  'scalp-withdrawal': '头皮出针',
  'body-manual': '体针手法',
  'body-electro': '体针电针',
  // How sure it is what a study found.
  sham: '假针刺',
  minimal: '微量针刺',
  'between-arms': '组间',
  'within-arm': '组内',
  'no sham; against another scalp acupuncture': '无假针刺；与另一种头针相比',
  'no sham; against body acupuncture': '无假针刺；与体针相比',
  'no sham; against body acupuncture alone': '无假针刺；与单用体针相比',
  'no sham; against drug': '无假针刺；与药物相比',
  'no sham; against usual treatment alone': '无假针刺；与单用常规治疗相比',
  'pooled by a review': '由综述合并',
  'all low quality': '质量均低',
  'quality of the trials: low': '试验质量：低',
  'quality of the trials: very-low': '试验质量：极低',
  'quality of the trials: not seen': '试验质量：未见',
  'weight: animal': '分量：动物',
  'weight: mixed': '分量：不一',
  'weight: none': '分量：无',
  'weight: not-seen': '分量：未见',
  'weight: very-weak': '分量：很弱',
  'a trial with a sham control and blinded assessors': '一项有假针刺对照、评定者设盲的试验',
  'more participants: the number at which the interval alone decides has not been reached': '更多受试者：尚未达到仅凭区间即可判断的人数',
  'registered trials whose results are all published, so that missing ones can be counted': '结果全部发表的已注册试验，以便统计缺失者',
  'results on a validated scale in place of the "effective rate"': '以经验证的量表代替“有效率”的结果',
  'trials with concealed random allocation and a registered primary outcome': '随机分组隐藏、主要结局已注册的试验',
  'the mesh is an artist\'s average human, not a scan: no bone, tendon or crease': '网格是美术制作的平均人体，不是扫描：没有骨、肌腱和横纹',
  'weight was not given: average muscle and fat of the mesh': '未给出体重：取网格的平均肌肉和脂肪',
  'angle-deg': '角度',
  'depth-mm': '深度（mm）',
  'depth-cun': '深度（寸）',
  direction: '方向',
  electro: '电刺激',
  'risk of bias not assessed in full': '偏倚风险未完整评定',
  'risk of bias not judged': '偏倚风险未判断',
  'weight: weak': '分量：弱',
  'weight: moderate': '分量：中',
  'weight: strong': '分量：强',
  'very low': '极低',
  care: '慎刺',
  'built-in head (Colin27)': '内置头部（Colin27）',
  // What a body was made with.
  'the mesh is a man\'s: the sex is not given, or is neither that the mesh knows': '网格为男性：未给出性别，或不是网格所知的两种之一',
  'the mesh\'s average height: not measured': '网格的平均身高：未测量',
  'the mesh\'s average weight: not measured': '网格的平均体重：未测量',
};

/** Classes of points, and what a class is of. */
const CLASSES: Readonly<Record<string, string>> = {
  'luo-connecting': '络穴',
  'yuan-source': '原穴',
  'ying-spring': '荥穴',
  'xi-cleft': '郄穴',
  'shu-stream': '输穴',
  'jing-well': '井穴',
  'jing-river': '经穴',
  'he-sea': '合穴',
  'back-shu': '背俞穴',
  'front-mu': '募穴',
  confluent: '八脉交会穴',
  'great-luo': '大络',
  lung: '肺',
  pericardium: '心包',
  heart: '心',
  liver: '肝',
  spleen: '脾',
  kidney: '肾',
  'governor-vessel': '督脉',
  governor: '督脉',
  conception: '任脉',
  'lower-he-sea': '下合穴',
  meeting: '八会穴',
  meets: '交会',
  origin: '起点',
  opens: '通',
  zang: '脏会',
  fu: '腑会',
  qi: '气会',
  blood: '血会',
  sinews: '筋会',
  vessels: '脉会',
  bones: '骨会',
  marrow: '髓会',
  penetrating: '冲脉',
  'penetrating-vessel': '冲脉',
  belt: '带脉',
  yinwei: '阴维脉',
  yangwei: '阳维脉',
  yinqiao: '阴跷脉',
  yangqiao: '阳跷脉',
  'triple-energizer': '三焦',
  stomach: '胃',
  'small-intestine': '小肠',
  'large-intestine': '大肠',
  gallbladder: '胆',
  bladder: '膀胱',
  LU: '肺经',
  LI: '大肠经',
  ST: '胃经',
  SP: '脾经',
  HT: '心经',
  SI: '小肠经',
  BL: '膀胱经',
  KI: '肾经',
  PC: '心包经',
  TE: '三焦经',
  GB: '胆经',
  LR: '肝经',
  GV: '督脉',
  CV: '任脉',
};

const classOf = (text: string): string | undefined => (Object.hasOwn(CLASSES, text) ? CLASSES[text] : undefined);

/** A class of points as the atlas writes it: `he-sea`, `meets:TE,GB`. */
function pointClass(text: string): string | undefined {
  const [kind, of] = text.split(':') as [string, string?];
  const named = classOf(kind);
  if (named === undefined || (of === undefined && kind.length < 3)) return undefined;
  if (of === undefined) return named;
  const parts = of.split(',').map(classOf);
  return parts.some((x) => x === undefined) ? undefined : kind === 'meeting' ? `${named}（${parts.join('、')}）` : `${named}：${parts.join('、')}`;
}

const word = (text: string): string => (Object.hasOwn(WORDS, text) ? WORDS[text]! : site(text));

/** A site as plans write it: `MS6 left (upper 1/5)`. */
function site(text: string): string {
  return text.replace(/\bleft\b/g, '左').replace(/\bright\b/g, '右').replace(/\bupper\b/g, '上').replace(/\bmiddle\b/g, '中').replace(/\blower\b/g, '下');
}

const LACKS: Readonly<Record<string, string>> = { depth: '深度', retention: '留针时间', 'diameter and length': '直径和长度' };

type Say = (...parts: string[]) => string;

/** Sentences with a hole for a text of the atlas, which `other` translates. */
const sentences = (other: (text: string) => string): readonly (readonly [RegExp, Say])[] => [
  [/^(.+) is planned, but the protocol needles (.+) \((.+)\)\.$/, (what, rule, sides) => `${site(what!)} 是计划的，而方案针刺${word(rule!)}（${sides!.split(' and ').map(word).join('、')}）。`],
  [/^(.+) is planned (opposite to the deficit|on the side of the deficit|on the side of the lesion|both sides|midline), but (.+)\.$/, (what, rule, why) => `${site(what!)} 计划针刺${word(rule!)}，但${word(why!)}。`],
  [
    /^The lesion is given as (\w+) and the deficit as (\w+); here the deficit is expected (opposite to|on the side of) the lesion\.$/,
    (lesion, deficit, where) => `所填病变在${word(lesion!)}，功能障碍在${word(deficit!)}；此病的功能障碍应在${word(where!)}。`,
  ],
  [/^(.+) has electricity, but no other needle that it is paired with\.$/, (what) => `${site(what!)} 通电，但没有与之配对的另一针。`],
  [/^The current between (.+) and (.+) runs through the chest, where the heart is: pair needles of one limb\.$/, (a, b) => `${site(a!)} 与 ${site(b!)} 之间的电流经过胸部，心脏在其中：请在同一肢体内配对。`],
  [/^there is no condition "(.*)"$/, (id) => `没有病症“${id}”`],
  [/^needle (\d+) of (\d+) needs a name of its own$/, (n, of) => `${of} 针中的第 ${n} 针须有自己的名称`],
  [/^(.+): the depth in cun is not a length$/, (id) => `${id}：以寸计的深度不是长度`],
  [/^(.+): there is no site "(.*)"$/, (id, code) => `${id}：没有部位“${code}”`],
  [/^(.+): the position is not that of its place$/, (id) => `${id}：坐标与其位置不符`],
  [/^(.+): (.+) cannot be needled on the side (\w+)$/, (id, code, side) => `${id}：${code} 不能针刺${word(side!.toLowerCase())}`],
  // What a session lacks; a plan says it by the names of its needles.
  [/^2a: no needle is recorded$/, () => '2a：没有记录任何针'],
  [/^(2\w): (depth|retention|diameter and length) of needle (\d+)$/, (id, what, n) => `${id}：第 ${n} 针的${LACKS[what!]}`],
  [/^2d: response to needle (\d+)$/, (n) => `2d：对第 ${n} 针的反应`],
  [/^2e: stimulation \(or that there was none\)$/, () => '2e：刺激（或说明没有刺激）'],
  [/^(\d\w?): ([\w. ,]+?) of ([\w, -]+)$/, (id, what, needles) => `${id}：${needles} 的${word(what!)}`],
  [/^(\d\w?): ([\w. ,]+)$/, (id, what) => `${id}：${word(what!)}`],
  [/^(\d+) years: the date of birth is not given$/, (n) => `${n} 岁：未给出生日期`],
  [/^(\d+) years for ([\d.]+): the mesh knows (\d+) to (\d+)$/, (near, age, a, b) => `以 ${near} 岁代替 ${age} 岁：网格只知 ${a} 至 ${b} 岁`],
  [/^([A-Z][A-Z0-9]*(?:-\w+)*) (left|right)(?: \((.+)\))?$/, (code, side, part) => `${code} ${side === 'left' ? '左' : '右'}${part ? ` (${other(part) === part ? site(part) : other(part)})` : ''}`],
  [/^([−+-]\d): (.+)$/, (step, why) => `${step}：${other(why!)}`],
  [/^([\w-]+) of (n\d+)$/, (what, needle) => `${needle} 的${word(what!)}`],
  [
    /^(\d+) mm (forward|back|up|down|to the left|to the right)(?:, (\d+) mm (forward|back|up|down|to the left|to the right))?$/,
    (a, way, b, other) => `${word(way!)} ${a} mm${b ? `、${word(other!)} ${b} mm` : ''}`,
  ],
  [/^height was not given: (\d+) cm is the mesh's average$/, (cm) => `未给出身高：${cm} cm 是网格的平均值`],
  [/^((?:forward|back|up|down|lateral|medial|left|right)(?: and (?:forward|back|up|down|lateral|medial|left|right)){2})$/, (all) => all!.split(' and ').map(word).join('、')],
  [/^(forward|back|up|down|lateral|medial|left|right) and (forward|back|up|down|lateral|medial|left|right)$/, (a, b) => `${word(a!)}、${word(b!)}`],
];

/** What gives the Chinese of a sentence of the program, if it is one of these; `texts` has that of the atlas. */
export function speaker(texts: ReadonlyMap<string, string>): (text: string) => string | undefined {
  const all = [...sentences((text) => texts.get(text) ?? text), ...evidence, ...difference((text) => texts.get(text))];
  return (text) => spoken(all, text) ?? study(text) ?? composed((part) => texts.get(part) ?? spoken(all, part), text);
}

function spoken(all: ReturnType<typeof sentences>, text: string): string | undefined {
  if (Object.hasOwn(WORDS, text)) return WORDS[text];
  for (const [pattern, say] of all) {
    const found = pattern.exec(text);
    if (found) return say(...found.slice(1));
  }
  return pointClass(text);
}
