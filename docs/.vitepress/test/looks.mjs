import { strict as assert } from 'node:assert';

const axe = new URL('../../../node_modules/axe-core/axe.min.js', import.meta.url).pathname;
const pages = [
  '/',
  '/play/',
  '/play/rate-limit',
  '/play/lab',
  '/guides/hedging',
  '/reference/rxjs-resilience/functions/rateLimit',
];
/** What the theme itself has made so: the button of its search, and the parts of its sidebar that fold, with a button in a button. */
const theme = ['.DocSearch', '.VPSidebarItem.collapsible > .item'];
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];

async function open(page, url) {
  await page.goto(url);
  if (url.includes('/play/rate-limit')) {
    await page.locator('.drawing svg').last().waitFor();
  }
  if (url.endsWith('/play/lab')) {
    await page.locator('[data-play=lab][data-done=true]').waitFor({ timeout: 60_000 });
  }
}

/** Light and dark, large and small, and for those who do not see it. */
export const looks = [
  [
    'axe finds nothing, on light pages and on dark ones',
    async ({ page, home }) => {
      const all = [];
      for (const scheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
        for (const path of pages) {
          await open(page, `${home}${path}`);
          assert.equal(
            await page.evaluate(() => document.documentElement.classList.contains('dark')),
            scheme === 'dark',
          );
          await page.addScriptTag({ path: axe });
          const found = await page.evaluate(
            async ([values, exclude]) => {
              const { violations } = await window.axe.run({ exclude }, { runOnly: { type: 'tag', values } });
              return violations.map(
                ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(' | ')}`,
              );
            },
            [rules, theme],
          );
          all.push(...found.map((each) => `${path}, ${scheme}: ${each}`));
        }
      }
      assert.deepEqual(all, []);
    },
  ],
  [
    'on a phone nothing is wider than the page, and drawings are redrawn to be read',
    async ({ page, home }) => {
      await page.setViewportSize({ width: 375, height: 740 });
      for (const path of pages) {
        await open(page, `${home}${path}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= 375, `${path} is ${wide} px wide`);
      }
      await open(page, `${home}/play/rate-limit`);
      await page.waitForFunction(() => document.querySelector('.drawing svg').getAttribute('width') < 375);
      await page.setViewportSize({ width: 1280, height: 720 });
    },
  ],
];
