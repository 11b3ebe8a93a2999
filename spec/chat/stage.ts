import type { Browser, BrowserContext, ConsoleMessage, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { firstValueFrom } from 'rxjs';
import { expect } from 'vitest';
import { type Chat, type ChatConfig, startChat } from '../../examples/chat/server/start';
// @ts-expect-error: plain JavaScript
import { findOrInstallBrowser } from '../places/browser.mjs';

const query = { window: 2_000, delay: 200, recovery: 800, failures: 3, first: 800, each: 400 };

/** Without these it looks for its maker's hosts. */
const flags = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** A running chat with a browser before it. */
export class Stage {
  readonly #errors: string[] = [];
  #page: Page | undefined;

  private constructor(
    readonly chat: Chat,
    private readonly browser: Browser,
    private readonly context: BrowserContext,
  ) {}

  static async open(config: ChatConfig): Promise<Stage> {
    const { path } = await findOrInstallBrowser();
    const [chat, browser] = await Promise.all([
      startChat(config),
      chromium.launch({ executablePath: path, args: flags }),
    ]);
    return new Stage(chat, browser, await browser.newContext());
  }

  /** A fresh page with limits of its own; faults of earlier pages are forgotten. */
  async visit(settings: Readonly<Record<string, number>> = {}): Promise<Page> {
    this.chat.faults?.clear();
    const page = await this.context.newPage();
    this.#page = page;
    page.on('console', (message) => this.#hear(message));
    page.on('pageerror', (error) => this.#errors.push(error.message));
    const numbers = Object.entries({ ...query, ...settings }).map(([name, value]) => [name, String(value)]);
    await page.goto(`${this.chat.url}?${new URLSearchParams(numbers)}`);
    await page.waitForSelector('html[data-ready]');
    return page;
  }

  /** Closes the page; whatever it complained of is a failure. */
  async leave(): Promise<void> {
    await this.#page?.close();
    this.#page = undefined;
    expect(this.#errors.splice(0)).toEqual([]);
    await expect.poll(() => this.openConnections()).toBe(0);
  }

  openConnections(): Promise<number> {
    return firstValueFrom(this.chat.open$);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.chat.stop();
  }

  /** That a request failed which was to fail is no finding. */
  #hear(message: ConsoleMessage): void {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      this.#errors.push(message.text());
    }
  }
}

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
