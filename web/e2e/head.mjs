import assert from 'node:assert/strict';
import { accessible, headReady, screen, shot, test, visit } from './harness.mjs';

screen('/');
screen('/head/MS6');

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

test('head: without a graphics card a lighter picture while it turns, the whole one at rest', () =>
  visit('/', {}, async (page) => {
    await headReady(page);
    // Pixels of the picture for one of the page; the browser of these tests draws by the processor.
    const whole = () => page.waitForFunction(() => document.querySelector('.head-canvas').width === 2 * document.querySelector('.head-canvas').clientWidth);
    const front = page.getByRole('button', { name: 'Front' });
    await front.click();
    await page.waitForTimeout(200);
    await whole();
    const colours = async () => (await page.locator('.head-pad').screenshot()).toString('base64');
    const before = await colours();
    await page.mouse.move(800, 400);
    await page.mouse.down();
    // Of every picture, since a slow machine may let it rest between two moves of the mouse.
    await page.evaluate(() => {
      window.least_ = Infinity;
      const look = () => {
        const c = document.querySelector('.head-canvas');
        window.least_ = Math.min(window.least_, c.width / c.clientWidth);
        requestAnimationFrame(look);
      };
      look();
    });
    for (let k = 1; k <= 60; k += 1) await page.mouse.move(800 + 2 * (k < 30 ? k : 60 - k), 400);
    const least = await page.evaluate(() => window.least_);
    assert.ok(least <= 1, `not larger than the page while it moves: ${least}`);
    await page.mouse.up();
    await front.click();
    await page.waitForTimeout(200);
    await whole();
    // What is seen at rest does not remember how it was turned.
    const share = await page.evaluate(
      async (pictures) => {
        const [a, b] = await Promise.all(
          pictures.map(async (p) => {
            const image = await createImageBitmap(new Blob([Uint8Array.from(atob(p), (c) => c.charCodeAt(0))], { type: 'image/png' }));
            const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
            canvas.drawImage(image, 0, 0);
            return canvas.getImageData(0, 0, image.width, image.height).data;
          }),
        );
        if (a.length !== b.length) return 1;
        let other = 0;
        for (let k = 0; k < a.length; k += 4) if ([0, 1, 2].some((c) => Math.abs(a[k + c] - b[k + c]) > 24)) other += 1;
        return other / (a.length / 4);
      },
      [before, await colours()],
    );
    // A rough skin or thin lines would be seen in more of the pixels.
    assert.ok(share < 0.003, `the same picture as before: ${(100 * share).toFixed(2)} % of the pixels differ`);
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
