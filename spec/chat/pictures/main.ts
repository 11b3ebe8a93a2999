import { writeFileSync } from 'node:fs';
import { chromium, type Page } from 'playwright-core';
import { startChat } from '../../../examples/chat/server/start';
// @ts-expect-error: plain JavaScript
import { findOrInstallBrowser } from '../../support/programs.mjs';
import { type Moment, moving } from './moving';

// npm run chat:pictures     docs/chat.png, five seconds into a bad day, and docs/chat.svg, all of that day

const still = 4_600; // the picture takes a while itself
const longest = 16_000;

/** What the page shows now of the answers of each lane. */
function look(page: Page): Promise<Moment['lanes']> {
  return page.evaluate(() =>
    ['guarded', 'plain'].map((name) => {
      const lane = document.querySelector(`[data-lane=${name}]`)!;
      const tally = [...lane.querySelectorAll('.tally dd')].map(({ textContent }) => Number(textContent));
      const cells = [...lane.querySelectorAll<HTMLElement>('.message')].map(({ dataset, textContent }) => {
        const { phase, outcome } = dataset;
        const doing =
          outcome !== 'running' ? outcome! : phase === 'waiting' && /retry in/.test(textContent!) ? 'retry' : phase!;
        return { doing, length: 0 };
      });
      for (const [index, answer] of [...lane.querySelectorAll('.answer')].entries()) {
        cells[index]!.length = answer.textContent!.length;
      }
      return { tally, cells };
    }),
  );
}

const chat = await startChat();
const { path } = await findOrInstallBrowser();
const browser = await chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage({ viewport: { width: 1_280, height: 800 }, colorScheme: 'light' });
await page.goto(chat.url);
await page.waitForSelector('html[data-ready]');
await page.evaluate(() => {
  new MutationObserver((_, observer) => {
    document.documentElement.dataset.begun ??= String(Date.now());
    observer.disconnect();
  }).observe(document.querySelector('.messages')!, { childList: true });
});
await page.click('[data-preset=bad-day]');
await page.mouse.move(0, 0);
const begun = Number(await page.evaluate(() => document.documentElement.dataset.begun ?? Date.now()));
const moments: Moment[] = [];
let isTaken = false;
for (let at = 0; at < longest; at = Date.now() - begun) {
  moments.push({ at, lanes: await look(page) });
  if (!isTaken && at >= still) {
    isTaken = true;
    await page.screenshot({ path: 'docs/chat.png' });
  }
  await page.waitForTimeout(100);
}
writeFileSync('docs/chat.svg', moving(moments));
await browser.close();
await chat.stop();
