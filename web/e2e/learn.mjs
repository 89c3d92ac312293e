import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { accessible, screen, shot, test, visit } from './harness.mjs';

screen('/learn', '练习');

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
