import { chromium } from 'playwright-core';
import { startChat } from '/work/w/chat/examples/chat/server/start';
const [preset = 'bad-day', times = '5,12,20', size='1280x800'] = process.argv.slice(2);
const chat = await startChat();
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
const [w,h] = size.split('x').map(Number);
const page = await browser.newPage({ viewport: { width: w!, height: h! } });
page.on('console', (m) => m.type()==='error' && !m.text().startsWith('Failed to load') && console.log(m.text()));
page.on('pageerror', (e) => console.log('pageerror', e));
await page.goto(chat.url); await page.waitForSelector('html[data-ready]');
const begun = Date.now();
if (preset !== 'none') await page.click(`[data-preset=${preset}]`);
for (const t of times.split(',').map(Number)) {
  await new Promise((r) => setTimeout(r, begun + t * 1000 - Date.now()));
  await page.screenshot({ path: `/tmp/shot-${preset}-${t}.png` });
  console.log(t, (await page.locator('.tally').allInnerTexts()).map((x) => x.replace(/\s+/g, ' ')).join(' | '), await page.textContent('#breaker-text'), await page.textContent('#pace-text'));
}
await browser.close(); await chat.stop();
