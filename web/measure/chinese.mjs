// What a reader of Chinese still sees in English: every text that the server gives about the atlas, by the kind of place
// where it stands, and how many of them have Chinese. Texts that the server gives in both languages count as translated.
//
//   BAIHUI=target/debug/baihui node measure/chinese.mjs [--list KIND]
//
// With --list the texts of the kinds whose name contains KIND that have none are printed.

import { spawn } from 'node:child_process';
import { createServer } from 'vite';

const port = 8689;
const base = `http://127.0.0.1:${port}`;
const root = new URL('../', import.meta.url).pathname;
const wanted = process.argv[2] === '--list' ? (process.argv[3] ?? '') : undefined;
const server = spawn(process.env.BAIHUI ?? `${root}../target/debug/baihui`, ['serve', '--demo', '--port', String(port)], { stdio: 'ignore' });
const vite = await createServer({ root, server: { middlewareMode: true }, appType: 'custom', logLevel: 'error' });
let cookie = '';

async function get(path) {
  const r = await fetch(base + path, { headers: cookie ? { cookie } : {} });
  return r.ok ? r.json() : undefined;
}

/** Keys under which there are names, codes, addresses and numbers, which are the same in every language. */
const SAME =
  /(^|\.)(id|key|code|codes|names?|name|school|pinyin|hanzi|reference|references?|title_of|locator|link|cited|seen|sha256|colour|aliases|search|ref|instruments|snomed|unit|short|version|at|date|on|sources?|head|head_used|protocol|condition|method|methods|marks?|side|sides|en|zh|tape|words|steps|of_code|set|kind|direction_code|table|entry|rule|region|reading_of|children|counterparts|licence)(\.|$)/;

const found = new Map();
/** Sentences that are put together anew must have the numbers of the English; those that have not are printed. */
const numbers = (text) => (text.match(/\d+(\.\d+)?/g) ?? []).sort().join(' ');
const differ = new Set();
/** What a source is called and what was read in it is for who looks it up: shown in its own language. */
const SOURCES = /\b(\w*sources|references)\b/;
function note(kind, text, zh) {
  if (SOURCES.test(kind)) return;
  if (!/[a-z]{3,}.*[a-z]/i.test(text) || /\p{Script=Han}/u.test(text) || /^[\w:./-]+$/.test(text)) return;
  const of = found.get(kind) ?? found.set(kind, new Map()).get(kind);
  of.set(text, zh || (of.get(text) ?? false));
}

try {
  for (let k = 0; k < 100 && !(await fetch(base).catch(() => undefined)); k += 1) await new Promise((done) => setTimeout(done, 200));
  const { inChinese } = await vite.ssrLoadModule('/src/i18n/knowledge/index.ts');
  const { regionName } = await vite.ssrLoadModule('/src/i18n/regions.zh.ts');

  const said = (text) => {
    const known = inChinese(text);
    const zh = known ?? regionName(text, 'zh');
    if (numbers(zh) !== numbers(text)) differ.add(`${text}\n               ${zh}`);
    return known !== undefined || zh !== text;
  };

  /** All texts of an answer, by the keys that lead to them. */
  const walk = (route, value, path) => {
    if (Array.isArray(value)) for (const v of value) walk(route, v, path);
    else if (value && typeof value === 'object')
      for (const [key, v] of Object.entries(value)) {
        const at = path ? `${path}.${key}` : key;
        const other = value[`${key}_zh`] ?? value[`${key}-zh`] ?? (key === 'en' ? (value.zh ?? value.hanzi) : undefined);
        if (typeof v !== 'string') walk(route, v, at);
        else if (other) note(`${route} ${at.replace(/\.en$/, '')}`, v, true);
        else if (key !== 'zh' && key !== 'hanzi' && !/[_-]zh$/.test(key) && !SAME.test(key)) note(`${route} ${at}`, v, said(v));
      }
    else if (typeof value === 'string' && !SAME.test(path)) note(`${route} ${path}`, value, said(value));
  };

  const entered = await fetch(`${base}/api/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
  cookie = (entered.headers.get('set-cookie') ?? '').split(';')[0];
  const atlas = await get('/api/atlas');
  walk('school', atlas.schools, '');
  walk('setting', atlas.settings, '');
  for (const i of atlas.items) walk('zone', await get(`/api/atlas/items/${encodeURIComponent(i.code)}`), '');
  const claims = await get('/api/claims');
  for (const c of claims) walk('claim', await get(`/api/claims/${c.id}`), '');
  walk('cortex claim', await get('/api/heads/template/cortex/claims'), '');
  walk('safety', await get('/api/safety/questions'), '');
  for (const i of await get('/api/instruments')) walk('instrument', await get(`/api/instruments/${i.id}`), '');
  walk('consent', (await get('/api/consents/texts')).filter((x) => !(x.text.language === 'en')), '');
  walk('tape', await get('/api/tape/measures'), '');
  walk('difference', await get('/api/difference'), '');
  const [patient] = await get('/api/patients');
  for (const c of await get('/api/conditions')) {
    walk('condition', c, '');
    walk('candidate', (await get(`/api/patients/${patient.id}/candidates?condition=${c.id}&lesion=left&deficit=right`))?.found, '');
    walk('difference', await get(`/api/difference?condition=${c.id}`), '');
  }
  const body = await (await fetch(`${base}/api/bodies`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).json();
  walk('body', body, '');
  for (const p of await get('/api/points')) walk('point', await get(`/api/bodies/${body.id}/points/${encodeURIComponent(p.code)}`), '');
  for (const p of atlas.items.slice(0, 1).concat([{ code: 'MS6' }, { code: 'ST36' }])) walk('technique', await get(`/api/techniques/${p.code}`), '');

  let [all, done] = [0, 0];
  for (const [kind, texts] of [...found].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const without = [...texts].filter(([, zh]) => !zh);
    all += texts.size;
    done += texts.size - without.length;
    console.log(`${String(texts.size - without.length).padStart(5)} of ${String(texts.size).padStart(5)}  ${kind}`);
    if (wanted !== undefined && kind.includes(wanted)) for (const [text] of without) console.log(`               - ${text}`);
  }
  for (const text of differ) console.log(`numbers differ: ${text}`);
  console.log(`${done} of ${all} texts have Chinese (${((100 * done) / all).toFixed(1)} %)`);
} finally {
  await vite.close();
  server.kill();
}
