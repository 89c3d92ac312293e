import assert from 'node:assert/strict';
import { accessible, headReady, overflow, screens, shot, test, url, visit } from './harness.mjs';

test('Chinese: every room', () =>
  visit('/', { language: 'zh' }, async (page) => {
    await headReady(page);
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'zh-Hans');
    await shot(page, 'zh-head');
    for (const { path, heading } of screens) {
      if (heading === undefined) continue;
      await page.goto(url + path);
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor({ state: 'attached' });
      await page.waitForTimeout(600);
      await accessible(page, path);
    }
    await page.goto(`${url}/head/MS6`);
    assert.match(await page.locator('.tape').innerText(), /^EX-HN1-anterior：|连线.*毫米/);
    assert.equal(await page.locator('.tape').getAttribute('lang'), 'zh-Hans');
    await shot(page, 'zh-zone');
    await page.goto(`${url}/difference`);
    await page.locator('#focus .balance').waitFor();
    await shot(page, 'zh-difference');
  }));

test('small and large: nothing leaves the window', async () => {
  for (const [width, height] of [[360, 740], [768, 1024], [1280, 800], [3840, 2160]]) {
    for (const { path } of screens) {
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
