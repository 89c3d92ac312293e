// A head of a person's own files: sent, followed, confirmed, kept.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { slices, zip } from './series.mjs';
import { accessible, headReady, overflow, root, serve, shot, test, url, visit } from './harness.mjs';

const T1 = `${root}../template/t1.nii.gz`;
const OTHER = process.env.BAIHUI_T1 ?? '';
const POINTS = 'NAS 0 86.8 -40\nLPA -86.1 -20 -48\nRPA 85.8 -20 -48\nCz 0 -20 101\nFz 0 58 67\nPz 0 -82 82\nC3 -66 -12 67\nC4 66 -12 67\n';

async function enter(page) {
  await page.goto(`${new URL(page.url()).origin}/practice`);
  await page.getByRole('button', { name: /Enter the demonstration|进入演示/ }).click();
  await page.getByRole('link', { name: /Demo Patient/ }).waitFor();
}

/** The built-in skin as a scanner would write it: PLY, metres, in axes of its own. */
async function scan(page) {
  return page.evaluate(async () => {
    const bytes = await (await fetch('/api/heads/template/mesh')).arrayBuffer();
    const view = new DataView(bytes);
    const length = view.getUint32(12, true);
    const gltf = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 20, length)));
    const start = 20 + length + 8;
    const read = (index, Type) => {
      const a = gltf.accessors[index];
      const v = gltf.bufferViews[a.bufferView];
      const n = a.type === 'VEC3' ? 3 : 1;
      const at = start + (v.byteOffset ?? 0) + (a.byteOffset ?? 0);
      return new Type(bytes.slice(at, at + a.count * n * Type.BYTES_PER_ELEMENT));
    };
    const skin = gltf.meshes[gltf.nodes.find((n) => n.name === 'skin').mesh].primitives[0];
    const index = gltf.accessors[skin.indices].componentType === 5125 ? Uint32Array : Uint16Array;
    const [p, f] = [read(skin.attributes.POSITION, Float32Array), read(skin.indices, index)];
    const out = [`ply\nformat ascii 1.0\nelement vertex ${p.length / 3}\nproperty float x\nproperty float y\nproperty float z\nelement face ${f.length / 3}\nproperty list uchar int vertex_indices\nend_header`];
    const k = p.reduce((m, v) => Math.max(m, Math.abs(v)), 0) > 10 ? 0.001 : 1;
    for (let i = 0; i < p.length; i += 3) out.push(`${(p[i + 1] * k + 1).toFixed(6)} ${(p[i + 2] * k).toFixed(6)} ${(p[i] * k - 2).toFixed(6)}`);
    for (let i = 0; i < f.length; i += 3) out.push(`3 ${f[i]} ${f[i + 1]} ${f[i + 2]}`);
    return out.join('\n');
  });
}

const choose = (page, name, buffer) => page.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(buffer) });
const known = (page, kind) => page.waitForFunction((k) => document.querySelector('#making-kind')?.value === k, kind);
const confirmed = (page) => page.getByRole('heading', { name: 'Look before you trust' }).waitFor({ timeout: 280_000 });
const shares = (page) =>
  page.evaluate(() => {
    window.shares = [];
    new MutationObserver(() => {
      const bar = document.querySelector('progress');
      if (bar && bar.value !== window.shares.at(-1)) window.shares.push(bar.value);
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  });

test('making: without a record, from an MRI to zones on the own head', async () => {
  const own = await serve(['--port', '0']);
  try {
    await visit('/', { url: own.url }, async (page) => {
      await headReady(page);
      await page.getByRole('button', { name: 'File', exact: true }).click();
      await page.getByText('Drop files or a folder here').first().waitFor();
      await shot(page, 'making-drop');
      await accessible(page, 'drop zone');
      await choose(page, 'T1.nii.gz', readFileSync(OTHER && existsSync(OTHER) ? OTHER : T1));
      await known(page, 'mri');
      await shares(page);
      await page.getByRole('button', { name: 'Make the head' }).click();
      await page.locator('progress').waitFor();
      await page.waitForFunction(() => document.querySelector('progress')?.value > 0.1, undefined, { timeout: 120_000 });
      await shot(page, 'making-progress');
      await accessible(page, 'progress');
      await confirmed(page);
      const seen = await page.evaluate(() => window.shares);
      assert.ok(seen.length >= 4, `progress was told: ${seen}`);
      await page.waitForTimeout(600);
      await shot(page, 'making-confirm');
      await accessible(page, 'confirmation');

      // A landmark by keyboard: five steps of one millimetre.
      const spot = page.getByRole('button', { name: /^Nasion/ });
      await spot.click();
      await page.waitForTimeout(300);
      for (let k = 0; k < 5; k++) await page.keyboard.press('ArrowUp');
      const moved = Number(/moved ([\d.]+)/.exec(await spot.innerText())?.[1]);
      assert.ok(moved > 4 && moved < 6, `five steps are ${moved} mm`);
      await page.getByRole('button', { name: 'Put back' }).click();
      assert.doesNotMatch(await spot.innerText(), /moved/);

      // Nothing is used before each landmark was looked at.
      const use = page.getByRole('button', { name: 'Use this head' });
      const ticks = page.getByRole('checkbox', { name: /It is right here/ });
      for (let k = 0; k < (await ticks.count()); k++) {
        assert.ok(await use.isDisabled(), `${k} landmarks are not all`);
        await ticks.nth(k).check();
      }
      await use.click();
      await page.locator('.whose', { hasText: 'MRI' }).waitFor();
      await headReady(page);
      await shot(page, 'making-own-head');
      assert.equal(await page.evaluate(() => Object.values(localStorage).some((v) => v.includes('own'))), false, 'nothing of it stays in the browser');
    });
  } finally {
    await own.end();
  }
});

test('making: a zip of DICOM slices is the head that their image is', async () => {
  const own = await serve(['--port', '0']);
  const made = async (page, name, bytes) => {
    await page.goto(own.url);
    await headReady(page);
    await page.getByRole('button', { name: 'File', exact: true }).click();
    await choose(page, name, bytes);
    await known(page, 'mri');
    await page.getByRole('button', { name: 'Make the head' }).click();
    await confirmed(page);
    const ticks = page.getByRole('checkbox', { name: /It is right here/ });
    for (let k = 0; k < (await ticks.count()); k++) await ticks.nth(k).check();
    const kept = page.waitForRequest((r) => /\/api\/heads\/own[^/]*\/zones/.test(r.url()));
    await page.getByRole('button', { name: 'Use this head' }).click();
    const head = /heads\/(own[^/]*)\//.exec((await kept).url())[1];
    const view = await page.evaluate(async (h) => (await fetch(`/api/heads/${h}`)).json(), head);
    return new Map(view.landmarks.map((l) => [`${l.name} ${l.side}`, l.position_mm]));
  };
  try {
    await visit('/', { url: own.url }, async (page) => {
      const image = readFileSync(T1);
      const fromSlices = await made(page, 'series.zip', zip(slices(image)));
      const fromImage = await made(page, 'T1.nii.gz', image);
      assert.ok(fromImage.size > 30);
      for (const [name, at] of fromImage) {
        const other = fromSlices.get(name);
        assert.ok(other && Math.hypot(...at.map((c, i) => c - other[i])) < 0.5, `${name}: ${at} and ${other}`);
      }
      // A broken zip is told by name.
      await page.goto(own.url);
      await headReady(page);
      await page.getByRole('button', { name: 'File', exact: true }).click();
      await choose(page, 'broken.zip', zip(slices(image)).subarray(0, 40_000));
      await known(page, 'mri');
      await page.getByRole('button', { name: 'Make the head' }).click();
      await page.getByText(/broken\.zip/).last().waitFor();
      await page.getByRole('alert').waitFor();
    });
  } finally {
    await own.end();
  }
});

test('making: a scan, a landmark dragged, made again', () =>
  visit('/', {}, async (page) => {
    await enter(page);
    await page.goto(`${url}/`);
    await headReady(page);
    await page.getByRole('button', { name: 'File', exact: true }).click();
    const ply = await scan(page);
    await page.locator('input[type=file]').waitFor({ state: 'attached' });
    await choose(page, 'head.ply', ply);
    await known(page, 'scan');
    await page.getByLabel('Hair or cap, mm').fill('0');
    await shot(page, 'making-scan');
    await accessible(page, 'options of a scan');
    await page.getByRole('button', { name: 'Make the head' }).click();
    await confirmed(page);
    await page.getByRole('button', { name: /^Nasion/ }).click();
    await page.waitForTimeout(400);
    const label = page.locator('.head-labels span:not([hidden])', { hasText: 'Nasion' });
    await label.waitFor();
    // The ball is found under its label: the pointer shows that it can be moved.
    const box = await page.locator('.host').first().boundingBox();
    const at = await label.boundingBox();
    let hold;
    for (let dy = -40; dy <= 40 && !hold; dy += 4)
      for (let dx = -60; dx <= 60 && !hold; dx += 6) {
        const [x, y] = [at.x + at.width / 2 + dx, at.y + at.height / 2 + dy];
        await page.mouse.move(x, y);
        await page.evaluate(() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r))));
        if ((await page.evaluate(() => document.querySelector('.head-pad').style.cursor)) === 'move') hold = [x, y];
      }
    assert.ok(hold && box, 'the landmark can be taken hold of');
    await page.mouse.down();
    await page.mouse.move(hold[0] + 4, hold[1] - 10, { steps: 5 });
    await page.mouse.up();
    const moved = Number(/moved ([\d.]+)/.exec(await page.getByRole('button', { name: /^Nasion/ }).innerText())?.[1]);
    assert.ok(moved > 1 && moved < 25, `dragged by ${moved} mm`);
    await shot(page, 'making-dragged');
    await accessible(page, 'a landmark that was moved');
    const again = page.getByRole('button', { name: 'Make again with these landmarks' });
    assert.ok(await again.isDisabled(), 'a scan takes its directions from three landmarks');
    for (const ear of [/left ear: It is/, /right ear: It is/]) await page.getByRole('checkbox', { name: ear }).check();
    await again.click();
    await page.locator('progress').waitFor();
    await confirmed(page);
    assert.match(await page.locator('.spot', { hasText: 'Nasion' }).innerText(), /given by hand/);
    await accessible(page, 'made again');
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByText('Drop files or a folder here').first().waitFor();
    await headReady(page);
  }));

test('making: for a patient, on a phone, in Chinese', () =>
  visit('/practice', { width: 360, height: 740, language: 'zh', dark: true }, async (page) => {
    await enter(page);
    const link = page.getByRole('link', { name: /Demo Patient/ });
    const id = new URL(await link.getAttribute('href'), url).pathname.split('/').pop();
    await page.goto(`${url}/encounter/${id}/locate`);
    await page.locator('.head-labels').first().waitFor({ state: 'attached' });
    await page.getByRole('button', { name: '文件', exact: true }).click();
    await choose(page, 'cap.sfp', POINTS);
    await page.getByRole('button', { name: '制作头部' }).click();
    await page.getByRole('heading', { name: '使用前请先核对' }).waitFor({ timeout: 120_000 });
    assert.equal(await overflow(page), 0, 'nothing is wider than the phone');
    await page.screenshot({ path: `${root}shots/making-phone-zh.png`, fullPage: true });
    await accessible(page, 'confirmation on a phone');
    for (const tick of await page.getByRole('checkbox', { name: /位置正确/ }).all()) await tick.check();
    await page.getByRole('button', { name: '保存为该患者的头部' }).click();
    await page.getByText('已保存为该患者的头部').waitFor();
    await page.reload();
    await page.locator('.head-labels span:not([hidden])').first().waitFor();
    const kept = await page.evaluate(async (p) => (await fetch(`/api/patients/${p}/head`)).json(), id);
    assert.ok(kept.id.startsWith('own'), JSON.stringify(kept));
    // The demonstration is as it was for the tests that follow.
    const body = { version: kept.version };
    await page.evaluate(
      async ([p, b]) => {
        const me = await (await fetch('/api/me')).json();
        await fetch(`/api/patients/${p}/head`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-baihui-csrf': me.user.csrf }, body: JSON.stringify(b) });
      },
      [id, body],
    );
  }));

test('making: cancelled leaves nothing; a bad file is told clearly', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'baihui-making-'));
  const own = await serve(['--port', '0']);
  try {
    await visit('/', { url: own.url, expectErrors: true }, async (page) => {
      await headReady(page);
      await page.getByRole('button', { name: 'File', exact: true }).click();
      await choose(page, 'letter.pdf', '%PDF');
      await page.getByText('This is not named as an image').waitFor();
      assert.ok(await page.getByRole('button', { name: 'Make the head' }).isDisabled());
      await page.getByRole('button', { name: 'Other files' }).click();
      await choose(page, 'T1.nii', 'this is no image');
      await page.getByRole('button', { name: 'Make the head' }).click();
      await page.locator('[role=alert]', { hasText: 'T1.nii' }).waitFor();
      await shot(page, 'making-bad');
      await accessible(page, 'a bad file');
      await page.getByRole('button', { name: 'Other files' }).click();

      writeFileSync(join(folder, 'T1.nii.gz'), readFileSync(T1));
      await page.locator('input[type=file]').setInputFiles(join(folder, 'T1.nii.gz'));
      const ids = [];
      page.on('request', (r) => {
        const job = /\/api\/jobs\/(job\w+)\/start/.exec(r.url());
        if (job) ids.push(job[1]);
      });
      await page.getByRole('button', { name: 'Make the head' }).click();
      await page.waitForFunction(() => document.querySelector('progress')?.value > 0.05, undefined, { timeout: 120_000 });
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByText('Drop files or a folder here').first().waitFor();
      const job = await page.evaluate(async (id) => (await fetch(`/api/jobs/${id}`)).json(), ids[0]);
      assert.deepEqual([job.stage, job.files, job.made], ['cancelled', [], undefined]);
    });
  } finally {
    await own.end();
    rmSync(folder, { recursive: true });
  }
});
