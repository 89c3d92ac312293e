import assert from 'node:assert/strict';
import { accessible, root, screen, shot, test, url, visit } from './harness.mjs';

screen('/body', '人体：体针腧穴');
screen('/body/ST36');
screen('/difference/stroke-arm');

/** The body is there when labels are. */
const ready = (page) => page.waitForFunction(() => document.querySelectorAll('.head-labels span:not([hidden])').length > 5, undefined, { timeout: 90_000 });

test('body: search in three scripts and by complaint, a point’s page', () =>
  visit('/body', {}, async (page) => {
    await ready(page);
    await shot(page, 'body-light');
    await accessible(page, 'body room');
    const box = page.locator('#search');
    for (const [words, code] of [['pc6', 'PC6'], ['足三里', 'ST36'], ['zusanli', 'ST36'], ['hiccup', 'PC6']]) {
      await box.fill(words);
      const codes = await page.locator('.left .point .code').allTextContents();
      assert.ok(codes.includes(code), `${words} finds ${codes.slice(0, 8)}`);
    }
    await box.fill('st36');
    await page.locator('.left .point').first().click();
    await page.getByRole('heading', { name: /^ST36/ }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/body/ST36');
    const where = await page.locator('.words').first().innerText();
    assert.match(where, /3 cun \(\d+ mm\)/);
    await page.waitForTimeout(800);
    await shot(page, 'body-point');
    await accessible(page, 'point page');
    // A point of the head is the head atlas's.
    await page.goto(`${url}/body/GV20`);
    await page.getByRole('heading', { name: /^GV20/ }).waitFor();
    await page.getByText('placed by the head atlas').waitFor();
    await shot(page, 'body-gv20');
    await page.keyboard.press('Escape');
    assert.equal(new URL(page.url()).pathname, '/body');
  }));

test('body: shaped by height and tape; an impossible one is refused', () =>
  // What is refused is noted in the browser's console.
  visit('/body', { expectErrors: true }, async (page) => {
    await ready(page);
    await page.getByRole('button', { name: 'Whose body?' }).click();
    await page.getByLabel('Female').check();
    await page.getByLabel('Height, cm').fill('160');
    await page.getByLabel('Elbow crease to wrist crease, cm').fill('22,8');
    await page.getByRole('button', { name: 'Shape the body' }).click();
    await page.waitForFunction(() => /160 cm/.test(document.querySelector('.whose')?.textContent ?? ''));
    assert.match(await page.locator('dl').innerText(), /19\.0/);
    await shot(page, 'body-shape');
    await accessible(page, 'shape');
    await page.getByLabel('Height, cm').fill('1700');
    await page.getByRole('button', { name: 'Shape the body' }).click();
    await page.getByRole('alert').waitFor();
    assert.match(await page.getByRole('alert').innerText(), /height/);
  }));

test('body: dark, by keyboard, and a picture in time', () =>
  visit('/body', { dark: true, language: 'zh' }, async (page) => {
    await ready(page);
    await page.locator('.host').focus();
    await page.keyboard.press('2');
    await page.waitForTimeout(600);
    await shot(page, 'body-dark-back');
    await accessible(page, 'dark body');
    await page.keyboard.press('/');
    await page.waitForFunction(() => document.activeElement?.id === 'search');
  }));

test('difference: computed for a condition, with pictures', () =>
  visit('/difference/stroke-arm', {}, async (page) => {
    await page.locator('#aspect-number').waitFor();
    assert.match(await page.locator('#aspect-number').innerText(), /place/);
    await page.locator('#aspect-depth summary').first().click();
    await page.waitForTimeout(1500);
    await page.screenshot({ path: `${root}shots/difference-stroke.png`, fullPage: true });
    await accessible(page, 'difference for a condition');
    await page.getByLabel('For which complaint?').selectOption({ index: 0 });
    await page.waitForURL(`${url}/difference`);
  }));
