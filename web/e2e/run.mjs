// Every room of the workstation in a browser: what it does, by keyboard too, without accessibility violations.
//
//   BAIHUI=target/debug/baihui CHROMIUM=/usr/bin/chromium node e2e/run.mjs [part of a test's name]
//
// Pictures go to e2e/../shots, which is not committed.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const root = new URL('../', import.meta.url).pathname;
const binary = process.env.BAIHUI ?? `${root}../target/debug/baihui`;
const browserPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const wanted = process.argv[2] ?? '';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
mkdirSync(`${root}shots`, { recursive: true });

/** Starts a server and waits until it says where it is. */
async function serve(args) {
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

const server = await serve(['--port', '0', '--demo']);
const url = server.url;

const browser = await chromium.launch({
  executablePath: browserPath,
  args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist', '--disable-dev-shm-usage'],
});

/** A page of its own for each test; an error in the console or a request elsewhere fails it. */
async function visit(path, options = {}, fn) {
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

const shot = (page, name) => page.screenshot({ path: `${root}shots/${name}.png` });

/** WCAG 2.2 AA, as far as a program can tell. */
async function accessible(page, what) {
  // axe is put in by the browser's driver, past the content policy of the page.
  await page.evaluate(axe);
  const result = await page.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
  const text = result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.any[0]?.message ?? ''}`).join('; ')}`);
  assert.deepEqual(text, [], what);
}

/** The head is there when its labels are. */
async function headReady(page) {
  await page.waitForFunction(() => document.querySelectorAll('.head-labels span:not([hidden])').length > 0, undefined, { timeout: 60_000 });
}

const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

const tests = [];
const test = (name, fn) => tests.push([name, fn]);

test('head: zones, search in three scripts, a zone’s page', () =>
  visit('/', {}, async (page) => {
    await headReady(page);
    await shot(page, 'head-light');
    await accessible(page, 'head room');
    const box = page.locator('#search');
    for (const [words, code] of [['ms6', 'MS6'], ['运动区', 'JIAO-motor'], ['yundong', 'JIAO-motor'], ['speech', 'JIAO-speech']]) {
      await box.fill(words);
      const codes = await page.locator('.left .zone .code').allTextContents();
      assert.ok(codes.some((c) => c.startsWith(code)), `${words} finds ${codes.slice(0, 5)}`);
    }
    await box.fill('ms6');
    await page.locator('.left .zone').first().click();
    await page.getByRole('heading', { name: /^MS6/ }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/head/MS6');
    assert.match(await page.locator('.tape').innerText(), /mm|GV|GB/);
    await shot(page, 'head-zone');
    await accessible(page, 'zone page');
    await page.keyboard.press('Escape');
    assert.equal(new URL(page.url()).pathname, '/');
  }));

test('head: a variant moves the point', () =>
  visit('/head/GV20', {}, async (page) => {
    await page.getByRole('heading', { name: /^GV20/ }).waitFor();
    await page.locator('dd.mono').first().waitFor();
    const before = await page.locator('dd.mono').first().innerText();
    await page.locator('.variant:not(.on) input:enabled').first().check();
    await page.waitForFunction((b) => document.querySelector('dd.mono')?.textContent && document.querySelector('dd.mono').innerText !== b, before);
    await shot(page, 'head-variant');
  }));

test('head: click on the skin, measure, compare', () =>
  visit('/', {}, async (page) => {
    await headReady(page);
    await page.getByRole('button', { name: 'Front' }).click();
    await page.waitForTimeout(300);
    // The tip of the nose, where no zone of the standard is.
    await page.mouse.click(798, 560);
    await page.getByRole('heading', { name: 'This place' }).waitFor();
    await shot(page, 'head-place');
    await page.getByRole('button', { name: 'Measure' }).click();
    await page.mouse.click(740, 400);
    await page.mouse.click(860, 400);
    await page.getByText(/along the skin/).waitFor();
    await shot(page, 'head-measure');
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.locator('.pairrow').first().click();
    await page.waitForTimeout(400);
    await shot(page, 'head-compare');
    await accessible(page, 'comparison');
  }));

test('head: from the tape, changing as one types', () =>
  // A measure that cannot be read is refused by the server, which the browser notes in its console.
  visit('/', { expectErrors: true }, async (page) => {
    await headReady(page);
    await page.getByRole('button', { name: 'Tape' }).click();
    await page.getByLabel('Circumference').fill('60');
    await page.getByText(/within/).waitFor();
    await page.getByLabel('Ear to ear, over the top').fill('37,5 cm');
    await page.locator('.ok').nth(1).waitFor();
    await page.waitForTimeout(500);
    await shot(page, 'head-tape');
    await accessible(page, 'tape');
    await page.getByLabel('Circumference').fill('60 cun');
    await page.locator('[aria-invalid="true"]').waitFor();
    await page.getByLabel('Circumference').fill('58');
    await page.locator('.ok').nth(1).waitFor();
    await page.waitForFunction(() => JSON.parse(localStorage.getItem('baihui.tape') ?? 'null')?.circumference === '58');
    // The head is there again after the page is opened anew.
    await page.reload();
    await headReady(page);
    assert.match(await page.locator('.whose').innerText(), /taped/);
  }));

test('head: transparent scalp, dark', () =>
  visit('/', { dark: true, kept: { schools: ['ms', 'jiao'] } }, async (page) => {
    await headReady(page);
    await page.locator('.slider input').fill('0.3');
    await page.waitForTimeout(300);
    await shot(page, 'head-dark-brain');
    await accessible(page, 'dark');
  }));

test('head: by keyboard alone', () =>
  visit('/', {}, async (page) => {
    await headReady(page);
    await page.keyboard.press('/');
    await page.waitForFunction(() => document.activeElement?.id === 'search');
    await page.keyboard.type('MS7');
    await page.keyboard.press('Tab');
    for (let k = 0; k < 6 && !(await page.evaluate(() => document.activeElement?.classList.contains('zone'))); k++) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^MS7/ }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.host').focus();
    const before = await page.evaluate(() => document.querySelector('.head-labels')?.innerHTML);
    for (const key of ['ArrowLeft', 'ArrowLeft', 'ArrowUp', '+']) await page.keyboard.press(key);
    await page.waitForFunction((b) => document.querySelector('.head-labels')?.innerHTML !== b, before);
    await page.keyboard.press('5');
    await page.waitForTimeout(200);
    await page.keyboard.press('Enter');
    await page.locator('.right').waitFor();
    await shot(page, 'head-keyboard');
  }));

test('atlas: list, search, page', () =>
  visit('/atlas', {}, async (page) => {
    await page.getByRole('heading', { name: 'Atlas' }).waitFor();
    await page.locator('li a').first().waitFor();
    await shot(page, 'atlas');
    await accessible(page, 'atlas');
    await page.locator('#atlas-search').fill('百会');
    await page.locator('li a').first().click();
    await page.locator('.pictures img').first().waitFor();
    await page.waitForFunction(() => document.querySelector('.pictures img')?.naturalWidth > 0);
    await shot(page, 'atlas-page');
    await accessible(page, 'atlas page');
  }));

test('evidence: claims, one claim, the difference', () =>
  visit('/evidence', {}, async (page) => {
    await page.locator('li.card').nth(7).waitFor();
    await shot(page, 'evidence');
    await accessible(page, 'evidence');
    await page.goto(`${url}/evidence/focus`);
    await page.locator('.known li').first().waitFor();
    await page.screenshot({ path: `${root}shots/evidence-claim.png`, fullPage: true });
    await accessible(page, 'claim');
    await page.goto(`${url}/difference`);
    await page.locator('#focus .balance').waitFor();
    await page.waitForFunction(() => [...document.images].filter((i) => i.loading !== 'lazy').every((i) => i.complete));
    await page.screenshot({ path: `${root}shots/difference.png`, fullPage: true });
    await accessible(page, 'difference');
  }));

test('learn: an answer, its error, the export', () =>
  visit('/learn', {}, async (page) => {
    await page.locator('.question strong').first().waitFor();
    await page.locator('.head-canvas').waitFor();
    await page.waitForTimeout(1500);
    await page.locator('.host').focus();
    await page.keyboard.press('5');
    await page.waitForTimeout(300);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Next' }).waitFor();
    await page.waitForTimeout(300);
    await shot(page, 'learn');
    await accessible(page, 'learn');
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export as CSV' }).click()]);
    const text = readFileSync(await file.path(), 'utf8');
    assert.equal(text.trim().split('\r\n').length, 2);
    assert.match(text, /^at,who,head,code,side,kind,error_mm/);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('Turn the head and click').waitFor();
  }));

test('Chinese: every room', () =>
  visit('/', { language: 'zh' }, async (page) => {
    await headReady(page);
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'zh-Hans');
    await shot(page, 'zh-head');
    for (const [path, name] of [['/atlas', '图谱'], ['/evidence', '证据'], ['/difference', '头针与体针：有何不同，知道多少'], ['/learn', '练习']]) {
      await page.goto(url + path);
      await page.getByRole('heading', { name, level: 1 }).waitFor({ state: 'attached' });
      await page.waitForTimeout(600);
      await accessible(page, path);
    }
    await page.goto(`${url}/difference`);
    await page.locator('#focus .balance').waitFor();
    await shot(page, 'zh-difference');
  }));

/** Chooses two zones, asks, begins; every needle is one action. Returns how many clicks and keys it took. */
async function session(page, codes) {
  let actions = 0;
  const tap = async (locator) => {
    await locator.click();
    actions += 1;
  };
  for (const code of codes) await tap(page.locator('.list .target', { hasText: code }).first());
  await tap(page.getByLabel('All of these were asked'));
  await tap(page.getByRole('button', { name: /Begin with/ }));
  assert.equal(actions, codes.length + 2);
  return { tap, actions: () => actions };
}

test('session: from the patient to the signature', () =>
  visit('/practice', {}, async (page) => {
    await page.getByRole('button', { name: 'Enter the demonstration' }).click();
    await page.getByRole('link', { name: /Patient/ }).first().waitFor();
    await shot(page, 'practice');
    await accessible(page, 'practice');
    await page.getByRole('button', { name: 'New patient' }).click();
    assert.ok((await page.locator('form .input').count()) <= 8, 'a new patient needs eight fields at most');
    await page.getByLabel('Given names').fill('Ming');
    await page.getByLabel('Family name').fill('Zhao');
    await accessible(page, 'new patient');
    await page.getByRole('button', { name: 'Save the patient' }).click();
    await page.getByRole('heading', { name: 'Ming Zhao' }).waitFor();
    await page.getByRole('button', { name: 'Start a session' }).click();
    await page.locator('.list .target').first().waitFor();
    await shot(page, 'session-before');
    await accessible(page, 'before the session');
    const s = await session(page, ['MS6', 'MS7']);
    // As planned: one action a needle, and no typing in the whole session but the count.
    const before = s.actions();
    await s.tap(page.locator('.list .target', { hasText: 'tap: in' }).first());
    await s.tap(page.locator('.list .target', { hasText: 'tap: in' }).first());
    assert.equal(s.actions() - before, 2);
    await page.getByRole('heading', { name: 'In now: 2' }).waitFor();
    await page.getByRole('button', { name: 'Start rotating' }).click();
    await page.getByRole('button', { name: /^Stop/ }).waitFor();
    await shot(page, 'session');
    await accessible(page, 'session');
    await page.getByRole('button', { name: /^Stop/ }).click();
    // Harm in three actions.
    await page.getByRole('button', { name: 'Something went wrong' }).click();
    await page.getByRole('button', { name: 'Bleeding' }).click();
    await page.getByRole('button', { name: '1 mild' }).click();
    await page.getByRole('button', { name: 'Something went wrong (1)' }).waitFor();
    await page.locator('.list .target', { hasText: 'tap: out' }).first().click();
    await page.locator('.list .target', { hasText: 'tap: out' }).first().click();
    await page.getByLabel('Count the needles').fill('1');
    assert.ok(await page.getByRole('button', { name: 'All out: close' }).isDisabled(), 'a wrong count does not close');
    await page.getByLabel('Count the needles').fill('2');
    const start = performance.now();
    await page.getByRole('button', { name: 'All out: close' }).click();
    await page.waitForFunction(() => document.querySelector('textarea.note')?.value.includes('MS6'));
    assert.ok(performance.now() - start < 5000, 'the note is ready five seconds after the last needle');
    await shot(page, 'session-note');
    await accessible(page, 'note');
    await page.getByRole('button', { name: 'Sign', exact: true }).click();
    await page.getByText('Signed. What was signed stays').waitFor();
    await page.getByText('saved', { exact: true }).waitFor();
  }));

test('session: goes on when the server is killed, and loses nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'baihui-e2e-'));
  const record = join(folder, 'record.baihui');
  let own = await serve(['--port', '0', '--record', record]);
  try {
    await visit('/practice', { url: own.url, expectErrors: true }, async (page) => {
      await page.getByLabel('Name', { exact: true }).fill('Ada Example');
      await page.getByLabel(/^Password/).fill('correct horse');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('button', { name: 'New patient' }).click();
      await page.getByLabel('Family name').fill('Zhao');
      await page.getByRole('button', { name: 'Save the patient' }).click();
      await page.getByRole('button', { name: 'Start a session' }).click();
      await page.locator('.list .target').first().waitFor();
      await session(page, ['MS6', 'MS7']);
      await page.getByText('saved', { exact: true }).waitFor();
      await own.end('SIGKILL');
      await page.locator('.list .target', { hasText: 'tap: in' }).first().click();
      await page.getByText(/kept here/).waitFor();
      await page.locator('.list .target', { hasText: 'tap: in' }).first().click();
      await page.getByRole('heading', { name: 'In now: 2' }).waitFor();
      await shot(page, 'session-offline');
      own = await serve(['--port', new URL(own.url).port, '--record', record]);
      await page.getByRole('link', { name: 'Sign in' }).click();
      await page.getByLabel('Name', { exact: true }).fill('Ada Example');
      await page.getByLabel(/^Password/).fill('correct horse');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.goBack();
      await page.getByRole('heading', { name: 'In now: 2' }).waitFor();
      await page.getByText('saved', { exact: true }).waitFor();
      // The page killed too: what was tapped is there when it is opened again.
      await page.reload();
      await page.getByRole('heading', { name: 'In now: 2' }).waitFor();
    });
  } finally {
    await own.end();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('small and large: nothing leaves the window', async () => {
  for (const [width, height] of [[360, 740], [768, 1024], [1280, 800], [3840, 2160]]) {
    for (const path of ['/', '/head/MS6', '/atlas', '/atlas/MS6', '/evidence', '/evidence/points', '/difference', '/learn', '/practice']) {
      await visit(path, { width, height }, async (page) => {
        await page.locator('main > *').first().waitFor();
        await page.waitForTimeout(width === 360 ? 900 : 250);
        assert.ok((await overflow(page)) <= 0, `${path} at ${width} px is ${await overflow(page)} px too wide`);
        if (width === 360 || (width === 3840 && path === '/head/MS6')) await shot(page, `${width}${path.replaceAll('/', '-')}`);
        if (width === 360) await accessible(page, `${path} at ${width}`);
      });
    }
  }
});

let failed = 0;
try {
  for (const [name, fn] of tests) {
    if (!name.includes(wanted)) continue;
    const start = performance.now();
    try {
      await fn();
      console.log(`ok    ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
    } catch (e) {
      failed += 1;
      console.log(`FAIL  ${name}\n${e.stack}`);
    }
  }
} finally {
  await browser.close();
  await server.end();
}
console.log(failed === 0 ? 'all rooms pass' : `${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
