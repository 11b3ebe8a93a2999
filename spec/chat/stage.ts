import type { Browser, ConsoleMessage, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { firstValueFrom } from 'rxjs';
import { expect } from 'vitest';
import { type Chat, type ChatConfig, startChat } from '../../examples/chat/server/start';
// @ts-expect-error: plain JavaScript
import { findOrInstallBrowser } from '../support/programs.mjs';

const query = { window: 2_000, delay: 200, recovery: 800, failures: 3, first: 2_000, each: 1_000 };

/** Without these it looks for its maker's hosts. */
const flags = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** A running chat with a browser before it. */
class Stage {
  readonly #errors: string[] = [];
  #browser: Browser | undefined;
  #page: Page | undefined;
  chat!: Chat;

  async open(config: ChatConfig): Promise<void> {
    const { path } = await findOrInstallBrowser();
    [this.chat, this.#browser] = await Promise.all([
      startChat(config),
      chromium.launch({ executablePath: path, args: flags }),
    ]);
  }

  /** The page anew, with limits of its own. */
  async visit(settings: Readonly<Record<string, number>> = {}): Promise<Page> {
    const page = this.#page?.isClosed() === false ? this.#page : await this.#newPage();
    const numbers = Object.entries({ ...query, ...settings }).map(([name, value]) => [name, String(value)]);
    await page.goto(`${this.chat.url}?${new URLSearchParams(numbers)}`);
    await page.waitForSelector('html[data-ready]');
    return page;
  }

  /** Leaves the page; whatever it complained of is a failure. Faults that are left over are forgotten. */
  async leave(): Promise<void> {
    this.chat.faults?.clear();
    if (this.#page?.isClosed() === false) {
      await this.#page.goto('about:blank');
    }
    expect(this.#errors.splice(0)).toEqual([]);
    await expect.poll(() => this.openConnections()).toBe(0);
  }

  async #newPage(): Promise<Page> {
    this.#page = await this.#browser!.newPage();
    this.#page.setDefaultTimeout(15_000);
    this.#page.on('console', (message) => this.#hear(message));
    this.#page.on('pageerror', (error) => this.#errors.push(error.message));
    return this.#page;
  }

  openConnections(): Promise<number> {
    return firstValueFrom(this.chat.open$);
  }

  async close(): Promise<void> {
    await this.#browser?.close();
    await this.chat.stop();
  }

  /** That a request failed which was to fail is no finding. */
  #hear(message: ConsoleMessage): void {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      this.#errors.push(message.text());
    }
  }
}

export const stage = new Stage();

/** Asks a question. */
export async function ask(page: Page, question: string): Promise<void> {
  await page.fill('#prompt', question);
  await page.click('text="Send"');
}

/** Makes the provider misbehave, and waits until the page knows of it. */
export async function arm(page: Page, fault: string, count = 1): Promise<void> {
  await page.selectOption('#fault-count', String(count));
  await page.click(`[data-fault=${fault}]`);
  await page.locator(`[data-fault=${fault}] .armed`, { hasText: `× ${count}` }).waitFor();
}

/** Waits until the message stands at this phase. */
export function reaches(page: Page, phase: string, id = 'guarded-1'): Promise<unknown> {
  return page.waitForSelector(`[data-id=${id}][data-phase=${phase}]`);
}

export async function answerOf(page: Page, id = 'guarded-1'): Promise<string> {
  return (await page.textContent(`[data-id=${id}] .answer`)) ?? '';
}

export async function phaseOf(page: Page, id = 'guarded-1'): Promise<string> {
  return (await page.textContent(`[data-id=${id}] .phase`)) ?? '';
}
