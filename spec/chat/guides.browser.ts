import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import type { Browser } from 'playwright-core';
import { compile } from 'svelte/compiler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examplesOf, writeExamples } from '../support/examples';
import { launch, phase, tell, text, visit } from './guides/browser';
import { mounts } from './guides/mounts';
import { Site, words } from './guides/site';

const guide = 'docs/guides/user-interfaces.md';
const folder = resolve('.examples', 'browser');
const frameworks = Object.keys(mounts);
let site: Site;
let url: string;
let browser: Browser;

/** Components of Svelte, which are files of a kind of their own. */
function writeComponents(place: string): void {
  const blocks = readFileSync(guide, 'utf8').matchAll(/^```svelte\n<!-- (\w+\.svelte) -->\n([\s\S]*?)\n```$/gm);
  for (const [, name, code] of blocks) {
    writeFileSync(join(place, name!), code!);
  }
}

const svelte: Plugin = {
  name: 'svelte',
  setup({ onLoad }) {
    onLoad({ filter: /\.svelte$/ }, ({ path }) => ({
      contents: compile(readFileSync(path, 'utf8'), { filename: path, generate: 'client' }).js.code,
    }));
  },
};

/** The files of the guide as pasted, with what mounts them. */
async function bundle(framework: string, place: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: mounts[framework]!, resolveDir: place, loader: 'ts' },
    ...{ bundle: true, write: false, format: 'esm', target: 'es2022', jsx: 'automatic', logLevel: 'error' },
    plugins: [svelte],
    alias: { 'rxjs-resilience/http': resolve('src/http/index.ts'), 'rxjs-resilience': resolve('src/index.ts') },
    define: {
      'process.env.NODE_ENV': '"development"',
      __VUE_OPTIONS_API__: 'true',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    },
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } },
  });
  return outputFiles[0]!.text;
}

beforeAll(async () => {
  const files = writeExamples(folder, examplesOf(guide));
  const place = dirname(files[0]!);
  writeComponents(place);
  const bundles = await Promise.all(frameworks.map(async (each) => [each, await bundle(each, place)] as const));
  site = new Site(Object.fromEntries(bundles));
  [url, browser] = await Promise.all([site.start(), launch()]);
});

afterAll(async () => {
  await browser?.close();
  await site?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(frameworks)('the guide on user interfaces, %s, in a browser', (framework) => {
  it('shows an answer while it comes, stops it, keeps its text, and asks again', async () => {
    const { page, mistakes } = await visit(await browser.newPage(), `${url}/${framework}`);
    const prompt = `Go slowly, ${framework}.`;
    await tell(page, 'ask', prompt);
    await expect.poll(() => text(page), { timeout: 5_000 }).toMatch(/^word/);
    expect(site.asked.get(prompt)).toBe(1); // in StrictMode, too
    await expect.poll(() => site.open).toBe(1);
    await tell(page, 'stop');
    await expect.poll(() => phase(page)).toMatch(/^cancelled/);
    await expect.poll(() => text(page)).toMatch(/^word/);
    await expect.poll(() => site.open).toBe(0); // the server sees it
    await tell(page, 'regenerate');
    await expect.poll(() => phase(page)).toBe('streaming');
    expect(site.asked.get(prompt)).toBe(2);
    await tell(page, 'leave');
    await expect.poll(() => site.open).toBe(0);
    expect(mistakes).toEqual([]);
    await page.close();
  });

  it('shows the answer once, wherever it breaks off', async () => {
    const places = Array.from({ length: words.length + 1 }, (_, place) => place); // the last: before the stream says that it ends
    await Promise.all(
      places.map(async (place) => {
        const { page, mistakes } = await visit(await browser.newPage(), `${url}/${framework}`);
        const prompt = `cut ${place}, ${framework}`;
        await tell(page, 'ask', prompt);
        await expect.poll(() => site.asked.get(prompt), { timeout: 20_000 }).toBe(2);
        await expect.poll(() => phase(page), { timeout: 20_000 }).toBe('done');
        expect([place, await text(page)]).toEqual([place, words.join('')]);
        expect(mistakes).toEqual([]);
        await page.close();
      }),
    );
  });
});
