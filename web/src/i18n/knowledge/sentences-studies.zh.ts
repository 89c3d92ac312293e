/**
 * Sentences that the server makes of the cells of the evidence tables. They are taken apart where all parts have Chinese;
 * otherwise the whole sentence stays as it is, so that nobody reads half of a finding in one language.
 */

import { judged, outcomes, treatments } from './reviews.zh';
import { comparisons, found, mechanisms, methods, studied } from './studies.zh';

const of = (words: Readonly<Record<string, string>>, text: string): string | undefined => (Object.hasOwn(words, text) ? words[text] : undefined);

/** All ways of cutting a text at a separator. */
function* cuts(text: string, at: string): Generator<[string, string]> {
  for (let k = text.indexOf(at); k >= 0; k = text.indexOf(at, k + 1)) yield [text.slice(0, k), text.slice(k + at.length)];
}

/** `finding` or `finding (note)`; either may have brackets of its own. */
function withNote(text: string): string | undefined {
  const whole = of(found, text);
  if (whole !== undefined || !text.endsWith(')')) return whole;
  for (const [first, rest] of cuts(text, ' (')) {
    const [finding, note] = [of(found, first), of(found, rest.slice(0, -1))];
    if (finding !== undefined && note !== undefined) return `${finding}（${note}）`;
  }
  return undefined;
}

/** `comparison (condition): finding (note)`. */
function trial(text: string): string | undefined {
  for (const [head, finding] of cuts(text, '): '))
    for (const [first, name] of cuts(head, ' (')) {
      const [comparison, condition] = [of(comparisons, first), of(studied, name)];
      if (comparison === undefined || condition === undefined) continue;
      const said = withNote(finding);
      if (said !== undefined) return `${comparison}（${condition}）：${said}`;
    }
  return undefined;
}

/** `review on condition, n studies: verdict`. */
function review(text: string): string | undefined {
  const parts = /^review on (.+?)(?:, (\d+) studies)?: (.+)$/.exec(text);
  const condition = parts && of(studied, parts[1]!);
  const verdict = parts && (parts[3] === 'no verdict seen' ? '未见结论' : of(judged, parts[3]!));
  return condition && verdict ? `${condition}的综述${parts[2] ? `，${parts[2]} 项研究` : ''}：${verdict}` : undefined;
}

/** `method: finding`, of animals where it says so. */
function mechanism(text: string): string | undefined {
  const animals = text.startsWith('animals, ');
  for (const [first, rest] of cuts(animals ? text.slice(9) : text, ': ')) {
    const [method, finding] = [of(methods, first), of(mechanisms, rest)];
    if (method !== undefined && finding !== undefined) return `${animals ? '动物，' : ''}${method}：${finding}`;
  }
  return undefined;
}

/** `treatment against treatment`. */
function against(text: string): string | undefined {
  for (const [first, second] of cuts(text, ' against ')) {
    const [a, b] = [of(treatments, first), of(treatments, second)];
    if (a !== undefined && b !== undefined) return `${a}与${b}相比`;
  }
  return undefined;
}

/** `treatment against treatment, outcome (condition): measure estimate [interval], p, n trials`. */
function estimate(text: string): string | undefined {
  const parts = /^(.+\))(?:: ([A-Z]+) (\S+?)(?: \[(\S+), (\S+)\])?)?(?:, p ([<>=]?[\d.]+))?(?:, (\d+) trials)?$/.exec(text);
  if (!parts) return undefined;
  const [, head, measure, value, low, high, p, trials] = parts;
  const numbers = [
    measure ? `${measure} ${value}${low ? ` [${low}, ${high}]` : ''}` : '',
    p ? `p ${p}` : '',
    trials ? `${trials} 项试验` : '',
  ].filter((x) => x);
  for (const [first, name] of cuts(head!.slice(0, -1), ' (')) {
    const condition = of(studied, name);
    if (condition === undefined) continue;
    for (const [arms, what] of cuts(first, ', ')) {
      const [compared, outcome] = [against(arms), of(outcomes, what)];
      if (compared !== undefined && outcome !== undefined) return `${compared}，${outcome}（${condition}）${numbers.length > 0 ? '：' : ''}${numbers.join('，')}`;
    }
  }
  return undefined;
}

/** `treatment against treatment: measure estimate [interval]; note`. */
function harm(text: string): string | undefined {
  const parts = /^(.+?): ([A-Z]+ \S+ \[\S+, \S+\]); (.*)$/.exec(text);
  const compared = parts && against(parts[1]!);
  const note = parts && (parts[3] === '' ? '' : of(judged, parts[3]!));
  return compared && note !== undefined && note !== null ? `${compared}：${parts![2]}${note ? `；${note}` : ''}` : undefined;
}

/** `risk of bias high: reason reason`. */
function bias(text: string): string | undefined {
  const parts = /^risk of bias (low|some concerns|high): (.+)$/.exec(text);
  if (!parts) return undefined;
  const level = { low: '低', 'some concerns': '有一定顾虑', high: '高' }[parts[1]!];
  const reasons = parts[2]!.match(/.+?\.(?= [A-Z]|$)/g)?.map((x) => of(judged, x.trim()));
  return reasons && reasons.every((x) => x !== undefined) ? `偏倚风险${level}：${reasons.join('')}` : undefined;
}

/** The Chinese of what a study is said to have found, or of how good it is. */
export const study = (text: string): string | undefined =>
  of(judged, text) ?? of(studied, text) ?? bias(text) ?? review(text) ?? trial(text) ?? estimate(text) ?? harm(text) ?? mechanism(text);
