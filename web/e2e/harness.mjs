// What the tests of the rooms share: a server, a browser, a page that fails on errors, and the list of tests.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

export const root = new URL('../', import.meta.url).pathname;
const binary = process.env.BAIHUI ?? `${root}../target/debug/baihui`;
export const browserPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
mkdirSync(`${root}shots`, { recursive: true });

/** Starts a server and waits until it says where it is. */
export async function serve(args) {
  const process_ = spawn(binary, ['serve', '--page', `${root}dist`, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const at = await new Promise((resolve, reject) => {
    let text = '';
    process_.stdout.on('data', (d) => {
      text += d;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text);
      if (found) resolve(found[0]);
    });
    process_.on('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    process_.on('error', reject);
  });
  process_.removeAllListeners('exit');
  return { url: at, end: (signal = 'SIGTERM') => new Promise((done) => (process_.once('exit', done), process_.kill(signal))) };
}

export const server = await serve(['--port', '0', '--demo']);
export const url = server.url;

export const browserArgs = ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist', '--disable-dev-shm-usage'];

export const browser = await chromium.launch({
  executablePath: browserPath,
  args: browserArgs,
});

/** A page of its own for each test; an error in the console or a request elsewhere fails it. */
export async function visit(path, options = {}, fn) {
  const { width = 1280, height = 800, language = 'en', dark = false, kept = {} } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    locale: language === 'zh' ? 'zh-CN' : 'en-GB',
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    hasTouch: width < 500,
    deviceScaleFactor: options.scale ?? 1,
  });
  await context.addInitScript((values) => {
    if (sessionStorage.getItem('filled')) return;
    sessionStorage.setItem('filled', '1');
    for (const [k, v] of Object.entries(values)) localStorage.setItem(`baihui.${k}`, JSON.stringify(v));
  }, kept);
  const page = await context.newPage();
  page.setDefaultTimeout(90_000);
  const wrong = [];
  page.on('console', (m) => m.type() === 'error' && !options.expectErrors && wrong.push(m.text()));
  page.on('response', (r) => r.status() >= 400 && !options.expectErrors && wrong.push(`${r.status()} ${r.request().method()} ${r.url()}`));
  page.on('pageerror', (e) => wrong.push(String(e)));
  page.on('request', (r) => {
    if (!/^(blob|data):/.test(r.url()) && new URL(r.url()).origin !== (options.url ?? url)) wrong.push(`a request to ${r.url()}`);
  });
  try {
    await page.goto((options.url ?? url) + path, { waitUntil: 'load' });
    await fn(page);
    assert.deepEqual(wrong, []);
  } catch (e) {
    await page.screenshot({ path: `${root}shots/failed.png` }).catch(() => {});
    throw wrong.length > 0 ? new Error(`${e.message}\n${wrong.join('\n')}`, { cause: e }) : e;
  } finally {
    await context.close();
  }
}

export const shot = (page, name) => page.screenshot({ path: `${root}shots/${name}.png` });

/** WCAG 2.2 AA, as far as a program can tell. */
export async function accessible(page, what) {
  // axe is put in by the browser's driver, past the content policy of the page.
  await page.evaluate(axe);
  const result = await page.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
  const text = result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.any[0]?.message ?? ''}`).join('; ')}`);
  assert.deepEqual(text, [], what);
}

/** The head is there when its labels are. */
export async function headReady(page) {
  await page.waitForFunction(() => document.querySelectorAll('.head-labels span:not([hidden])').length > 0, undefined, { timeout: 60_000 });
}

/** Who is signed in, and a way to send to the server as the page does: `post(path, body)` gives what it answers, or throws what it says. */
export async function sender(page) {
  const { user } = await page.evaluate(async () => (await fetch('/api/me')).json());
  const post = (path, body) =>
    page.evaluate(
      async ([path, body, csrf]) => {
        const r = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json', 'x-baihui-csrf': csrf }, body: JSON.stringify(body) });
        const said = await r.json();
        if (!r.ok) throw new Error(`${path}: ${JSON.stringify(said)}`);
        return said;
      },
      [path, body, user.csrf],
    );
  return { user, post };
}

export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

export const tests = [];
export const test = (name, fn) => tests.push([name, fn]);

/** Screens that are looked at in every size; with a heading, in Chinese too. A room's file adds its own. */
export const screens = [];
export const screen = (path, heading) => screens.push({ path, heading });
