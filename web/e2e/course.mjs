// The rooms Course and Clinic.

import assert from 'node:assert/strict';
import { accessible, overflow, sender, serve, shot, test, visit } from './harness.mjs';

/** Into the demonstration. */
async function enter(page) {
  await page.getByRole('button', { name: /Enter the demonstration|进入演示/ }).click();
  await page.locator('#find-patient').waitFor();
}

/** A patient with three values before treatment, five sessions, four values after, one gap, harm. */
export async function patientWithCourse(page, family) {
  const { user, post } = await sender(page);
  const start = Date.now() - 80 * 86_400_000;
  const at = (day) => new Date(start + day * 86_400_000).toISOString();
  const { id } = await post('/api/patients', { name: { given: 'Course', family }, diagnoses: [{ text: 'ischaemic stroke', onset: at(-40).slice(0, 10), deficit_side: 'right' }] });
  const score = (day, total, more = {}) =>
    post(`/api/patients/${id}/outcomes`, { at: at(day), ...more, instrument: 'fma-ue', total });
  await score(0, 20, { visit: 'baseline', blinded: true });
  await score(4, 21);
  await score(8, 22);
  await score(24, 25);
  await score(40, 29, { blinded: false });
  await post(`/api/patients/${id}/outcomes`, { at: at(50), visit: 'week 6', instrument: 'fma-ue', missing: 'not-attended' });
  await score(60, 30);
  await score(75, 31);
  for (const [day, total] of [[0, 9], [75, 5]]) await post(`/api/patients/${id}/outcomes`, { at: at(day), instrument: 'nihss', total });
  await post(`/api/patients/${id}/consents`, { to: 'treatment', text_version: 'paper', language: 'en', given_at: at(0) });
  for (let k = 0; k < 5; k++) {
    const spec = { site: { school: 'ms', code: k % 2 ? 'MS7' : 'MS6', side: 'left' } };
    const t = (s) => ({ at: new Date(start + (10 + 9 * k) * 86_400_000 + s * 1000).toISOString() });
    const session = `018f2f3e-0000-7000-8000-${Math.floor(Math.random() * 2 ** 47).toString(16).padStart(12, '0')}`;
    const events = [
      { at: t(0), what: { kind: 'started', patient: id, practitioner: user.id, planned: [{ label: 'one', spec }] } },
      { at: t(1), what: { kind: 'screened', findings: [] } },
      { at: t(60), what: { kind: 'needle-in', needle: 1, planned: 'one', done: spec } },
      ...(k === 2 ? [{ at: t(300), what: { kind: 'adverse', number: 1, event: { code: 'syncope', grade: 2, causality: 'probable', text: 'pale, recovered lying down' } } }] : []),
      { at: t(1800), what: { kind: 'needle-out', needle: 1, state: 'whole' } },
      { at: t(1810), what: { kind: 'counted', needles: 1 } },
      { at: t(1820), what: { kind: 'closed' } },
    ];
    await post(`/api/sessions/${session}/events`, { expected: 0, events });
  }
  return id;
}

test('course: curve, sources that disagree, gaps, harm, warnings, a new value', () =>
  // A score that is not possible is refused by the server, which the browser notes in its console.
  visit('/practice', { expectErrors: true }, async (page) => {
    await enter(page);
    const id = await patientWithCourse(page, 'Curve');
    await page.goto(new URL(`/course/${id}`, page.url()).href);
    await page.getByRole('heading', { name: 'Course of Course Curve' }).waitFor();
    await page.waitForFunction(() => document.querySelector('picture img')?.naturalWidth > 0);
    const text = await page.locator('main').innerText();
    for (const said of [/cannot show that the treatment worked/, /40 days after|32 days after|days after the onset/, /Sources disagree/, /getting better before treatment/, /not measured: did not come|1 of \d+ values are missing/, /fainting/, /From 22 .* to 31/])
      assert.match(text, said);
    assert.ok((await page.locator('[data-reach]').count()) >= 3, 'each source has its own verdict');
    await page.screenshot({ path: new URL('../shots/course.png', import.meta.url).pathname, fullPage: true });
    await accessible(page, 'course');
    // A new value: impossible ones are refused in words.
    await page.getByLabel('Instrument').first().selectOption('nihss');
    await page.getByLabel(/Total score/).fill('99');
    const refused = page.waitForResponse((r) => r.url().includes('/outcomes') && r.status() === 422);
    await page.getByRole('button', { name: 'Record the score' }).click();
    await refused;
    await page.getByText(/NIHSS goes from 0 to 42/).waitFor();
    await page.getByLabel(/Total score/).fill('4');
    await page.getByRole('button', { name: 'Record the score' }).click();
    await page.getByText('NIHSS is recorded.').waitFor();
    await page.getByText(/From 9 .* to 4/).waitFor();
    // Reliable change with numbers of one's own.
    await page.getByLabel('Standard deviation, points').fill('12');
    await page.getByLabel(/Test-retest reliability/).fill('0.95');
    await page.getByRole('button', { name: '=' }).click();
    await page.getByText(/Reliable change index 2.37: more than error/).waitFor();
    const paper = await page.evaluate(async (p) => {
      const r = await fetch(p);
      return { kind: r.headers.get('content-type'), start: (await r.text()).slice(0, 5) };
    }, `/api/patients/${id}/course/paper`);
    assert.deepEqual(paper, { kind: 'application/pdf', start: '%PDF-' });
  }));

test('clinic: who is due, what was treated, counts that claim nothing', () =>
  visit('/practice', {}, async (page) => {
    await enter(page);
    await patientWithCourse(page, 'Counts');
    await page.getByRole('link', { name: 'Clinic' }).click();
    await page.getByText(/counts, not effects/).waitFor();
    await page.getByRole('row', { name: /MS6/ }).waitFor();
    await page.getByLabel('Days').first().fill('3');
    await page.getByRole('link', { name: 'Course Counts' }).first().waitFor();
    await shot(page, 'clinic');
    await accessible(page, 'clinic');
  }));

test('long lists: what is beyond the first part comes when it is asked for', async () => {
  // A server of its own: the other tests find the demonstration's patient on a short list.
  const own = await serve(['--port', '0', '--demo']);
  await visit('/practice', { url: own.url }, async (page) => {
    await enter(page);
    // 60 people who were treated once, eleven weeks ago, and one with 60 sessions: parts are 50 long.
    const { user, post } = await sender(page);
    const begun = (patient, day) => {
      const at = { at: new Date(Date.now() - day * 86_400_000).toISOString() };
      const id = `018f2f3e-0000-7000-8000-${Math.floor(Math.random() * 2 ** 47).toString(16).padStart(12, '0')}`;
      return post(`/api/sessions/${id}/events`, { expected: 0, events: [{ at, what: { kind: 'started', patient, practitioner: user.id, planned: [] } }] });
    };
    let long;
    for (let k = 0; k < 60; k++) {
      long = (await post('/api/patients', { name: { given: `N${String(k).padStart(2, '0')}`, family: 'Longlist' } })).id;
      await post(`/api/patients/${long}/consents`, { to: 'treatment', text_version: 'paper', language: 'en', given_at: new Date(Date.now() - 78 * 86_400_000).toISOString() });
      await begun(long, 77);
    }
    for (let k = 1; k < 60; k++) await begun(long, 77 - k);
    const more = page.getByRole('button', { name: 'More' });
    const all = async (rows, first, whole) => {
      await page.waitForFunction(([r, n]) => document.querySelectorAll(r).length === n, [rows, first]);
      await more.click();
      await page.waitForFunction(([r, n]) => document.querySelectorAll(r).length === n, [rows, whole]);
      const seen = await page.locator(rows).allInnerTexts();
      assert.equal(new Set(await page.locator(`${rows} a`).evaluateAll((a) => a.map((x) => x.getAttribute('href')))).size, whole, 'each once');
      assert.equal(await more.count(), 0, 'and then no more is offered');
      return seen;
    };
    await page.goto(new URL('/practice', page.url()).href);
    const found = page.waitForResponse((r) => r.url().includes('text=Longlist'));
    await page.locator('#find-patient').fill('Longlist');
    await found;
    const names = await all('main li:has(> a.item)', 50, 60);
    assert.equal(names.filter((n) => n.includes('Longlist')).length, 60);
    await page.goto(new URL(`/practice/${long}`, page.url()).href);
    await all('main li:has(> a[href^="/session/"])', 50, 60);
    await page.goto(new URL('/course', page.url()).href);
    await page.getByLabel('Days').first().fill('3');
    await page.getByRole('link', { name: /Longlist/ }).first().waitFor();
    const due = () => page.locator('main section').first().locator('tbody tr').count();
    const begin = await due();
    assert.ok(begin < 60, 'a part of who is due');
    await more.click();
    await page.waitForFunction((n) => document.querySelector('main section').querySelectorAll('tbody tr').length > n, begin);
    assert.ok((await page.getByRole('link', { name: /Longlist/ }).count()) >= 60);
    assert.equal(await more.count(), 0);
  }).finally(() => own.end());
});

test('course and clinic: dark, Chinese, small and large', async () => {
  for (const [width, height, options] of [[360, 740, { language: 'zh' }], [1280, 800, { dark: true }], [3840, 2160, {}]]) {
    await visit('/practice', { width, height, ...options }, async (page) => {
      await enter(page);
      const id = await patientWithCourse(page, `Size${width}`);
      for (const path of [`/course/${id}`, '/course']) {
        await page.goto(new URL(path, page.url()).href);
        await page.locator('main table').first().waitFor();
        await page.waitForTimeout(600);
        assert.ok((await overflow(page)) <= 0, `${path} at ${width} px is ${await overflow(page)} px too wide`);
        await accessible(page, `${path} at ${width}`);
        await page.screenshot({ path: new URL(`../shots/${width}-course${path === '/course' ? '-clinic' : ''}.png`, import.meta.url).pathname, fullPage: width === 360 });
      }
    });
  }
});

test('idle: who has gone is signed out, and nothing of a patient stays on the screen', () =>
  // The server's refusal afterwards is noted in the browser's console.
  visit('/practice', { expectErrors: true }, async (page) => {
    await page.clock.install();
    await page.reload();
    await enter(page);
    const id = await patientWithCourse(page, 'Gone');
    await page.goto(new URL(`/course/${id}`, page.url()).href);
    await page.getByRole('heading', { name: 'Course of Course Gone' }).waitFor();
    await page.clock.fastForward('14:00');
    assert.ok(await page.getByRole('heading', { name: 'Course of Course Gone' }).isVisible(), 'not before its time');
    await page.keyboard.press('Shift');
    await page.clock.fastForward('14:00');
    assert.ok(await page.getByRole('heading', { name: 'Course of Course Gone' }).isVisible(), 'a key is a sign of life');
    await page.clock.fastForward('02:00');
    await page.getByRole('button', { name: 'Enter the demonstration' }).waitFor();
    assert.doesNotMatch(await page.locator('body').innerText(), /Gone|stroke|NIHSS/);
    const status = await page.evaluate(async (p) => (await fetch(p)).status, `/api/patients/${id}/course`);
    assert.equal(status, 401, 'the server has let go too');
  }));

test('two patients in turn: nothing of one is ever beside the other', () =>
  visit('/practice', {}, async (page) => {
    await enter(page);
    const rounds = Number(process.env.ROUNDS ?? 25);
    const people = [];
    for (const mark of ['Quetzal', 'Wombat']) people.push([mark, await patientWithCourse(page, mark)]);
    for (let k = 0; k < rounds; k++) {
      for (const [mark, id] of people) {
        const other = people.find(([m]) => m !== mark)[0];
        // Within the page, as one who works does it, not by loading it anew.
        await page.evaluate((p) => {
          history.pushState(null, '', p);
          dispatchEvent(new PopStateEvent('popstate'));
        }, k % 2 ? `/course/${id}` : `/practice/${id}`);
        await page.getByRole('heading', { name: new RegExp(mark) }).first().waitFor();
        const text = (await page.locator('body').innerText()) + (await page.title()) + page.url();
        assert.ok(!text.includes(other), `${other} beside ${mark} in round ${k}`);
      }
    }
  }));
