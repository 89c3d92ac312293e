// The page: how soon the head is seen after the server starts, and how many frames a second it turns with.
//
//   BAIHUI=target/release/baihui CHROMIUM=/usr/bin/chromium node measure/page.mjs
//
// Chromium without a window draws in software here: its frames are the least that a machine with a graphics card does.
// The time of the page's own code for a frame is measured beside them; it does not hang on the graphics card.
// Prints tables for docs/workstation.md.

import { spawn } from 'node:child_process';
import { chromium } from 'playwright-core';

const TIMES = 5;
// How much is drawn while it moves is found within the first two seconds.
const WARM_S = 2;
const TURN_S = 5;
// As often as a mouse says where it is; as fast as can be would be a load of its own.
const MOUSE_HZ = 125;
const binary = process.env.BAIHUI ?? new URL('../../target/release/baihui', import.meta.url).pathname;
// SwiftShader is Chromium's own; `DRAWN_BY=mesa` takes the system's, with which a desktop without a graphics card draws.
const drawn = process.env.DRAWN_BY === 'mesa' ? ['--use-gl=angle', '--use-angle=gl-egl'] : ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
const args = ['--no-sandbox', ...drawn, '--ignore-gpu-blocklist', '--disable-dev-shm-usage'];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });

function start() {
  const server = spawn(binary, ['serve', '--port', '0', '--demo', '--page', new URL('../dist', import.meta.url).pathname], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    server.stdout.on('data', (d) => {
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(String(d));
      if (found) resolve({ url: found[0], end: () => server.kill() });
    });
    server.on('error', reject);
  });
}

/** The head is there when its labels are: they are placed by the first picture. */
const seen = (page) => page.waitForFunction(() => document.querySelectorAll('.head-labels span:not([hidden])').length > 0, undefined, { polling: 'raf', timeout: 60_000 });

async function firstPicture() {
  const begin = performance.now();
  const server = await start();
  const listening = performance.now() - begin;
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    await page.goto(server.url, { waitUntil: 'commit' });
    await seen(page);
    const cold = performance.now() - begin;
    const again = performance.now();
    await page.goto(server.url, { waitUntil: 'commit' });
    await seen(page);
    return { listening, cold, warm: performance.now() - again };
  } finally {
    await context.close();
    server.end();
  }
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const at = (list, share) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) * share)];

console.log('| first picture | ms, median of 5 | longest |\n|---|---|---|');
const runs = [];
for (let i = 0; i < TIMES; i += 1) runs.push(await firstPicture());
for (const [key, what] of [['listening', 'server started, listening'], ['cold', 'server started, head seen'], ['warm', 'page opened again, head seen']])
  console.log(`| ${what} | ${Math.round(median(runs.map((r) => r[key])))} | ${Math.round(Math.max(...runs.map((r) => r[key])))} |`);

/** Turns the head by the mouse and measures each frame: when it came, and how long the page's code took for it. */
async function turning(page) {
  await page.evaluate(() => {
    const real = window.requestAnimationFrame.bind(window);
    window.frames_ = { at: [], code: [], on: false };
    // The page draws in frames it asks for: their time is that of its code.
    window.requestAnimationFrame = (f) =>
      real((t) => {
        const begin = performance.now();
        f(t);
        if (window.frames_.on) window.frames_.code.push(performance.now() - begin);
      });
    const tick = (t) => {
      if (window.frames_.on) window.frames_.at.push(t);
      real(tick);
    };
    real(tick);
  });
  const box = await page.locator('canvas').first().boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  const turn = async (seconds) => {
    const end = performance.now() + seconds * 1000;
    const begin = performance.now();
    for (let k = 0; performance.now() < end; k += 1) {
      await page.mouse.move(x + 200 * Math.sin(k / 40), y + 40 * Math.cos(k / 40));
      const wait = begin + ((k + 1) * 1000) / MOUSE_HZ - performance.now();
      if (wait > 0) await new Promise((done) => setTimeout(done, wait));
    }
  };
  await page.evaluate(() => (window.frames_.on = false));
  await turn(WARM_S);
  await page.evaluate(() => (window.frames_.on = true));
  await turn(TURN_S);
  const { at: times, code } = await page.evaluate(() => ((window.frames_.on = false), window.frames_));
  await page.mouse.up();
  const gaps = times.slice(1).map((t, i) => t - times[i]);
  return { frames: (1000 * gaps.length) / (times.at(-1) - times[0]), gap: at(gaps, 0.95), code: median(code), code99: at(code, 0.99) };
}

console.log('\n| turned for 5 s at 1280 × 800 | frames a second | 95 % of frames within | code of the page, median | 99 % |\n|---|---|---|---|---|');
const server = await start();
try {
  for (const [what, path, schools] of [
    ['head, one school', '/', ['ms']],
    ['head, all schools', '/', ['ms', 'jiao', 'jin', 'ynsa', 'who', 'zhu', 'fang', 'yu', '10-20', '10-10']],
    ['body, all points and channels', '/body', ['ms']],
  ]) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    await context.addInitScript((s) => localStorage.setItem('baihui.schools', JSON.stringify(s)), schools);
    const page = await context.newPage();
    await page.goto(server.url + path);
    await page.locator('canvas').first().waitFor();
    await page.waitForTimeout(4000);
    const r = await turning(page);
    console.log(`| ${what} | ${r.frames.toFixed(0)} | ${r.gap.toFixed(1)} ms | ${r.code.toFixed(1)} ms | ${r.code99.toFixed(1)} ms |`);
    await page.screenshot({ path: new URL(`../shots/measure-${path.slice(1) || 'head'}-${schools.length}.png`, import.meta.url).pathname });
    await context.close();
  }
} finally {
  await browser.close();
  server.end();
}
