import { strict as assert } from 'node:assert';
import { readdirSync } from 'node:fs';

const operators = readdirSync(new URL('../../../reports/site/play/', import.meta.url))
  .filter((name) => name.endsWith('.html') && name !== 'index.html' && name !== 'lab.html')
  .map((name) => name.slice(0, -5));
/** Bytes gzipped, without fonts, of which there are none. */
const heaviest = 150_000;

/** Sets a control as a reader does. */
export async function set(control, value) {
  await control.evaluate((input, to) => {
    input.value = to;
    input.dispatchEvent(new Event(input.tagName === 'SELECT' ? 'change' : 'input', { bubbles: true }));
  }, String(value));
}

/** What is tried of the diagrams. */
export const diagrams = [
  [
    'each page of diagrams is light, and shows them all',
    async ({ page, home, sent }) => {
      assert.equal(operators.length, 14);
      let most = 0;
      for (const operator of operators) {
        await page.goto('about:blank');
        sent.bytes = 0;
        sent.files.length = 0;
        await page.goto(`${home}/play/${operator}`);
        const plays = page.locator('[data-play]');
        await plays.last().locator('.drawing svg').waitFor();
        await page.waitForLoadState('networkidle');
        assert.ok(sent.bytes < heaviest, `${operator}: ${sent.bytes} bytes, ${sent.files.join(' ')}`);
        most = Math.max(most, sent.bytes);
        assert.equal(await page.locator('.drawing svg').count(), await page.locator('.vp-doc h2').count(), operator);
      }
      return `at most ${(most / 1_000).toFixed(0)} kB gzip`;
    },
  ],
  [
    'a slider moves by the keyboard; diagram, code and address follow',
    async ({ page, home }) => {
      await page.goto(`${home}/play/rate-limit`);
      const play = page.locator('[data-play="rate-limit-1"]');
      const slider = play.locator('input[type=range]').first();
      await slider.focus();
      await page.locator('[data-play="rate-limit-1"][data-ready=true]').waitFor();
      const before = await play.locator('.drawing').getAttribute('aria-label');
      await page.keyboard.press('ArrowRight');
      await page.waitForFunction(
        (old) => document.querySelector('[data-play="rate-limit-1"] .drawing').getAttribute('aria-label') !== old,
        before,
      );
      assert.match(await play.locator('pre').innerText(), /limit: 3/);
      assert.match(page.url(), /rate-limit-1\.limit=3/);
      await play.locator('summary', { hasText: 'In words' }).click();
      assert.match(await play.locator('details p').innerText(), /^answers: a at 0 ms, /);
    },
  ],
  [
    'marbles can be written, and mistakes in them are said',
    async ({ page }) => {
      const play = page.locator('[data-play="rate-limit-1"]');
      await play.locator('.lines input').first().fill('xxx(x|');
      await play.locator('.problem', { hasText: /^prompts: a bracket/ }).waitFor();
      await play.locator('.lines input').first().fill('x---x|');
      await play.locator('.problem').waitFor({ state: 'detached' });
      assert.match(await play.locator('.drawing').getAttribute('aria-label'), /a at 4 ms/);
    },
  ],
  [
    'a link keeps the state, and Reset takes it back',
    async ({ page, home }) => {
      await page.locator('[data-play="rate-limit-1"] button', { hasText: 'Copy link' }).click();
      const link = await page.evaluate(() => navigator.clipboard.readText());
      await page.goto('about:blank');
      await page.goto(link);
      const play = page.locator('[data-play="rate-limit-1"]');
      await play.locator('pre', { hasText: 'limit: 3' }).waitFor();
      assert.equal(await play.locator('.lines input').first().inputValue(), 'x---x|');
      await page.locator('[data-play="rate-limit-1"] .drawing[aria-label*="a at 4 ms"]').waitFor();
      await play.locator('button', { hasText: 'Reset' }).click();
      await play.locator('pre', { hasText: 'limit: 2' }).waitFor();
      assert.equal(new URL(page.url()).search, '');
      await page.goto(`${home}/play/retry-backoff?retry-backoff-1.jitter=full`);
      await page.locator('[data-play="retry-backoff-1"] pre', { hasText: "jitter: 'full'" }).waitFor();
    },
  ],
  [
    'every link of the pages that one begins with leads to a page, and to a place on it',
    async ({ page, home }) => {
      for (const start of ['/', '/play/', '/play/lab', '/play/hedge', '/guides/testing']) {
        await page.goto(`${home}${start}`);
        const links = await page
          .locator('.vp-doc a:not(.header-anchor)')
          .evaluateAll((all) => all.map(({ href }) => href));
        for (const link of new Set(links.filter((each) => each.startsWith(home)))) {
          const { pathname, hash } = new URL(link);
          const text = await page.evaluate(async (path) => {
            const response = await fetch(path);
            return response.ok ? response.text() : undefined;
          }, pathname);
          assert.ok(text?.includes(hash === '' ? '' : `id="${hash.slice(1)}"`), `${start}: ${link}`);
        }
      }
    },
  ],
  [
    'a move redraws the diagram',
    async ({ page, home }) => {
      await page.goto(`${home}/play/rate-limit?rate-limit-1.limit=3`);
      await page.locator('[data-play="rate-limit-1"][data-ready=true]').waitFor();
      const took = await page.evaluate(async () => {
        const play = document.querySelector('[data-play="rate-limit-1"]');
        const input = play.querySelector('input');
        const times = [];
        for (let n = 0; n < 100; n += 1) {
          const drawn = new Promise((resolve) => {
            const watcher = new MutationObserver(() => {
              watcher.disconnect();
              resolve();
            });
            watcher.observe(play.querySelector('.drawing'), { childList: true });
          });
          const begun = performance.now();
          input.value = String(1 + (n % 6));
          input.dispatchEvent(new Event('input'));
          await drawn;
          play.getBoundingClientRect(); // the layout is part of it
          times.push(performance.now() - begun);
          await new Promise((resolve) => setTimeout(resolve, 0));
        }
        return times.sort((one, other) => one - other)[50];
      });
      assert.ok(took < 50, `${took} ms`);
      return `in ${took.toFixed(1)} ms (median of 100)`;
    },
  ],
];
