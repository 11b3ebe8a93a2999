import { strict as assert } from 'node:assert';
import { set } from './diagrams.mjs';

const done = (page) => page.locator('[data-play=lab][data-done=true]').waitFor({ timeout: 60_000 });
/** What stands in a column of the table. */
const cell = async (page, label, column) =>
  page
    .locator('[data-play=lab] tr', { has: page.locator(`th:text-is("${label}")`) })
    .locator('td')
    .nth(column)
    .innerText();

/** What is tried of the lab. */
export const lab = [
  [
    'the lab simulates in a worker, and sets two settings side by side',
    async ({ page, home }) => {
      await page.goto(`${home}/play/lab`);
      await done(page);
      await page.locator('button', { hasText: 'Keep, to compare' }).click();
      assert.equal(await page.locator('.plot').count(), 8);
      await set(page.locator('[data-name=outage]'), 10);
      await page.locator('[data-play=lab][data-done=false]').waitFor();
      await done(page);
      assert.notEqual(await cell(page, 'refused: circuit-open', 1), '-');
      assert.notEqual(await cell(page, 'answered', 0), await cell(page, 'answered', 1));
      await set(page.locator('[data-name=perSecond]'), 2.5);
      await page.waitForFunction(() => location.search.includes('lab.perSecond=2.5'));
    },
  ],
  [
    'the lab takes a part of a quota away that no guard knows',
    async ({ page, home }) => {
      const hidden = `${home}/play/lab?lab.knows=false`;
      await page.goto(`${hidden}&kept.on=&kept.knows=false&lab.shrunk=50`);
      await page.locator('th:text-is("Kept")').waitFor({ timeout: 60_000 });
      await done(page);
      const answered = await Promise.all([0, 1].map((column) => cell(page, 'answered', column)));
      const [kept, now] = answered.map((text) => Number(text.split(' ')[0].replace(',', '')));
      assert.ok(now < kept - 200, `${now} of ${kept}`);
      await page.goto(`${home}/play/lab?lab.perSecond=2.5&lab.outage=10&kept.on=`);
    },
  ],
  [
    'a link keeps both settings',
    async ({ page }) => {
      const link = page.url();
      await page.goto('about:blank');
      await page.goto(link);
      await page.locator('th:text-is("Kept")').waitFor({ timeout: 60_000 });
      await done(page);
      assert.equal(await page.locator('[data-name=outage]').inputValue(), '10');
      assert.equal(await page.locator('.plots.two .plot').count(), 8);
    },
  ],
];
