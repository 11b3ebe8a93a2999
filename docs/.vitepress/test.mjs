// npm run site:test: opens the built site in Chromium, and plays with it.
import { strict as assert } from 'node:assert';
import { chromium } from 'playwright-core';
import { findOrInstallBrowser } from '../../spec/support/programs.mjs';
import { diagrams } from './test/diagrams.mjs';
import { lab } from './test/lab.mjs';
import { looks } from './test/looks.mjs';
import { served } from './test/serve.mjs';

const { home, sent, close } = await served(new URL('../../reports/site/', import.meta.url).pathname);
const browser = await chromium.launch({ executablePath: (await findOrInstallBrowser()).path, args: ['--no-sandbox'] });

try {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  const foreign = [];
  const errors = [];
  const isOwn = (url) => url.startsWith(home) || /^(data|blob):/.test(url);
  context.on('request', (request) => isOwn(request.url()) || foreign.push(request.url()));
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('response', (response) => response.status() >= 400 && errors.push(`${response.status()} ${response.url()}`));

  const wanted = process.argv[2] ?? '';
  for (const [name, check] of [...diagrams, ...lab, ...looks].filter(([each]) => each.includes(wanted))) {
    const begun = performance.now();
    const told = await check({ page, home, sent });
    console.log(
      `${name}${told === undefined ? '' : `: ${told}`} (${((performance.now() - begun) / 1_000).toFixed(1)} s)`,
    );
  }
  assert.deepEqual(foreign, []);
  assert.deepEqual(errors, []);
  console.log('nothing was asked of any other server, and nothing was thrown');
} finally {
  await browser.close();
  close();
}
