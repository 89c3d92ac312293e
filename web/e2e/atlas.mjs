import { accessible, screen, shot, test, visit } from './harness.mjs';

screen('/atlas', '图谱');
screen('/atlas/MS6');

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
