/** Sentences of the program about evidence: warnings, contradictions among printed numbers, pooled results, claims about the cortex. */

import { regionName } from '../regions.zh';

type Say = (...parts: string[]) => string;

const MEASURES: Readonly<Record<string, string>> = {
  'risk ratio': '风险比',
  'odds ratio': '比值比',
  'risk difference': '风险差',
  'mean difference': '均数差',
  'standardised mean difference': '标准化均数差',
};
const MEASURE = Object.keys(MEASURES).join('|');

const METHODS: Readonly<Record<string, string>> = {
  'restricted maximum likelihood': '限制性最大似然法',
  'Knapp-Hartung, ad hoc guard': 'Knapp-Hartung 法，不窄于 Wald 区间',
  't, k-2 df (Higgins-Thompson-Spiegelhalter)': 't，自由度 k-2（Higgins-Thompson-Spiegelhalter）',
  'Fisher\'s exact test': 'Fisher 确切概率法',
  'the chi-squared test': '卡方检验',
  'the chi-squared test with Yates\' correction': 'Yates 校正卡方检验',
};
const method = (name: string): string => (Object.hasOwn(METHODS, name) ? METHODS[name]! : name);

/** `p = 0.05` or `p between 0.01 and 0.02`. */
const p = (text: string): string => text.replace(/^p between (\S+) and (\S+)$/, 'p 介于 $1 与 $2 之间');

const percents = (text: string): string => text.replace(/^(\d+ %) to (\d+ %) by projection$/, '按投影方式为 $1 至 $2');

const CONSEQUENCE: Readonly<Record<string, string>> = { excludes: '不含', includes: '包含' };

export const evidence: readonly (readonly [RegExp, Say])[] = [
  // What a reader should know before believing a number.
  [/^There is a single trial; nothing can be said of how results differ between trials\.$/, () => '只有一项试验；各试验结果如何不同，无从说起。'],
  [/^No trial has a sham control: expectation and attention cannot be told from the needle\.$/, () => '没有一项试验有假针刺对照：期望和关注的作用与针刺的作用无法区分。'],
  [/^Only (\d+) of (\d+) trials have a sham control\.$/, (n, k) => `${k} 项试验中只有 ${n} 项有假针刺对照。`],
  [/^Blinded assessment is known of (\d+) of (\d+) trials\.$/, (n, k) => `${k} 项试验中，已知评定者设盲的有 ${n} 项。`],
  [/^Random allocation is known of (\d+) of (\d+) trials\.$/, (n, k) => `${k} 项试验中，已知随机分组的有 ${n} 项。`],
  [/^Allocation was not random in (.+)\.$/, (names) => `分组非随机：${names}。`],
  [/^At high risk of bias: (.+)\.$/, (names) => `偏倚风险高：${names}。`],
  [
    /^The outcome is an "effective rate": a composite that each trial defines for itself, judged by people who know the treatment, and high in both groups\.$/,
    () => '结局为“有效率”：各试验自行定义的复合结局，由知道所用治疗的人判断，且两组都高。',
  ],
  [
    /^Events are common here, so the odds ratio \((\S+)\) is far from the risk ratio \((\S+)\); an odds ratio is not "times as likely"\.$/,
    (or, rr) => `此处事件常见，因此比值比（${or}）与风险比（${rr}）相差很远；比值比不是“可能性的倍数”。`,
  ],
  [/^(\S+) events among (\S+) people in all; fewer than (\d+) events are called imprecise whatever the interval\.$/, (a, b, c) => `共 ${b} 人，事件 ${a} 例；事件少于 ${c} 例，无论区间如何都称为不精确。`],
  [/^(\S+) people in all; fewer than (\d+) are called imprecise whatever the interval\.$/, (a, b) => `共 ${a} 人；少于 ${b} 人，无论区间如何都称为不精确。`],
  [
    /^With (\d+) trials, tests for unpublished trials cannot be read \(at least (\d+) are needed\): their absence is not known, not shown\.$/,
    (k, n) => `只有 ${k} 项试验，检验有无未发表试验的结果不能解读（至少需要 ${n} 项）：是否没有未发表的试验，并不知道，也未证实。`,
  ],
  [
    /^The average effect differs from none, but the prediction interval does not: the next trial may well find nothing or the opposite\.$/,
    () => '平均效应不同于零，但预测区间并非如此：下一项试验很可能得不到效应，或得到相反的结果。',
  ],
  // Contradictions among printed numbers; a question puts the trial before them.
  [
    /^(.+) against (.+) gives p = (.+), but (.+) is printed\.$/,
    (a, b, values, printed) => {
      const counts = (text: string) => text.replace(/(\d+) of (\d+)$/, '$2 人中 $1 人').replace(/^([\w-]+): /, '$1：');
      const tests = values!.split(/, (?=[\d.e-]+ by )/).map((x) => x.replace(/^(\S+) by (.+)$/, (_, v: string, name: string) => `${v}（${method(name)}）`));
      return `${counts(a!)}，对照 ${counts(b!)}，得 p = ${tests.join('、')}，而所印为 ${printed}。`;
    },
  ],
  [
    /^The interval \[(\S+), (\S+)\] around (\S+) implies (p .+?), but (p .+?) is printed\.(?: The interval (excludes|includes) (\d) \(no effect\), but the p-value says that it does not\.)?$/,
    (l, u, b, implied, printed, what, none) =>
      `围绕 ${b} 的区间 [${l}, ${u}] 意味着 ${p(implied!)}，而所印为 ${printed}。${what ? `区间${CONSEQUENCE[what]} ${none}（无效应），而 p 值与此相反。` : ''}`,
  ],
  [
    /^A ratio cannot be (\S+): estimate (\S+) \[(\S+), (\S+)\]; is this a logarithm or a difference\?$/,
    (bad, b, l, u) => `比值不能为 ${bad}：估计值 ${b} [${l}, ${u}]；这是对数还是差值？`,
  ],
  [/^The lower bound (\S+) is above the upper bound (\S+)\.$/, (l, u) => `下限 ${l} 高于上限 ${u}。`],
  [
    /^The estimate (\S+) is not in the middle of its interval \[(\S+), (\S+)\]( on the logarithmic scale)?: it is (\S+) standard errors off, more than rounding explains, so one of the three numbers is probably misprinted\.$/,
    (b, l, u, log, off) => `估计值 ${b} 不在其区间 [${l}, ${u}] 的正中${log ? '（对数尺度）' : ''}：偏离 ${off} 个标准误，非舍入所能解释，故三个数字之一可能是误印。`,
  ],
  [
    /^The estimate (\S+) lies outside its own interval \[(\S+), (\S+)\]; with the other sign, (\S+), it would lie inside, so a minus sign is probably lost\.$/,
    (b, l, u, other) => `估计值 ${b} 在其自身的区间 [${l}, ${u}] 之外；若正负号相反（${other}）则在其内，故可能漏印了负号。`,
  ],
  [/^The estimate (\S+) lies outside its own interval \[(\S+), (\S+)\]; one of the three numbers must be wrong\.$/, (b, l, u) => `估计值 ${b} 在其自身的区间 [${l}, ${u}] 之外；三个数字中必有一个错误。`],
  // Results that are computed.
  [
    new RegExp(
      `^(${MEASURE}) (\\S+) \\[(\\S+), (\\S+)\\] \\((\\d+) trials, (\\d+) people; ([^;]+), (Knapp-Hartung[^;]*); τ² (\\S+), I² (\\S+) %, p (\\S+)\\)(?:; prediction interval \\[(\\S+), (\\S+)\\] \\((.+)\\))?$`,
    ),
    (m, e, l, u, k, n, tau, interval, tau2, i2, pv, a, b, prediction) =>
      `${MEASURES[m!]} ${e} [${l}, ${u}]（${k} 项试验，${n} 人；${method(tau!)}，${method(interval!)}；τ² ${tau2}，I² ${i2} %，p ${pv}）${a ? `；预测区间 [${a}, ${b}]（${method(prediction!)}）` : ''}`,
  ],
  [new RegExp(`^(\\S+): (${MEASURE}) (\\S+) \\[(\\S+), (\\S+)\\]$`), (trial, m, e, l, u) => `${trial}：${MEASURES[m!]} ${e} [${l}, ${u}]`],
  // Claims about the cortex.
  [/^the claim names no region of the brain$/, () => '该说法未指明脑区'],
  [/^the head's own parcellation has no such region$/, () => '该头部自身的脑区划分中没有这一区'],
  [
    /^(\d+ %(?: to \d+ % by projection)?); the best place on the scalp reaches (only )?(\d+ %)(: neither most nor little of that by every projection)?(?:; the (.+) is met with (\d+ %))?$/,
    (range, only, best, between, other, met) =>
      `${percents(range!)}；头皮上最好的位置${only ? '只能' : '可'}达 ${best}${between ? '：未能按每种投影都达到其大部分，也未能按每种投影都只有其小部分' : ''}${other ? `；${regionName(other, 'zh')}为 ${met}` : ''}`,
  ],
  [/^AAL on Colin27$/, () => 'Colin27 上的 AAL 脑区划分'],
];
