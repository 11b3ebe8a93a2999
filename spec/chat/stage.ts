import type { Browser, ConsoleMessage, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { firstValueFrom } from 'rxjs';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type Chat, type ChatConfig, startChat } from '../../examples/chat/server/start';
// @ts-expect-error: plain JavaScript
import { findOrInstallBrowser } from '../support/programs.mjs';

const query = { window: 2_000, delay: 200, recovery: 800, failures: 5, first: 1_500, each: 1_000 };

const desk = { width: 1_280, height: 800 };

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

  /** Another page, of another chat. */
  async visitAt(url: string): Promise<{ page: Page; close(): Promise<void> }> {
    const page = await this.#browser!.newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(url);
    await page.waitForSelector('html[data-ready]');
    return { page, close: () => page.close() };
  }

  /** How long the tasks of a page take while something is done: ms of its CPU, so that busy neighbours do not count. */
  async tasksOf(page: Page, during: () => Promise<void>): Promise<number[]> {
    await this.#browser!.startTracing(page, { categories: ['toplevel'] });
    let trace: Buffer | undefined;
    try {
      await during();
    } finally {
      trace = await this.#browser!.stopTracing(); // else it could not be tried again
    }
    const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
    const isMain = new Set(traceEvents.filter(({ args }) => args.name === 'CrRendererMain').map(threadOf));
    return traceEvents.filter((event) => isMain.has(threadOf(event)) && event.tdur).map(({ tdur }) => tdur! / 1_000);
  }

  /** Leaves the page; whatever it complained of is a failure. Faults that are left over are forgotten. */
  async leave(): Promise<void> {
    if (this.#page?.isClosed() === false) {
      await this.#page.goto('about:blank');
      await this.#page.emulateMedia({ colorScheme: null, forcedColors: null, reducedMotion: null });
      await this.#page.setViewportSize(desk);
    }
    this.chat.embedded!.obey({ kind: 'preset', name: 'calm' });
    expect(this.#errors.splice(0)).toEqual([]);
    await expect.poll(() => this.openConnections()).toBe(0);
  }

  async #newPage(): Promise<Page> {
    this.#page = await this.#browser!.newPage({ viewport: desk });
    this.#page.setDefaultTimeout(20_000);
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

interface TraceEvent {
  readonly pid: number;
  readonly tid: number;
  readonly args: { readonly name?: string };
  /** µs on the CPU. */
  readonly tdur?: number;
}

function threadOf({ pid, tid }: TraceEvent): string {
  return `${pid} ${tid}`;
}

export const stage = new Stage();

/** Opens it for the tests of a file, with a provider that is quick and rich. */
export function onStage(): void {
  beforeAll(() =>
    stage.open({
      tempo: { latency: 20, tokensPerSecond: 200, outage: 5_000 },
      quota: { requests: 1_000, window: 1_000, concurrent: 20 },
    }),
  );
  afterEach(() => stage.leave());
  afterAll(() => stage.close());
}

/** Asks a question. */
export async function ask(page: Page, question: string): Promise<void> {
  await page.fill('#prompt', question);
  await page.click('text="Send"');
}

/** Throws a switch so many times, and waits until the page knows of it. */
export async function arm(page: Page, fault: string, count = 1): Promise<void> {
  for (let thrown = 1; thrown <= count; thrown += 1) {
    await page.click(`[data-fault=${fault}]`);
    await page.locator(`[data-fault=${fault}] .armed`, { hasText: `× ${thrown}` }).waitFor();
  }
}

export type Lane = 'guarded' | 'plain';

/** What the tally of a lane shows. */
export async function tallyOf(page: Page, lane: Lane): Promise<Readonly<Record<string, number>>> {
  return page.evaluate((name) => {
    const counts = [...document.querySelectorAll<HTMLElement>(`[data-lane=${name}] .tally [data-count]`)];
    return Object.fromEntries(
      counts.map((count) => [count.dataset.count, Number(count.querySelector('dd')?.textContent)]),
    );
  }, lane);
}

/** Waits until so many answers have come, and none is under way. */
export async function settled(page: Page, asked: number, lanes: readonly Lane[] = ['guarded', 'plain']): Promise<void> {
  for (const lane of lanes) {
    await page.waitForFunction(
      ([name, count]) => {
        const messages = [...document.querySelectorAll<HTMLElement>(`[data-lane=${name}] .message`)];
        return messages.length === count && messages.every(({ dataset }) => /done|failed/.test(dataset.phase!));
      },
      [lane, asked] as const,
    );
  }
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
