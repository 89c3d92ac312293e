// The interface under load: needles saved and a patient's page read, each save on the disk before it is answered.
//
//   BAIHUI=target/release/baihui node measure/load.mjs [seconds]
//
// Eight connections: each saves one needle after another into a session of its own; then eight read the page of a
// patient; then four do each at once. Prints a table for docs/workstation.md.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';

const SECONDS = Number(process.argv[2] ?? 20);
const binary = process.env.BAIHUI ?? new URL('../../target/release/baihui', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'baihui-load-'));
const server = spawn(binary, ['serve', '--port', '0', '--rate', '100000', '--record', join(folder, 'record.baihui')], { stdio: ['ignore', 'pipe', 'inherit'] });
const url = await new Promise((resolve, reject) => {
  server.stdout.on('data', (d) => {
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(String(d));
    if (found) resolve(found[0]);
  });
  server.on('exit', (code) => reject(new Error(`the server ended with ${code}`)));
});

/** A UUID of version 7. */
function uuid() {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

const json = { 'content-type': 'application/json' };
const entered = await fetch(`${url}/api/setup`, { method: 'POST', headers: json, body: JSON.stringify({ name: 'Ada Example', password: 'correct horse' }) });
const me = await entered.json();
const headers = { ...json, cookie: entered.headers.get('set-cookie').split(';')[0], 'x-baihui-csrf': me.user.csrf };

async function post(path, body) {
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  return answer.json();
}

const patients = [];
for (let i = 0; i < 20; i += 1) patients.push((await post('/api/patients', { name: { family: 'Zhao', given: `Patient ${i}` }, sex: 'female', birth_date: '1950-03-02' })).id);

const at = () => ({ at: new Date().toISOString() });
const started = (patient) => [
  { at: at(), what: { kind: 'started', patient, practitioner: me.user.id, planned: [], without_consent: 'a measurement' } },
  { at: at(), what: { kind: 'screened', findings: [] } },
  { at: at(), what: { kind: 'contact-started' } },
];
/** Needles in and out in turn, as a session has them. */
const needle = (n) => ({
  at: at(),
  what: n % 2 === 0
    ? { kind: 'needle-in', needle: n / 2 + 1, done: { site: { school: 'ms', code: 'MS6', side: 'left', position_mm: [-20, 10, 95] } } }
    : { kind: 'needle-out', needle: (n + 1) / 2, state: 'whole' },
});

/** After so many needles a session is full and the next begins, as in a clinic. */
const NEEDLES = 29;
let turn = 0;

/** A connection that saves: the version of a session is the number of its events. */
function saving(client) {
  let [session, version] = ['', 0];
  const next = () => {
    if (session === '' || version >= 3 + 2 * NEEDLES) [session, version] = [uuid(), 0];
    const events = version === 0 ? started(patients[turn++ % patients.length]) : [needle(version - 3)];
    client.setRequests([{ method: 'POST', path: `/api/sessions/${session}/events`, headers, body: JSON.stringify({ expected: version, events }) }]);
    version += events.length;
  };
  next();
  client.on('response', next);
}

/** A connection that reads the pages of patients in turn. */
function reading(client) {
  const next = () => client.setRequests([{ method: 'GET', path: `/api/patients/${patients[turn++ % patients.length]}`, headers }]);
  next();
  client.on('response', next);
}

const run = (connections, setupClient, duration = SECONDS) => autocannon({ url, connections, duration, setupClient });
const row = (what, r) => {
  if (r.non2xx > 0 || r.errors > 0) throw new Error(`${what}: ${r.non2xx} refused, ${r.errors} errors: ${JSON.stringify(r.statusCodeStats)}`);
  console.log(`| ${what} | ${Math.round(r.requests.average)} | ${r.latency.p50} | ${r.latency.p99} | ${r.latency.max} |`);
};

console.log('| what | a second | p50 ms | p99 ms | worst ms |\n|---|---|---|---|---|');
try {
  row('needle saved, 1 connection', await run(1, saving));
  row('needle saved, 8 connections', await run(8, saving));
  const page = await (await fetch(`${url}/api/patients/${patients[0]}`, { headers })).text();
  row('patient page, 1 connection', await run(1, reading));
  row('patient page, 8 connections', await run(8, reading));
  const [saves, reads] = await Promise.all([run(4, saving), run(4, reading)]);
  row('needle saved, 4 connections beside 4 that read', saves);
  row('patient page, 4 connections beside 4 that save', reads);
  console.log(`\nA patient's page had ${Math.round(page.length / 1024)} kB when reading began.`);
} finally {
  server.removeAllListeners('exit');
  server.kill();
  rmSync(folder, { recursive: true, force: true });
}
