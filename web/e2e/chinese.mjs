import assert from 'node:assert/strict';
import { serve, shot, test, url, visit } from './harness.mjs';

/**
 * Sentences of the page that are still English: three Latin words in a row in one text, the second and third in small letters, or in what a reader is told of a
 * picture or a field. Left out are what a source is called and what was read in it, and addresses.
 */
const english = (page) =>
  page.evaluate(() => {
    const sentence = /(?<!\p{L})\p{Lu}?\p{Ll}+(?:[ ,;:]+[\p{Ll}'’-]{2,}){2,}/u;
    const sources = '.sources, [data-sources], a[href^="http"], noscript, script, style, svg, code, pre.command, option[lang=en]';
    const found = new Set();
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      const at = node.parentElement;
      if (at.closest(sources)) continue;
      const text = node.data.trim();
      if (sentence.test(text)) found.add(`${at.tagName.toLowerCase()}.${at.className}: ${text.slice(0, 160)}`);
    }
    for (const name of ['title', 'aria-label', 'placeholder', 'alt'])
      for (const at of document.querySelectorAll(`[${name}]`))
        if (!at.closest(sources) && sentence.test(at.getAttribute(name))) found.add(`${at.tagName.toLowerCase()} ${name}: ${at.getAttribute(name).slice(0, 160)}`);
    return [...found];
  });

/** What somebody wrote into the demonstration's record stays as it was written. */
const WRITTEN = /\(invented\)|An invented person|quiet room, lying/;

const none = async (page, what) => assert.deepEqual((await english(page)).filter((x) => !WRITTEN.test(x)), [], what);

test('Chinese: no English sentence in the evidence, the differences and the claims about the cortex', () =>
  visit('/evidence', { language: 'zh' }, async (page) => {
    const cards = page.locator('main a[href^="/evidence/"]');
    await cards.first().waitFor();
    await none(page, '/evidence');
    const claims = [...new Set(await cards.evaluateAll((all) => all.map((a) => a.getAttribute('href'))))];
    assert.ok(claims.length >= 8 && claims.includes('/evidence/cortex'), claims.join(' '));
    for (const claim of claims) {
      await page.goto(url + claim);
      // The judgement of all zones is worked out when it is asked for the first time.
      await page.locator('.known li, main table tbody tr').first().waitFor({ timeout: 300_000 });
      await page.waitForFunction(() => document.documentElement.lang === 'zh-Hans');
      await none(page, claim);
    }
    // Two conditions with many findings, and none.
    for (const of of ['', '/stroke-arm', '/neck-pain']) {
      await page.goto(`${url}/difference${of}`);
      await page.locator('.found li').first().waitFor();
      await page.locator('#focus .balance').waitFor();
      await none(page, `/difference${of}`);
    }
    await shot(page, 'zh-difference-findings');
  }));

const STEPS = ['safety', 'baseline', 'condition', 'plan', 'consent', 'locate', 'session', 'paper'];

test('Chinese: no English sentence from the red flags to the signed note, and in what is refused', async () => {
  // A server of its own: the other tests find the demonstration as it was.
  const own = await serve(['--port', '0', '--demo']);
  try {
    await visit('/practice', { url: own.url, language: 'zh' }, async (page) => {
      await page.getByRole('button', { name: '进入演示' }).click();
      const link = page.getByRole('link', { name: /Demo Patient/ });
      await link.waitFor();
      const id = (await link.getAttribute('href')).split('/').pop();
      await none(page, 'patients');
      await page.goto(`${own.url}/practice/${id}`);
      await page.locator('main h1').first().waitFor();
      await page.waitForTimeout(600);
      await none(page, 'a patient');
      const at = async (step) => {
        await page.goto(`${own.url}/encounter/${id}/${step}`);
        await page.locator('section h2').first().waitFor();
        await page.waitForTimeout(700);
      };

      // Every question answered with yes: all that rules can say stands on the page.
      await at('safety');
      const yes = page.locator('.questions').getByRole('button', { name: '是', exact: true });
      for (let k = 0; k < (await yes.count()); k++) await yes.nth(k).click();
      await page.locator('.finding.stop').first().waitFor();
      await none(page, 'what speaks against needling');
      await at('plan');
      await none(page, 'a plan that is stopped');
      await at('safety');
      const no = page.locator('.questions').getByRole('button', { name: '否', exact: true });
      for (let k = 0; k < (await no.count()); k++) await no.nth(k).click();
      await page.locator('.questions').getByRole('button', { name: '卧位' }).first().click();
      const rest = page.getByRole('button', { name: /^其余 \d+ 项我都问过：均为否$/ });
      if (await rest.isVisible()) await rest.click();
      await page.waitForFunction(() => document.querySelectorAll('.finding.stop').length === 0);
      await page.waitForFunction(() => document.querySelectorAll('.questions li.open').length === 0);
      await page.getByText('已保存', { exact: true }).first().waitFor();

      for (const step of STEPS) {
        await at(step);
        await none(page, step);
      }
      await at('condition');
      for (const condition of ['aphasia', 'bladder', 'neck-pain', 'polycystic-ovaries', 'stroke-arm']) {
        await page.locator('#condition').selectOption(condition);
        await page.locator('article').first().waitFor();
        await page.waitForTimeout(900);
        await none(page, `candidates for ${condition}`);
      }
      // The condition of the demonstration's plan, so that its session can be begun.
      await at('session');
      await page.getByRole('checkbox').nth(0).check();
      await page.getByRole('checkbox').nth(1).check();
      await page.getByRole('button', { name: /^按计划 \d+ 针开始$/ }).click();
      const todo = page.locator('.list .target', { hasText: '点按进针' });
      await todo.first().waitFor();
      const n = await todo.count();
      for (let k = 0; k < n; k++) await todo.first().click();
      await none(page, 'a session');
      const out = page.locator('.list .target', { hasText: '点按出针' });
      for (let k = 0; k < n; k++) await out.first().click();
      await page.getByRole('group', { name: '清点针数' }).getByRole('button', { name: String(n), exact: true }).click();
      await page.getByRole('button', { name: '全部取出，结束' }).click();
      const note = page.locator('textarea.note');
      await page.waitForFunction(() => document.querySelector('textarea.note')?.value.includes('MS'));
      const text = await note.inputValue();
      assert.match(text, new RegExp(`^治疗时间 [\\s\\S]*针：刺入 ${n}，取出 ${n}，清点 ${n}`));
      assert.doesNotMatch(text, /Session of|Needles:|Contact time/);
      assert.equal(await note.getAttribute('lang'), 'zh-Hans');
      await page.getByRole('button', { name: '签名', exact: true }).click();
      await page.getByText('已签名。签名内容不再改动').waitFor();
      await none(page, 'the signed note');
      await shot(page, 'zh-note');
    });
    // What is refused: a tape that no head has, and a wrong password.
    await visit('/head', { url: own.url, language: 'zh', expectErrors: true }, async (page) => {
      await page.getByRole('button', { name: '软尺' }).click();
      await page.getByLabel('头围').fill('5 cm');
      await page.getByText(/头围填为 5 cm；头部此处在 \d+ 与 \d+ mm 之间/).waitFor();
      await none(page, 'a tape that is refused');
    });
  } finally {
    await own.end();
  }
});

