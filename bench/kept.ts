import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** What one run measured, and where. */
export interface Kept {
  readonly on: string;
  readonly figures: unknown;
}

/** Seen from the compiled bench. */
const folder = new URL('../results/', import.meta.url);

/** Writes the figures of a job to a file of its name, so that a run of some jobs leaves those of the others. */
export function keep(name: string, kept: Kept): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(kept, shortened, 2)}\n`);
}

/** What the last run of each job measured, by its name. */
export function allKept(): ReadonlyMap<string, Kept> {
  mkdirSync(folder, { recursive: true });
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return new Map(
    names.map((name) => [name.replace('.json', ''), JSON.parse(readFileSync(new URL(name, folder), 'utf8'))]),
  );
}

/** More digits than any table shows. */
function shortened(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(6)) : value;
}
