// Every room of the workstation in a browser: what it does, by keyboard too, without accessibility violations.
//
//   BAIHUI=target/debug/baihui CHROMIUM=/usr/bin/chromium node e2e/run.mjs [part of a test's name]
//
// Each file beside this one has the tests of a room. Pictures go to web/shots, which is not committed.

import { readdirSync } from 'node:fs';
import { browser, root, server, tests } from './harness.mjs';

const wanted = process.argv[2] ?? '';
for (const file of readdirSync(`${root}e2e`).sort()) if (file.endsWith('.mjs') && file !== 'run.mjs') await import(`./${file}`);

let failed = 0;
try {
  for (const [name, fn] of tests) {
    if (!name.includes(wanted)) continue;
    const start = performance.now();
    try {
      await fn();
      console.log(`ok    ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
    } catch (e) {
      failed += 1;
      console.log(`FAIL  ${name}\n${e.stack}`);
    }
  }
} finally {
  await browser.close();
  await server.end();
}
console.log(failed === 0 ? 'all rooms pass' : `${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
