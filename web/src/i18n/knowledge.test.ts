import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GROUPS, inChinese, refusalInChinese } from './knowledge';
import { regionName } from './regions.zh';

const atlas = new URL('../../../atlas/', import.meta.url);

function tomls(folder: URL): string {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((e) => (e.isDirectory() ? [tomls(new URL(`${e.name}/`, folder))] : e.name.endsWith('.toml') ? [readFileSync(new URL(e.name, folder), 'utf8')] : []))
    .join('\n');
}

/** How a tape is laid is said by the program; a backslash at the end of a line joins it with the next. */
const program = readFileSync(new URL('../../../crates/head/src/tape/input.rs', import.meta.url), 'utf8').replace(/\\\n\s*/g, '');

/** The cells of a table of the evidence, with quotes as RFC 4180 writes them. */
const cells = (csv: string) => [...csv.matchAll(/(?:^|,|\n)(?:"((?:[^"]|"")*)"|([^",\n]*))/g)].map((m) => (m[1]?.replaceAll('""', '"') ?? m[2]!).trim());
const evidence = new URL('../../../evidence/', import.meta.url);
const tables = readdirSync(evidence).filter((f) => f.endsWith('.csv'));

/** Every text that the atlas and the tape have between quotes, and every cell of the evidence. */
const TEXTS = new Set([
  ...[...`${tomls(atlas)}\n${program}`.matchAll(/"((?:[^"\\\n]|\\.)*)"/g)].map((m) => m[1]!.replaceAll('\\"', '"')),
  ...tables.flatMap((f) => cells(readFileSync(new URL(f, evidence), 'utf8'))),
]);

/** The strings of the program, each hole of a format as `{}`. */
function programStrings(folder: URL): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((e) => {
    if (e.isDirectory()) return programStrings(new URL(`${e.name}/`, folder));
    if (!e.name.endsWith('.rs')) return [];
    const rust = readFileSync(new URL(e.name, folder), 'utf8').replace(/\\\n\s*/g, '');
    return [...rust.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((m) => m[1]!.replaceAll('\\"', '"').replace(/\{[^{}]*\}/g, '{}'));
  });
}

const numbers = (text: string) => (text.match(/\d+(\.\d+)?/g) ?? []).sort();
const pairs = Object.entries(GROUPS).flatMap(([group, texts]) => Object.entries(texts).map(([en, zh]) => ({ group, en, zh })));

/** What a translation must say whenever the English says it: a wrong side is the worst mistake that it could make. */
const BOTH_WAYS: readonly (readonly [string, RegExp, RegExp])[] = [
  ['left', /\bleft\b(?! (out|alone|open))/i, /左/],
  ['right', /\bright\b(?! angle)/i, /右/],
  ['the other side', /\b(opposite|contralateral|other (side|leg|limb))\b/i, /对侧|另一侧|另一肢体/],
  ['the same side', /\bsame side\b|(?<!deficit, the )\bside of the lesion\b/i, /同侧/],
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
    const old = pairs.filter((p) => p.group !== 'refused' && !TEXTS.has(p.en)).map((p) => `${p.group}: ${p.en}`);
    expect(old, 'translated, and no longer in the atlas').toEqual([]);
  });

  it('of what is refused is of what the program says now', () => {
    const said = new Set(['atlas', 'baihui', 'clinic', 'evidence', 'head'].flatMap((c) => programStrings(new URL(`../../../crates/${c}/src/`, import.meta.url))));
    const old = Object.keys(GROUPS.refused).filter((en) => !said.has(en));
    expect(old, 'translated, and no longer in the program').toEqual([]);
  });

  it('of what is refused has each hole of the English', () => {
    for (const [en, zh] of Object.entries(GROUPS.refused)) {
      const holes = en.split('{}').slice(1).map((_, k) => `{${String.fromCharCode(97 + k)}}`);
      expect([...new Set(zh.match(/\{[a-z]\}/g) ?? [])].sort(), en).toEqual(holes);
    }
  });

  it('says what was refused with what was found and what was expected', () => {
    for (const [en, zh] of [
      ['name or password is wrong', '姓名或密码错误'],
      ['more requests came than the server takes at once; wait a second', '请求超过服务器一次所能接受的数量；请稍候一秒'],
      ['a password has at least 8 characters', '密码至少须有 8 个字符'],
      [
        'patient 018f2f3e-0000 has changed meanwhile: it is at version 4, the change was made to version 3 — read it again and repeat the change on what is there now',
        '患者 018f2f3e-0000 在此期间已更改：现为第 4 版，而更改是针对第 3 版作出的 — 请重新读取，并在现有内容上再作此更改',
      ],
      ['the circumference is given as 5.7 cm; a head measures between 430 and 700 mm there; 57 cm would fit. Was that meant?', '头围填为 5.7 cm；头部此处在 430 与 700 mm 之间；57 cm 则合适。是否指此？'],
      ['the ear–ear arc (600 mm) cannot be longer than the circumference (570 mm). Check both', '两耳间弧长（600 mm）不可能长于头围（570 mm）。请核对两者'],
      ['The head breadth of 190 mm does not go with the other readings, which lead to expect 152 mm (sd 6). Measure it again.', '头宽 190 mm 与其他读数不相称，按其他读数应为 152 mm（标准差 6）。请重新测量。'],
      [
        'The anterior hairline was not measured; it is placed 50 mm above the glabella: 5 cm above the glabella (Jiao). By the rule population it would lie at 61 mm. By the rule jiao-6cm it would lie at 60 mm.',
        '未测量前发际；定在眉间上方 50 mm：眉间上方 5 cm（焦氏）。按“人群平均”规则则在 61 mm。按“焦氏 6 cm”规则则在 60 mm。',
      ],
      ['head.zip: the archive has 3 images; expected one — unpack it, and give the T1-weighted one', 'head.zip：压缩包中有 3 幅图像；应为一幅 — 请解包，提交 T1 加权的那一幅'],
      ['this cannot be done while the session is signed (it can be amended)', '治疗已签名（可作更正）时不能这样做'],
      ['needle 1 is planned left but recorded right; if that is meant, say why ("deviation")', '针 1 计划在左，却记录在右；若确实如此，请说明原因（“deviation”）'],
      ['role assistant, student may not do this (it needs the permission "sign")', '角色“助理、学生”无权做此事（需要权限“签名”）'],
      ['3 needles were taken out but none was counted', '已出针 3 根，而清点结果为未清点'],
      ['nasion (midline) lies on the other side of the head; left and right are the patient\'s', '鼻根点（正中）位于头部另一侧；左右均指患者的左右'],
      ['a rule of safety says stop today: 1', '一条安全规则今天要求停止：1'],
      ['noise: the air around the head has a mean of 2.0 against a threshold of 3.0: ghosts or noise', '噪声：头部周围空气的平均值为 2.0，阈值为 3.0：有伪影或噪声'],
      ['left precentral gyrus, hand: middle of what it shows at the surface', '左侧中央前回、手：其在脑表面所见部分的中点'],
      ['Failed to fetch', '无法连接服务器'],
      ['there is no instrument "FMB"; did you mean FMA?', '没有量表“FMB”；是否指 FMA？'],
      ['no question is called "warfarine"; did you mean "warfarin"?', '没有名为“warfarine”的问题；是否指“warfarin”？'],
      // What is unknown stays, and with it what is known.
      ['nobody knows this — make the next version of it', 'nobody knows this — 请作其下一版'],
    ] as const)
      expect(refusalInChinese(en)).toBe(zh);
    const rule = Object.keys(GROUPS.safety)[0]!;
    expect(refusalInChinese(`a rule of safety says stop today: ${rule}`)).toBe(`一条安全规则今天要求停止：${GROUPS.safety[rule]}`);
    for (const none of ['', 'nobody knows this', 'nobody knows this — nor this']) expect(refusalInChinese(none), none).toBeUndefined();
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

  it('has all that disputes a rule of safety', () => {
    const toml = readFileSync(new URL('safety.toml', atlas), 'utf8');
    const now = [...toml.matchAll(/\{ text = "((?:[^"\\]|\\.)*)"/g)].map((m) => m[1]!.replaceAll('\\"', '"'));
    expect(now.length).toBeGreaterThan(5);
    expect(now.filter((text) => inChinese(text) === undefined)).toEqual([]);
  });

  it('has the names that the atlas gives in both languages as the atlas gives them', () => {
    const toml = tomls(atlas);
    const given = new Map([...toml.matchAll(/en = "((?:[^"\\]|\\.)*)",(?: pinyin = "[^"]*",)? hanzi = "([^"]+)"/g)].map((m) => [m[1]!, m[2]!]));
    for (const [en, zh] of Object.entries(GROUPS.names)) expect(zh, en).toBe(given.get(en));
  });

  it('names every region of the brain, with its side', () => {
    const tables = ['regions', 'parcellations'].map((f) => readFileSync(new URL(`../../../crates/head/src/cortex/${f}.rs`, import.meta.url), 'utf8'));
    const regions = tables.flatMap((rs) => [...rs.matchAll(/\(\s*"[\w.-]+",\s*"([^"]+)",\s*&\[/g)].map((m) => m[1]!));
    expect(new Set(regions).size).toBeGreaterThanOrEqual(100);
    for (const name of regions) {
      expect(regionName(name, 'zh'), name).toMatch(/\p{Script=Han}/u);
      expect(regionName(`left ${name}`, 'zh'), name).toBe(`左侧${regionName(name, 'zh')}`);
      expect(regionName(name, 'en')).toBe(name);
    }
  });

  it('takes the sentences about studies apart and puts them together again', () => {
    for (const [en, zh] of [
      [
        'YNSA vs traditional (body) acupuncture (migraine): no difference on any outcome (p>0.05) (40 and 40, all completed; outcome means not seen)',
        'YNSA 与传统针刺（体针）相比（偏头痛）：所有结局均无差别（p>0.05）（40 人和 40 人，全部完成；结局均数未见）',
      ],
      ['review on chronic prostatitis, chronic pelvic pain, 9 studies: most with major flaws; one trial above 3 of the Jadad score; encouraging, not conclusive', '慢性前列腺炎、慢性盆腔疼痛的综述，9 项研究：多数有重大缺陷；一项试验 Jadad 评分高于 3；有希望，但非定论'],
      ['review on autism, 27 studies: no verdict seen', '孤独症的综述，27 项研究：未见结论'],
      ['SA against body acupuncture, effective rate (ischaemic stroke): RR 1.10 [0.93, 1.28], 5 trials', '头针与体针相比，有效率（缺血性卒中）：RR 1.10 [0.93, 1.28]，5 项试验'],
      ['electroacupuncture against control, IL-10 (experimental stroke (rodent)): SMD 1.56 [0.42, 2.70], p 0.008, 6 trials', '电针与对照相比，IL-10（实验性卒中（啮齿动物））：SMD 1.56 [0.42, 2.70]，p 0.008，6 项试验'],
      ['SA against other acupuncture, PSQI (insomnia), p 0.05', '头针与其他针刺相比，PSQI（失眠）：p 0.05'],
      ['The interval [1.77, 5.28] around 3.05 implies p between 0.0000584 and 0.0000689, but p < 0.00001 is printed.', '围绕 3.05 的区间 [1.77, 5.28] 意味着 p 介于 0.0000584 与 0.0000689 之间，而所印为 p < 0.00001。'],
      [
        'The interval [2.10, 23.11] around 6.97 implies p = 0.002, but p = 0.33 is printed. The interval excludes 1 (no effect), but the p-value says that it does not.',
        '围绕 6.97 的区间 [2.10, 23.11] 意味着 p = 0.002，而所印为 p = 0.33。区间不含 1（无效应），而 p 值与此相反。',
      ],
      [
        'DuMeridian: 44 of 50 against 49 of 53 gives p = 0.518 by Fisher\'s exact test, 0.446 by the chi-squared test, but p < 0.01 is printed.',
        'DuMeridian：50 人中 44 人，对照 53 人中 49 人，得 p = 0.518（Fisher 确切概率法）、0.446（卡方检验），而所印为 p < 0.01。',
      ],
      ['33 % to 37 % by projection; the best place on the scalp reaches 87 %: neither most nor little of that by every projection; the left postcentral gyrus is met with 12 %', '按投影方式为 33 % 至 37 %；头皮上最好的位置可达 87 %：未能按每种投影都达到其大部分，也未能按每种投影都只有其小部分；左侧中央后回为 12 %'],
      ['20 %; the best place on the scalp reaches only 30 %', '20 %；头皮上最好的位置只能达 30 %'],
      ['15–30 deg (ITM, ZENG2018) against 60–90 deg (ITM)', '15–30 度（ITM, ZENG2018）与 60–90 度（ITM）'],
      ['at most 0.5 cun (depth in the patient\'s own cun)', '最多 0.5 寸（以患者本人的寸计的深度）'],
      ['0.5 to 1.5 cun at 2 points (LR8 1 to 1.5, ST35 0.5 to 1): 9 to 28 mm by this body\'s finger-cun of 18.7 mm', '2 穴 0.5 至 1.5 寸（LR8 1 至 1.5、ST35 0.5 至 1）：按该人体同身寸 18.7 mm 计为 9 至 28 mm'],
      ['1 site: JIAO-motor (lower 2/5 (Speech I))', '1 处：JIAO-motor（下 2/5（言语一区））'],
      ['JIAO-motor left (lower 2/5 (Speech I))', 'JIAO-motor 左 (下 2/5（言语一区）)'],
      ['5 of 11 on leg and foot: GB34, LR3', '11 处中 5 处在下肢：GB34、LR3'],
      ['Brain and nerves: 411 of 2372 phrases, 17 %', '脑与神经：2372 条用语中 411 条，17 %'],
      ['LU Lung', 'LU 手太阴肺经'],
      ['Stroke: hemiplegia: Acute infarct: MS6 and MS7 on both sides', '中风偏瘫：急性梗死：双侧 MS6 和 MS7'],
      ['male, 25 years, 173 cm, 62 kg', '男，25 岁，173 cm，62 kg'],
    ] as const)
      expect(inChinese(en)).toBe(zh);
    // A study of which one part has no Chinese stays whole in English.
    expect(inChinese('review on a condition of nobody, 9 studies: not seen')).toBeUndefined();
    expect(inChinese('SA vs BA (stroke): a finding of nobody')).toBeUndefined();
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
      ['2c: depth of needle 3', '2c：第 3 针的深度'],
      ['2d: response to needle 12', '2d：对第 12 针的反应'],
      ['2e: stimulation (or that there was none)', '2e：刺激（或说明没有刺激）'],
      ['n1: LI4 cannot be needled on the side Midline', 'n1：LI4 不能针刺正中线'],
      ['75 years for 96.4: the mesh knows 20 to 75', '以 75 岁代替 96.4 岁：网格只知 20 至 75 岁'],
      ['forward and up', '向前、向上'],
      ['12 mm back, 5 mm to the left', '向后 12 mm、向左 5 mm'],
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
