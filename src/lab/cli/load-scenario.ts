import { basename, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { show } from '../../internal/options';
import type { SimulateConfig } from '../simulate-config';

/** Loads a module. */
export type Load = (url: string) => Promise<unknown>;

/**
 * The default export of a module.
 *
 * @param load How modules are loaded: tests put something else here.
 */
export async function loadScenario(file: string, load: Load = (url) => import(url)): Promise<SimulateConfig> {
  const url = pathToFileURL(resolve(file)).href;
  const module = await (/\.[cm]?tsx?$/.test(file) ? loadTypeScript(url, load) : load(url));
  const config = defaultOf(module);
  if (typeof config !== 'object' || config === null) {
    throw new TypeError(`${file}: the default export must be what simulate() takes, got ${show(config)}`);
  }
  return { name: basename(file, extname(file)), ...config } as SimulateConfig;
}

async function loadTypeScript(url: string, load: Load): Promise<unknown> {
  const tsx = (await load('tsx/esm/api').catch((cause: unknown) => {
    throw new Error('a scenario in TypeScript needs tsx: npm install --save-dev tsx', { cause });
  })) as { tsImport(url: string, parent: string): Promise<unknown> };
  return tsx.tsImport(url, url);
}

/** Where a module was compiled to CommonJS its default export lies one level deeper. */
function defaultOf(module: unknown): unknown {
  const first = (module as { readonly default?: unknown }).default;
  const second = (first as { readonly default?: unknown } | undefined)?.default;
  return second ?? first;
}
