import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accessible, overflow, root, serve, shot, test, url, visit } from './harness.mjs';

const STEPS = ['safety', 'baseline', 'condition', 'plan', 'consent', 'locate', 'session', 'paper'];

/** Enters the demonstration; the address of its patient's encounter. */
async function demonstration(page) {
  await page.getByRole('button', { name: /Enter the demonstration|进入演示/ }).click();
  const link = page.getByRole('link', { name: /Demo Patient/ });
  await link.waitFor();
  const id = new URL(await link.getAttribute('href'), url).pathname.split('/').pop();
  return (step) => `${url}/encounter/${id}/${step}`;
}

/** A counter of what a hand does. */
function hand() {
  let actions = 0;
  return {
    tap: async (locator) => {
      await locator.click();
      actions += 1;
    },
    count: () => actions,
  };
}

const saved = (page) => page.locator('[role=status]', { hasText: /^saved$/ }).first().waitFor();

async function newPatient(page, given, family, born) {
  await page.getByRole('button', { name: 'New patient' }).click();
  assert.ok((await page.locator('form .input').count()) <= 8, 'a new patient needs eight fields at most');
  await page.getByLabel('Given names').fill(given);
  await page.getByLabel('Family name').fill(family);
  await page.getByLabel('Date of birth', { exact: true }).fill(born);
  await page.getByRole('button', { name: 'Save the patient' }).click();
  await page.getByRole('heading', { name: `${given} ${family}` }).waitFor();
}

test('encounter: from a new patient to the signed note, counted', () =>
  // Two windows of one person may save at once: the browser notes the refusal, and the page repeats the change.
  visit('/practice', { expectErrors: true }, async (page) => {
    await page.getByRole('button', { name: 'Enter the demonstration' }).click();
    await newPatient(page, 'Ada', 'Example', '1955-04-03');
    assert.match(page.url(), /\/encounter\//);

    // Red flags: unknown is shown as unknown, one tap says that the rest was asked, a yes has consequences.
    await page.locator('.questions li.open').first().waitFor();
    const open = await page.locator('.questions li.open').count();
    assert.ok(open > 25, `${open} questions are open`);
    await shot(page, 'encounter-safety-open');
    await accessible(page, 'red flags');
    const blood = page.getByRole('group', { name: /anticoagulant/ });
    await blood.getByRole('button', { name: 'yes' }).click();
    await page.locator('.finding', { hasText: /anticoagulant|blood|bleed/i }).first().waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.waitForFunction(() => document.querySelectorAll('.finding').length === 0);
    await page.getByRole('button', { name: /I asked the other/ }).click();
    await page.getByRole('group', { name: /lie or sit/ }).getByRole('button', { name: 'lying' }).click();
    await page.waitForFunction(() => document.querySelectorAll('.questions li.open').length === 0);
    await saved(page);
    await shot(page, 'encounter-safety');

    // Condition and sides are the patient's, kept there.
    await page.getByRole('link', { name: 'Condition' }).click();
    await page.locator('#condition').selectOption('stroke-arm');
    await page.getByText(/one-sided/).waitFor();
    const group = (name) => page.getByRole('group', { name });
    await group(/^Lesion/).getByRole('button', { name: 'left' }).click();
    await page.locator('.banner .chip', { hasText: 'Lesion: left' }).waitFor();
    await group(/^Affected side/).getByRole('button', { name: 'right' }).click();
    await page.locator('.banner .chip', { hasText: 'right' }).waitFor();
    await page.getByRole('heading', { name: 'Regular (body) acupuncture' }).waitFor();
    const jiao = page.locator('article', { hasText: 'Jiao: motor area' });
    await jiao.waitFor();
    assert.match(await jiao.locator('.side').first().innerText(), /left/, 'opposite to the arm that is affected');
    await page.screenshot({ path: `${root}shots/encounter-candidates.png`, fullPage: true });
    await accessible(page, 'candidates');

    // A plan from a protocol, in three actions: take it, say that there is no other treatment, sign.
    const plan = hand();
    await plan.tap(page.locator('article', { hasText: 'MS' }).filter({ hasText: 'MS6' }).first().getByRole('button', { name: 'Plan this' }));
    await page.getByRole('heading', { name: /^Needles \(/ }).waitFor();
    await page.screenshot({ path: `${root}shots/encounter-plan.png`, fullPage: true });
    await accessible(page, 'plan');
    await plan.tap(page.getByRole('button', { name: 'none', exact: true }));
    const sign = page.getByRole('button', { name: 'Sign the plan' });
    await page.waitForFunction(() => [...document.querySelectorAll('button')].some((b) => b.textContent?.includes('Sign the plan') && !b.disabled));
    await plan.tap(sign);
    await page.getByText('does not change any more').waitFor();
    assert.equal(plan.count(), 3, 'a plan from a protocol takes three actions');
    await shot(page, 'encounter-plan-signed');

    await page.getByRole('link', { name: 'Next: Consent' }).click();
    await accessible(page, 'consent');
    await shot(page, 'encounter-consent');
    await page.getByRole('button', { name: 'The patient agrees' }).first().click();
    await page.getByText(/given on/).waitFor();

    await page.getByRole('link', { name: 'Next: Locate' }).click();
    await page.locator('.head-labels span:not([hidden])').first().waitFor();
    assert.match(await page.locator('.needle').first().innerText(), /mm/);
    await page.getByRole('button', { name: 'Tape' }).click();
    await page.getByLabel('Circumference').fill('56');
    await page.getByText(/estimated/).first().waitFor();
    await page.getByRole('button', { name: 'Keep these measurements' }).click();
    await page.getByText('saved', { exact: true }).waitFor();
    await page.waitForTimeout(600);
    await shot(page, 'encounter-locate');
    await accessible(page, 'locate');
  }));

test('encounter: the session follows the signed plan, and no key is pressed in it', () =>
  visit('/practice', {}, async (page) => {
    const at = await demonstration(page);
    // The new day: what is asked at every visit is asked again.
    await page.goto(at('safety'));
    await page.getByRole('button', { name: /I asked the other/ }).click();
    await page.getByRole('group', { name: /lie or sit/ }).getByRole('button', { name: 'lying' }).click();
    await saved(page);
    await page.goto(at('session'));
    const begin = page.getByRole('button', { name: /Begin with/ });
    await begin.waitFor();
    assert.ok(await begin.isDisabled(), 'nobody is needled before two identifiers are confirmed');
    await shot(page, 'encounter-confirm');
    await accessible(page, 'two identifiers');
    await page.getByRole('checkbox').nth(0).check();
    assert.ok(await begin.isDisabled(), 'one identifier is not enough');
    await page.getByRole('checkbox').nth(1).check();
    await page.evaluate(() => {
      window.keys = 0;
      addEventListener('keydown', () => (window.keys += 1));
    });
    await begin.click();
    const todo = page.locator('.list .target', { hasText: 'tap: in' });
    await todo.first().waitFor();
    await page.locator('.head-labels span:not([hidden])').first().waitFor();
    const n = await todo.count();
    assert.ok(n >= 2);
    const needles = hand();
    for (let k = 0; k < n; k++) await needles.tap(todo.first());
    assert.equal(needles.count(), n, 'one action a needle');
    await page.getByRole('heading', { name: `In now: ${n}` }).waitFor();
    await shot(page, 'encounter-session');
    await accessible(page, 'session from a plan');
    const out = page.locator('.list .target', { hasText: 'tap: out' });
    for (let k = 0; k < n; k++) await out.first().click();
    const start = performance.now();
    await page.getByRole('group', { name: 'Count the needles' }).getByRole('button', { name: String(n), exact: true }).click();
    await page.getByRole('button', { name: 'All out: close' }).click();
    await page.waitForFunction(() => document.querySelector('textarea.note')?.value.includes('MS'));
    assert.ok(performance.now() - start < 5000, 'the note is ready five seconds after the last needle');
    assert.equal(await page.evaluate(() => window.keys), 0, 'a plain session needs no key');
    await page.getByRole('button', { name: 'Sign', exact: true }).click();
    await page.getByText('Signed. What was signed stays').waitFor();
    await page.getByText('saved', { exact: true }).waitFor();

    // The next plan is the last one copied forward, with what changed.
    await page.goto(at('plan'));
    await page.getByRole('button', { name: 'Copy forward as last done' }).click();
    await page.getByText('The same as the signed version').waitFor();
    await page.getByRole('button', { name: /^Remove/ }).last().click();
    await page.getByText(/left out/).waitFor();
    await shot(page, 'encounter-next-plan');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('The same as the signed version').waitFor();

    // Paper, as PDF, for whoever is signed in.
    await page.goto(at('paper'));
    await page.getByRole('link', { name: 'The patient’s page' }).waitFor();
    await shot(page, 'encounter-paper');
    await accessible(page, 'paper');
    for (const link of await page.locator('a[href*=".pdf"]').all()) {
      const kind = await page.evaluate(async (href) => {
        const r = await fetch(href);
        const bytes = new Uint8Array(await r.arrayBuffer());
        return [r.status, r.headers.get('content-type'), String.fromCharCode(...bytes.slice(0, 5)), r.headers.get('cache-control')];
      }, await link.getAttribute('href'));
      assert.deepEqual(kind, [200, 'application/pdf', '%PDF-', 'no-store']);
    }
  }));

test('encounter: a stop is not overridden, a decision has a reason', () =>
  visit('/practice', {}, async (page) => {
    const at = await demonstration(page);
    await page.goto(at('plan'));
    await page.getByRole('heading', { name: /^Needles \(/ }).waitFor();
    const next = page.getByRole('button', { name: 'Copy forward as planned' });
    if (await next.isVisible()) {
      await next.click();
      await page.locator('.chip', { hasText: 'draft' }).waitFor();
    }
    await page.goto(at('safety'));
    const fontanelle = page.getByRole('group', { name: /fontanelle/ });
    await fontanelle.getByRole('button', { name: 'yes' }).click();
    await page.locator('.finding.stop').waitFor();
    await saved(page);
    await page.goto(at('plan'));
    const stop = page.locator('.finding.stop').first();
    await stop.waitFor();
    assert.equal(await stop.getByRole('textbox').count(), 0, 'a stop has no place for a reason');
    assert.ok(await page.getByRole('button', { name: 'Sign the plan' }).isDisabled());
    await shot(page, 'encounter-stop');
    await accessible(page, 'a stop');
    await page.goto(at('safety'));
    await fontanelle.getByRole('button', { name: 'no' }).click();
    await page.getByRole('group', { name: /cochlear implant/ }).getByRole('button', { name: 'yes' }).click();
    await saved(page);
    await page.goto(at('plan'));
    const decide = page.locator('.finding.decide').filter({ has: page.getByRole('textbox') }).first();
    await decide.waitFor();
    await decide.getByRole('textbox').fill('the implant team agrees, asked today');
    await decide.getByRole('button', { name: 'Decide' }).click();
    await page.getByText(/the implant team agrees/).waitFor();
    await shot(page, 'encounter-decided');
    await page.goto(at('safety'));
    await page.getByRole('group', { name: /cochlear implant/ }).getByRole('button', { name: 'no' }).click();
    await saved(page);
  }));

test('encounter: a baseline without arithmetic, and nothing lost when the browser ends', () =>
  visit('/practice', {}, async (page) => {
    const at = await demonstration(page);
    await page.goto(at('baseline'));
    await page.getByRole('button', { name: /FMA-UE|Fugl/ }).first().waitFor();
    await accessible(page, 'instruments');
    await page.getByRole('button', { name: /Barthel/ }).first().click();
    await page.locator('.items li').first().waitFor();
    const items = await page.locator('.items li').count();
    for (let k = 0; k < items; k++) {
      await page.locator('.items li').nth(k).locator('.mark').last().click();
      if (k === 4) {
        await page.reload();
        await page.getByRole('button', { name: /Barthel/ }).first().click();
        await page.getByText(`${items - 5} items left`).waitFor();
      }
    }
    await page.locator('.score strong', { hasText: /^(100|20)$/ }).waitFor();
    assert.match(await page.locator('header').filter({ has: page.locator('.score') }).innerText(), /before: 80/);
    await page.screenshot({ path: `${root}shots/encounter-baseline.png`, fullPage: true });
    await accessible(page, 'an instrument');
    await page.getByRole('button', { name: 'Record the score' }).click();
    await page.getByText(/is recorded/).waitFor();
  }));

test('encounter: by keyboard alone', () =>
  visit('/practice', {}, async (page) => {
    const at = await demonstration(page);
    await page.goto(at('safety'));
    const first = page.locator('.questions .button').first();
    await first.waitFor();
    await first.focus();
    await page.keyboard.press('Enter');
    await saved(page);
    await page.goto(at('condition'));
    await page.locator('article .button').first().waitFor();
    // Every control is reached by Tab, in the order of the page, and shows that it has the focus.
    await page.locator('#main').focus();
    let reached = false;
    for (let k = 0; k < 120 && !reached; k++) {
      await page.keyboard.press('Tab');
      reached = await page.evaluate(() => document.activeElement?.textContent?.trim() === 'Plan this');
    }
    assert.ok(reached, 'Tab reaches the first candidate');
    assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), 'none');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^Needles \(/ }).waitFor();
    const edit = page.getByRole('button', { name: 'Edit 1', exact: true });
    await edit.focus();
    await page.keyboard.press('Enter');
    const depth = page.getByLabel(/^Depth of the tip/);
    await depth.focus();
    await page.keyboard.type('5');
    await page.keyboard.press('Tab');
    await page.getByText(/5 mm deep/).waitFor();
    await saved(page);
    await page.screenshot({ path: `${root}shots/encounter-needle.png`, fullPage: true });
    await accessible(page, 'a needle that is edited');
  }));

test('encounter: every step, small and large, dark, in Chinese', async () => {
  for (const [width, height, dark, language] of [[360, 740, false, 'zh'], [1280, 800, true, 'en'], [3840, 2160, false, 'en']]) {
    await visit('/practice', { width, height, dark, language }, async (page) => {
      const at = await demonstration(page);
      for (const step of STEPS) {
        await page.goto(at(step));
        await page.locator('section h2').first().waitFor();
        await page.waitForTimeout(step === 'locate' ? 1500 : 700);
        assert.ok((await overflow(page)) <= 0, `${step} at ${width} px is ${await overflow(page)} px too wide`);
        await shot(page, `encounter-${width}-${step}`);
        await accessible(page, `${step} at ${width}`);
      }
    });
  }
});

test('encounter: a fresh record, and the server killed while answers are given', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'baihui-e2e-'));
  const record = join(folder, 'record.baihui');
  let own = await serve(['--port', '0', '--record', record]);
  try {
    await visit('/practice', { url: own.url, expectErrors: true }, async (page) => {
      const signIn = async () => {
        await page.getByLabel('Name', { exact: true }).fill('Ada Example');
        await page.getByLabel(/^Password/).fill('correct horse');
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByRole('button', { name: 'New patient' }).waitFor();
      };
      await signIn();
      await newPatient(page, 'Ming', 'Zhao', '1950-02-28');
      // The same person again is noticed while one types.
      const place = page.url();
      await page.goto(`${own.url}/practice`);
      await page.getByRole('button', { name: 'New patient' }).click();
      await page.getByLabel('Given names').fill('Ming');
      await page.getByLabel('Family name').fill('Zhao');
      await page.getByLabel('Date of birth', { exact: true }).fill('1950-02-28');
      await page.getByText('Is it one of these?').waitFor();
      // A browser that ends in mid-entry loses nothing.
      await page.reload();
      assert.equal(await page.getByLabel('Family name').inputValue(), 'Zhao');
      await page.goto(place);
      const group = page.getByRole('group', { name: /pregnant/ });
      await group.waitFor();
      await own.end('SIGKILL');
      await group.getByRole('button', { name: 'no' }).click();
      await page.getByText(/not saved yet/).waitFor();
      own = await serve(['--port', new URL(own.url).port, '--record', record]);
      await page.goto(`${own.url}/practice`);
      await signIn();
      await page.goto(place);
      await group.waitFor();
      await page.waitForFunction(() => document.querySelectorAll('.questions .button[aria-pressed=true]').length === 1);
      await saved(page);
    });
  } finally {
    await own.end();
    rmSync(folder, { recursive: true, force: true });
  }
});
