import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { choicesBelow } from './choices';
import { playableModule, playablesIn } from './playable';

/**
 * For Vite: a file of scenarios that is imported with `?play` can be played with, and one with `?still` is what a page shows
 * before: no operator is in it.
 */
export function playing() {
  let choices: ReadonlyMap<string, readonly string[]> | undefined;
  return {
    name: 'playing',
    enforce: 'pre' as const,
    async load(id: string) {
      const [file = '', query] = id.split('?');
      if (query !== 'play' && query !== 'still') {
        return undefined;
      }
      choices ??= choicesBelow(fileURLToPath(new URL('../../src', import.meta.url)));
      const text = readFileSync(file, 'utf8');
      if (query === 'play') {
        return playableModule(file, text, choices);
      }
      const { stillsOf } = await import('./still');
      return `export const stills = ${JSON.stringify(stillsOf(basename(file, '.ts'), playablesIn(file, text, choices)))};`;
    },
  };
}
