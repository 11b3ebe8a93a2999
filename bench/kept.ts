import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/** What one run measured, and where. */
export interface Kept {
  readonly on: string;
  readonly figures: unknown;
}

/** The run whose figures the tables show, or another, which tells how far runs are apart. */
export type Which = 'first' | 'again';

/** Seen from the compiled bench. */
const folders: Readonly<Record<Which, URL>> = {
  first: new URL('../results/', import.meta.url),
  again: new URL('../results/again/', import.meta.url),
};

/** Writes the figures of a job to a file of its name, so that a run of some jobs leaves those of the others. */
export function keep(name: string, which: Which, kept: Kept): void {
  if (which === 'first') {
    rmSync(fileOf(name, 'again'), { force: true }); // it says nothing about figures that are newer
  }
  mkdirSync(folders[which], { recursive: true });
  writeFileSync(fileOf(name, which), `${JSON.stringify(kept, shortened, 2)}\n`);
}

/** What the last such run of each job measured, by its name. */
export function allKept(which: Which): ReadonlyMap<string, Kept> {
  const files = existsSync(folders[which]) ? readdirSync(folders[which]) : [];
  const names = files.filter((file) => file.endsWith('.json')).map((file) => file.replace('.json', ''));
  return new Map(names.map((name) => [name, JSON.parse(readFileSync(fileOf(name, which), 'utf8'))]));
}

function fileOf(name: string, which: Which): URL {
  return new URL(`${name}.json`, folders[which]);
}

/** More digits than any table shows. */
function shortened(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(6)) : value;
}
