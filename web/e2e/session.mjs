import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accessible, screen, serve, shot, test, visit } from './harness.mjs';

screen('/practice');

/** Chooses two zones, asks, begins; every needle is one action. Returns how many clicks and keys it took. */
async function session(page, codes) {
  let actions = 0;
  const tap = async (locator) => {
    await locator.click();
    actions += 1;
  };
  for (const code of codes) await tap(page.locator('.list .target', { hasText: code }).first());
  await tap(page.getByLabel('All of these were asked'));
  await tap(page.getByRole('button', { name: /Begin with/ }));
  assert.equal(actions, codes.length + 2);
  return { tap, actions: () => actions };
}

test('session: from the patient to the signature', () =>
  visit('/practice', {}, async (page) => {
    await page.getByRole('button', { name: 'Enter the demonstration' }).click();
    await page.getByRole('link', { name: /Patient/ }).first().waitFor();
    await shot(page, 'practice');
    await accessible(page, 'practice');
    await page.getByRole('button', { name: 'New patient' }).click();
    assert.ok((await page.locator('form .input').count()) <= 8, 'a new patient needs eight fields at most');
    await page.getByLabel('Given names').fill('Ming');
    await page.getByLabel('Family name').fill('Zhao');
    await accessible(page, 'new patient');
    await page.getByRole('button', { name: 'Save the patient' }).click();
    await page.getByRole('heading', { name: 'Ming Zhao' }).waitFor();
    await page.getByRole('link', { name: 'To the patient' }).click();
    await page.getByRole('button', { name: 'Start a session' }).click();
    await page.locator('.list .target').first().waitFor();
    await shot(page, 'session-before');
    await accessible(page, 'before the session');
    // Nobody is needled without having agreed: it is said here, and given a step away.
    await page.getByText('There is no consent to the treatment:').waitFor();
    await page.getByRole('link', { name: 'Consent' }).click();
    await page.getByRole('button', { name: 'The patient agrees' }).first().click();
    await page.getByText(/given on/).waitFor();
    await page.goBack();
    await page.locator('.list .target').first().waitFor();
    await page.getByText('There is no consent to the treatment:').waitFor({ state: 'detached' });
    const s = await session(page, ['MS6', 'MS7']);
    // As planned: one action a needle, and no typing in the whole session.
    const before = s.actions();
    await s.tap(page.locator('.list .target', { hasText: 'tap: in' }).first());
    await s.tap(page.locator('.list .target', { hasText: 'tap: in' }).first());
    assert.equal(s.actions() - before, 2);
    await page.getByRole('heading', { name: 'In now: 2' }).waitFor();
    await page.getByRole('button', { name: 'Start rotating' }).click();
    await page.getByRole('button', { name: /^Stop/ }).waitFor();
    await shot(page, 'session');
    await accessible(page, 'session');
    await page.getByRole('button', { name: /^Stop/ }).click();
    // Harm in three actions.
    await page.getByRole('button', { name: 'Something went wrong' }).click();
    await page.getByRole('button', { name: 'Bleeding' }).click();
    await page.getByRole('button', { name: '1 mild' }).click();
    await page.getByRole('button', { name: 'Something went wrong (1)' }).waitFor();
    await page.locator('.list .target', { hasText: 'tap: out' }).first().click();
    await page.locator('.list .target', { hasText: 'tap: out' }).first().click();
    const count = page.getByRole('group', { name: 'Count the needles' });
    await count.getByRole('button', { name: '1', exact: true }).click();
    assert.ok(await page.getByRole('button', { name: 'All out: close' }).isDisabled(), 'a wrong count does not close');
    await count.getByRole('button', { name: '2', exact: true }).click();
    const start = performance.now();
    await page.getByRole('button', { name: 'All out: close' }).click();
    await page.waitForFunction(() => document.querySelector('textarea.note')?.value.includes('MS6'));
    assert.ok(performance.now() - start < 5000, 'the note is ready five seconds after the last needle');
    await shot(page, 'session-note');
    await accessible(page, 'note');
    await page.getByRole('button', { name: 'Sign', exact: true }).click();
    await page.getByText('Signed. What was signed stays').waitFor();
    await page.getByText('saved', { exact: true }).waitFor();
  }));

test('session: goes on when the server is killed, and loses nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'baihui-e2e-'));
  const record = join(folder, 'record.baihui');
  let own = await serve(['--port', '0', '--record', record]);
  try {
    await visit('/practice', { url: own.url, expectErrors: true }, async (page) => {
      await page.getByLabel('Name', { exact: true }).fill('Ada Example');
      await page.getByLabel(/^Password/).fill('correct horse');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('button', { name: 'New patient' }).click();
      await page.getByLabel('Family name').fill('Zhao');
      await page.getByRole('button', { name: 'Save the patient' }).click();
      await page.getByRole('link', { name: 'To the patient' }).click();
      await page.getByRole('button', { name: 'Start a session' }).click();
      await page.locator('.list .target').first().waitFor();
      await page.getByLabel('Why it begins without a consent in the record').fill('agreed on paper');
      await session(page, ['MS6', 'MS7']);
      await page.getByText('saved', { exact: true }).waitFor();
      await own.end('SIGKILL');
      await page.locator('.list .target', { hasText: 'tap: in' }).first().click();
      await page.getByText(/kept here/).waitFor();
      await page.locator('.list .target', { hasText: 'tap: in' }).first().click();
      await page.getByRole('heading', { name: 'In now: 2' }).waitFor();
      await shot(page, 'session-offline');
      own = await serve(['--port', new URL(own.url).port, '--record', record]);
      // Who is signed in is asked when the room opens; asked before the sign-in and answered after it, it must not undo it.
      await page.route('**/api/login', (route) => setTimeout(() => void route.continue(), 3000));
      await page.route('**/api/me', async (route) => {
        const answer = await route.fetch();
        setTimeout(() => void route.fulfill({ response: answer }), 4000);
      });
      await page.getByRole('link', { name: 'Sign in' }).click();
      await page.getByLabel('Name', { exact: true }).fill('Ada Example');
      await page.getByLabel(/^Password/).fill('correct horse');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.goBack();
      await page.getByRole('heading', { name: 'In now: 2' }).waitFor();
      await page.getByText('saved', { exact: true }).waitFor();
      // The page killed too: what was tapped is there when it is opened again.
      await page.reload();
      await page.getByRole('heading', { name: 'In now: 2' }).waitFor();
    });
  } finally {
    await own.end();
    rmSync(folder, { recursive: true, force: true });
  }
});
