import { rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FakeProvider } from '../../src/testing';
import { examplesOf, writeExamples } from '../support/examples';
import { launch, phase, tell, text, visit } from './guides/browser';

const folder = resolve('.examples', 'own-server');
const whole = 'let the sun and sea air';
const words = whole.split(' ').length;
let server: Server;
let url: string;
let browser: Browser;
let provider: FakeProvider<'text'>;

/** The page of the guide, on which one sees its answer; `chat` is what a test holds on to. */
const mount = `
  import { ask, resume, stop } from './page';
  const [text, status] = ['p', 'small'].map((name) => document.body.appendChild(document.createElement(name)));
  const shown = [];
  const show = (answers) => answers?.subscribe((answer) => {
    shown.push(answer.text);
    text.textContent = answer.text;
    status.textContent = answer.isPartial ? answer.phase + ': a part' : answer.phase;
    if (answer.phase === 'streaming' && answer.text !== '' && mustStop) {
      mustStop = false;
      stop();
    }
  });
  let mustStop = false;
  show(resume());
  const askAndStop = (prompt) => {
    mustStop = true;
    show(ask(prompt));
  };
  Object.assign(window, { shown, chat: { ask: (prompt) => show(ask(prompt)), askAndStop } });`;

/** `cut 2`: after so many parts the connection breaks, the first time; a ping follows each part. */
function breaking(response: ServerResponse, cut: number): void {
  const write = response.write.bind(response) as (text: string) => boolean;
  let parts = 0;
  response.write = ((text: string) => {
    const written = write(`${text}event: ping\ndata:\n\n`);
    parts += 1;
    if (parts === cut) {
      setTimeout(() => response.destroy(), 20);
    }
    return written;
  }) as never;
}

beforeAll(async () => {
  const place = dirname(writeExamples(folder, examplesOf('docs/guides/own-server.md'))[0]!);
  const { outputFiles } = await build({
    stdin: { contents: mount, resolveDir: place, loader: 'ts' },
    ...{ bundle: true, write: false, format: 'esm', target: 'es2022', logLevel: 'error' },
    alias: { 'rxjs-resilience/http': resolve('src/http/index.ts'), 'rxjs-resilience': resolve('src/index.ts') },
  });
  const guide = (await import(join(place, 'express-server.ts'))) as {
    app: RequestListener;
    provider: FakeProvider<'text'>;
  };
  provider = guide.provider;
  const broken = new Set<string>();
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
    if (pathname === '/page.js') {
      response.setHeader('content-type', 'text/javascript').end(outputFiles[0]!.text);
    } else if (pathname === '/') {
      const head = '<!doctype html><link rel="icon" href="data:,"><body></body>';
      response.setHeader('content-type', 'text/html').end(`${head}<script type="module" src="/page.js"></script>`);
    } else {
      const cut = /cut (\d)/.exec(searchParams.get('prompt') ?? '')?.[1];
      if (cut !== undefined && !broken.has(pathname)) {
        broken.add(pathname);
        breaking(response, Number(cut));
      }
      guide.app(request, response);
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const visitAnew = async () => visit(await (await browser.newContext()).newPage(), url);
const shown = (page: Page) => page.evaluate(() => (window as never as { shown: string[] }).shown);

describe("the guide on one's own server, in a browser", () => {
  it('shows the same answer after a reload, wherever that comes, and asks the provider once', async () => {
    const { page, mistakes } = await visitAnew();
    for (let place = 1; place <= words; place += 1) {
      const before = provider.server.requests;
      await tell(page, 'ask', `reload ${place}`);
      const begun = whole.split(' ').slice(0, place).join(' ');
      await expect.poll(() => text(page), { interval: 5 }).toMatch(new RegExp(`^${begun}`));
      const kept = await text(page);
      await page.reload();
      await expect.poll(() => phase(page)).toBe('done');
      expect([place, await text(page), provider.server.requests - before]).toEqual([place, whole, 1]);
      expect((await shown(page)).every((answer) => answer.startsWith(kept))).toBe(true);
    }
    expect(mistakes).toEqual([]);
    await page.context().close();
  });

  it('shows the answer once, wherever the connection breaks, with pings between its parts', async () => {
    await Promise.all(
      Array.from({ length: words }, async (_, place) => {
        const { page, mistakes } = await visitAnew();
        await tell(page, 'ask', `cut ${place + 1}`);
        await expect.poll(() => phase(page)).toBe('done');
        expect([place, await text(page)]).toEqual([place, whole]);
        expect(mistakes).toEqual([]);
        await page.context().close();
      }),
    );
  });

  it('stops the call on the server, and keeps the text over a reload', async () => {
    const { page, mistakes } = await visitAnew();
    const { requests, aborted } = { ...provider.server };
    await tell(page, 'askAndStop', 'A poem'); // with its first text
    await expect.poll(() => phase(page)).toBe('cancelled: a part');
    await expect.poll(() => provider.server.aborted - aborted, { timeout: 5_000 }).toBe(1); // by itself after 10 s
    const kept = await text(page);
    expect(kept.length).toBeLessThan(whole.length);
    await page.reload();
    await expect.poll(() => phase(page)).toMatch(/^done/);
    expect((await text(page)).startsWith(kept)).toBe(true); // and what had come when the server heard of it
    expect(provider.server.requests - requests).toBe(1);
    expect(mistakes).toEqual([]);
    await page.context().close();
  });

  it('keeps the text of an answer that the server has forgotten, and begins no other', async () => {
    const { page, mistakes } = await visitAnew();
    const { requests } = provider.server;
    await page.evaluate(() => {
      sessionStorage.setItem('url', '/answers/forgotten?prompt=again');
      sessionStorage.setItem('text', 'What was');
    });
    await page.reload();
    await expect.poll(() => phase(page)).toBe('failed: a part');
    expect([await text(page), provider.server.requests - requests]).toEqual(['What was', 0]);
    expect(mistakes).toEqual([]);
    await page.context().close();
  });
});
