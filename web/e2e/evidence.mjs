import { accessible, root, screen, shot, test, url, visit } from './harness.mjs';

screen('/evidence', '证据');
screen('/evidence/points');
screen('/difference', '头针与体针：有何不同，知道多少');

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
