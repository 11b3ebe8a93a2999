// npm run site:test: opens the built site in Chromium, and plays with it.
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { findOrInstallBrowser } from '../../spec/support/programs.mjs';

const site = new URL('../../reports/site/', import.meta.url).pathname;
const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};
let sent = 0;
const server = createServer((request, response) => {
  const path = decodeURI(new URL(request.url, 'http://site').pathname);
  const file = join(site, path.endsWith('/') ? `${path}index.html` : extname(path) === '' ? `${path}.html` : path);
  try {
    const body = readFileSync(file);
    sent += gzipSync(body).length;
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const home = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({
  executablePath: (await findOrInstallBrowser()).path,
  args: ['--no-sandbox'],
});

try {
  const page = await browser.newPage();
  const foreign = [];
  const errors = [];
  page.on(
    'request',
    (request) => request.url().startsWith(home) || /^(data|blob):/.test(request.url()) || foreign.push(request.url()),
  );
  page.on('pageerror', (error) => errors.push(String(error)));

  await page.goto(`${home}/play/`);
  const limiter = page.locator('[data-play=rateLimit]');
  await limiter.locator('svg').waitFor();
  await page.waitForLoadState('networkidle');
  console.log(`the page of the diagrams: ${(sent / 1_000).toFixed(0)} kB gzip, with what it prefetches`);

  const before = await limiter.locator('svg').getAttribute('aria-label');
  const slider = limiter.locator('input').first();
  await slider.focus();
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(
    (old) => document.querySelector('[data-play=rateLimit] svg').getAttribute('aria-label') !== old,
    before,
  );
  assert.match(await limiter.locator('pre').innerText(), /limit: 3/);
  assert.match(page.url(), /rateLimit\.limit=3/);
  console.log('a slider moves by the keyboard; diagram, code and address follow');

  const took = await page.evaluate(async () => {
    const input = document.querySelector('[data-play=rateLimit] input');
    const times = [];
    for (let n = 0; n < 100; n += 1) {
      const begun = performance.now();
      input.value = String(1 + (n % 6));
      input.dispatchEvent(new Event('input'));
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
      times.push(performance.now() - begun);
    }
    return times.sort((one, other) => one - other)[50];
  });
  console.log(`a move redraws the diagram in ${took.toFixed(1)} ms (median of 100, to the next frame)`);
  assert.ok(took < 50, `${took} ms`);

  await page.goto(`${home}/play/?rateLimit.limit=5`);
  await page.locator('[data-play=rateLimit] pre', { hasText: 'limit: 5' }).waitFor();
  console.log('a link keeps the state');

  await page.goto(`${home}/play/lab`);
  await page.locator('[data-play=lab][data-done=true]').waitFor({ timeout: 60_000 });
  assert.match(await page.locator('[data-play=lab] pre').innerText(), /the guard that binds/);
  await page.locator('[data-play=lab] button').click();
  await page.locator('[data-play=lab] pre').nth(1).waitFor({ timeout: 60_000 });
  console.log('the lab runs in a worker, and sets two settings side by side');

  assert.deepEqual(foreign, []);
  assert.deepEqual(errors, []);
  console.log('nothing was asked of any other server, and nothing was thrown');
} finally {
  await browser.close();
  server.close();
}
