import assert from 'node:assert/strict';
import { accessible, headReady, screen, shot, test, url, visit } from './harness.mjs';

screen('/evidence/cortex');

/** Labels of regions are there when the cortex is. */
const cortexReady = (page) =>
  page.waitForFunction(() => [...document.querySelectorAll('.head-labels span:not([hidden])')].some((s) => /gyrus|lobule|回|小叶/.test(s.textContent ?? '')), undefined, { timeout: 60_000 });

test('cortex: seen through the scalp, with the gyri named', async () => {
  for (const dark of [false, true]) {
    await visit('/head/MS6', { dark, kept: { schools: ['ms'] } }, async (page) => {
      await headReady(page);
      const button = page.getByRole('button', { name: 'Cortex', exact: true });
      assert.equal(await button.getAttribute('aria-pressed'), 'false');
      await button.click();
      await cortexReady(page);
      await page.waitForTimeout(400);
      await shot(page, `cortex-${dark ? 'dark' : 'light'}`);
      await accessible(page, 'cortex');
      await button.click();
      assert.equal(await button.getAttribute('aria-pressed'), 'false');
    });
  }
});

test('cortex: beneath a zone, with the claim and its verdict', () =>
  visit('/head/MS6', {}, async (page) => {
    await page.locator('.cortex summary').first().click();
    await page.locator('.cortex .verdict').waitFor();
    assert.match(await page.locator('.cortex .verdict').innerText(), /The claim (holds|does not hold|cannot be judged)/);
    const shares = await page.locator('.cortex .bars').first().locator('.mono').allTextContents();
    const sum = shares.reduce((s, text) => s + Number.parseFloat(text), 0);
    assert.ok(Math.abs(sum - 100) <= 4, `the shares add up to ${sum} %`);
    assert.match(await page.locator('.cortex .facts').first().innerText(), /±/);
    await page.locator('.cortex').scrollIntoViewIfNeeded();
    await shot(page, 'cortex-zone');
    await accessible(page, 'cortex of a zone');
  }));

test('cortex: beneath a place of the skin, by keyboard', () =>
  visit('/', { kept: { schools: [] } }, async (page) => {
    await page.locator('.head-canvas').waitFor();
    await page.waitForTimeout(1500);
    await page.locator('.host').focus();
    await page.keyboard.press('5');
    await page.waitForTimeout(300);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'What lies beneath' }).waitFor();
    await page.locator('.bars li').first().waitFor();
    await shot(page, 'cortex-place');
    await accessible(page, 'cortex of a place');
  }));

test('target: a region, coordinates, and what cannot be', () =>
  // A target that has no place is refused by the server, which the browser notes in its console.
  visit('/', { expectErrors: true }, async (page) => {
    await headReady(page);
    await page.getByRole('button', { name: 'Target' }).click();
    const box = page.getByLabel('Region or x,y,z');
    await box.fill('precentral gyrus');
    await page.getByLabel('Part').selectOption('hand');
    await page.getByLabel('Hemisphere').selectOption('right');
    await page.keyboard.press('Tab');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByRole('heading', { name: 'The place on the scalp' }).waitFor();
    assert.match(await page.locator('.right .tape').innerText(), /patient's right/);
    // The target lies in the brain: the cortex comes on, its region among pale ones and alone with a name.
    await page.waitForFunction(() => [...document.querySelectorAll('.head-labels span:not([hidden])')].some((s) => s.textContent === 'precentral gyrus'));
    const named = await page.locator('.head-labels span:visible').allTextContents();
    assert.ok(!named.includes('postcentral gyrus'), named.join(', '));
    await page.waitForTimeout(900);
    await shot(page, 'target');
    await accessible(page, 'target');
    await box.fill('-37,-21,58');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => /patient's left/.test(document.querySelector('.right .tape')?.textContent ?? ''));
    for (const [words, answer] of [['0, 0, 140', /outside the brain/], ['thalamus', /does not reach the surface/], ['precentrall gyrus', /did you mean precentral gyrus/], ['1, 2', /three numbers/]]) {
      await box.fill(words);
      await page.keyboard.press('Enter');
      await page.waitForFunction((pattern) => new RegExp(pattern).test(document.querySelector('#target-problem')?.textContent ?? ''), answer.source);
    }
    await accessible(page, 'target refused');
  }));

test('cortex: every claim, as a table and as a figure', async () => {
  for (const language of ['en', 'zh']) {
    await visit('/evidence/cortex', { language, dark: language === 'zh' }, async (page) => {
      await page.locator('tbody tr').nth(20).waitFor();
      await page.locator('article img').scrollIntoViewIfNeeded();
      await page.waitForFunction(() => (document.querySelector('article img')?.naturalWidth ?? 0) > 0);
      await page.screenshot({ path: new URL(`../shots/cortex-claims-${language}.png`, import.meta.url).pathname, fullPage: true });
      await accessible(page, `claims ${language}`);
    });
  }
});

test('cortex: the server answers at once when it is warm', () =>
  visit('/', {}, async (page) => {
    const times = await page.evaluate(async () => {
      const out = {};
      const asked = ['cortex/zone?item=MS6', 'cortex/at?x=-50&y=-15&z=85', 'cortex/target?mni=-37,-21,58'];
      for (const what of asked) {
        await (await fetch(`/api/heads/template/${what}`)).text();
        const start = performance.now();
        await (await fetch(`/api/heads/template/${what}`)).text();
        out[what] = performance.now() - start;
      }
      return out;
    });
    console.log(`      ${Object.entries(times).map(([k, v]) => `${k} ${v.toFixed(0)} ms`).join(', ')}`);
    assert.equal(Object.keys(times).length, 3);
  }));
