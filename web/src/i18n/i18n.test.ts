import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { en } from './en';
import { zh } from './zh';

const src = new URL('../', import.meta.url);

function files(folder: URL): URL[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? files(new URL(`${e.name}/`, folder)) : [new URL(e.name, folder)],
  );
}

const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();

describe('the two languages', () => {
  it('say the same things', () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
    for (const [key, text] of Object.entries(en)) {
      const other = zh[key as keyof typeof en];
      expect(other.trim(), key).not.toBe('');
      expect(holes(other), key).toEqual(holes(text));
    }
  });

  it('are Chinese and English', () => {
    const same = ['language.other', 'claim.n', 'plan.sd'];
    for (const [key, text] of Object.entries(zh)) if (!same.includes(key)) expect(text, key).toMatch(/\p{Script=Han}/u);
    for (const [key, text] of Object.entries(en)) if (key !== 'language.other' && key !== 'search.placeholder') expect(text, key).not.toMatch(/\p{Script=Han}/u);
  });

  it('have every text that is asked for, and no text that nobody asks for', () => {
    const code = files(src)
      .filter((f) => /\.(svelte|ts)$/.test(f.pathname) && !f.pathname.includes('/i18n/') && !f.pathname.endsWith('.test.ts'))
      .map((f) => readFileSync(f, 'utf8'))
      .join('\n');
    const unused = Object.keys(en).filter((key) => {
      if (code.includes(`'${key}'`)) return false;
      // Keys that end in a value of the data are asked for as `prefix.${value}`.
      const prefix = key.slice(0, key.lastIndexOf('.') + 1);
      return !code.includes(`\`${prefix}\${`) && !/^difference\.\w+\.(scalp|regular)$/.test(key);
    });
    expect(unused).toEqual([]);
  });

  it('hold all text: no page has words of its own', () => {
    const own: string[] = [];
    for (const f of files(src).filter((f) => f.pathname.endsWith('.svelte'))) {
      const markup = readFileSync(f, 'utf8')
        .replace(/<script[\s\S]*?<\/script>/g, '')
        .replace(/<style[\s\S]*?<\/style>/g, '')
        .replace(/<!--[\s\S]*?-->/g, '')
        // Commands are the same in every language.
        .replace(/<pre[^>]*>[^{<]*<\/pre>/g, '');
      // Text between tags, without expressions.
      let depth = 0;
      let text = '';
      let tag = false;
      for (const c of markup) {
        if (c === '{') depth += 1;
        else if (c === '}') depth -= 1;
        else if (depth === 0 && c === '<') tag = true;
        else if (depth === 0 && tag && c === '>') {
          tag = false;
          text += ' ';
        } else if (depth === 0 && !tag) text += c;
      }
      const words = text.match(/\p{L}{3,}/gu) ?? [];
      own.push(...words.filter((w) => w !== 'Baihui').map((w) => `${f.pathname.split('/').pop()}: ${w}`));
    }
    expect(own).toEqual([]);
  });
});
