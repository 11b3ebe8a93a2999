import { type Browser, chromium, type Page } from 'playwright-core';
// @ts-expect-error: plain JavaScript
import { findOrInstallBrowser } from '../../support/programs.mjs';

/** A Chromium for the pages of guides, which show an answer in a `p` and its phase in a `small`. */
export async function launch(): Promise<Browser> {
  const { path } = await findOrInstallBrowser();
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
  return chromium.launch({ executablePath: path, args });
}

/** Opens a page once its `chat` is there, with the mistakes that it makes from then on. */
export async function visit(page: Page, url: string): Promise<{ page: Page; mistakes: string[] }> {
  const mistakes: string[] = [];
  page.on('pageerror', ({ message }) => mistakes.push(message));
  await page.goto(url);
  await page.waitForFunction(() => 'chat' in window);
  return { page, mistakes };
}

/** Calls what the mounted page gave its test. */
export function tell(page: Page, name: string, ...words: string[]): Promise<void> {
  return page.evaluate(
    ([method, text]) => (window as never as { chat: Record<string, (text?: string) => void> }).chat[method!]!(text),
    [name, ...words],
  );
}

export function text(page: Page): Promise<string> {
  return page.evaluate(() => document.querySelector('p')?.textContent?.trim() ?? '');
}

export function phase(page: Page): Promise<string> {
  return page.evaluate(() => document.querySelector('small')?.textContent?.trim() ?? '');
}
