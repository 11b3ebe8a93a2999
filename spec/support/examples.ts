import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A TypeScript example in a document or in JSDoc. */
export interface Example {
  /** File and line at which it begins. */
  readonly at: string;
  readonly code: string;
}

/** All TypeScript examples of a file: fenced blocks, in Markdown or in comments. */
export function examplesOf(file: string): Example[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^( \* )?```ts\n([\s\S]*?)\n(?: \* )?```/gm)].map((match) => ({
    at: `${file}:${text.slice(0, match.index).split('\n').length + 1}`,
    code: match[2]!.replace(/^ \* ?/gm, ''),
  }));
}

/** The files below a folder with an ending. */
export function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
}
