// The browser killed in mid-entry: at most a second of typing is lost. KILLS=50 for the long run; 3 without.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { browserArgs, browserPath, test, url } from './harness.mjs';

/** All processes of a browser with this profile: the first by its arguments, the others by their parents. */
function family(folder) {
  const parents = new Map();
  let first;
  for (const pid of readdirSync('/proc').filter((p) => /^\d+$/.test(p))) {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (line.includes(`--user-data-dir=${folder}`) && !line.includes('--type=')) first = Number(pid);
      parents.set(Number(pid), Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0));
    } catch {
      // It ended meanwhile.
    }
  }
  const all = first ? [first] : [];
  for (const pid of all) for (const [child, parent] of parents) if (parent === pid && !all.includes(child)) all.push(child);
  return all;
}

async function launch(folder) {
  return chromium.launchPersistentContext(folder, { executablePath: browserPath, args: browserArgs, locale: 'en-GB', viewport: { width: 1000, height: 800 } });
}

async function form(context) {
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(90_000);
  await page.goto(`${url}/practice`);
  const enter = page.getByRole('button', { name: 'Enter the demonstration' });
  await enter.or(page.locator('#find-patient')).first().waitFor();
  if (await enter.isVisible()) await enter.click();
  await page.locator('#find-patient').waitFor();
  if (!(await page.locator('#p-complaint').isVisible())) await page.getByRole('button', { name: 'New patient' }).click();
  return page.locator('#p-complaint');
}

test('killed: at most a second of typing is lost', async () => {
  if (process.platform !== 'linux') return;
  const kills = Number(process.env.KILLS ?? 3);
  let worst = 0;
  for (let k = 0; k < kills; k++) {
    const folder = mkdtempSync(join(tmpdir(), 'baihui-kill-'));
    try {
      let context = await launch(folder);
      const field = await form(context);
      const typed = [];
      // Letters about as fast as a quick typist's, for one to three seconds by a schedule of its own each time.
      const until = Date.now() + 1000 + ((k * 733) % 2000);
      await field.focus();
      while (Date.now() < until) {
        const letter = String.fromCharCode(97 + (typed.length % 26));
        await field.page().keyboard.type(letter);
        typed.push(Date.now());
        await new Promise((done) => setTimeout(done, 60));
      }
      const killed = Date.now();
      for (const pid of family(folder)) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It went with its parent.
        }
      }
      await context.close().catch(() => {});
      context = await launch(folder);
      const left = await (await form(context)).inputValue();
      await context.close();
      const lost = typed.length - left.length;
      const ms = lost > 0 ? killed - typed[left.length] : 0;
      worst = Math.max(worst, ms);
      assert.ok(left.length > 0, 'something is there');
      assert.ok(ms <= 1000, `${lost} of ${typed.length} letters were lost: ${ms} ms of typing`);
    } finally {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  }
  console.log(`      ${kills} kills, at most ${worst} ms of typing lost`);
});
