/** What the command line asks for. */
export interface Wish {
  readonly scenario: string;
  /** A second scenario, to be set beside the first one. */
  readonly compare: string | undefined;
  /** Where the page is written to. */
  readonly out: string;
  /** Whether the report is printed as JSON instead of a table. */
  readonly isJson: boolean;
  readonly seed: number | undefined;
}

export const usage = `rxjs-resilience-lab scenario.mjs [--compare other.mjs] [--out page.html] [--json] [--seed n]

A scenario is a module whose default export is what simulate() takes: { duration, arrivals, request, client, ... }.
A scenario in TypeScript needs tsx: npm install --save-dev tsx.

--compare  a second scenario, set beside the first one
--out      where the page with plots is written to (default: lab.html)
--json     prints the report as JSON instead of a table
--seed     another seed than the scenario's, a whole number`;

const valued = ['--compare', '--out', '--seed'];

/** Reads the command line; throws an error that says what is wrong. Undefined where only help is wanted. */
export function wishOf(given: readonly string[]): Wish | undefined {
  const values = new Map<string, string>();
  const scenarios: string[] = [];
  let isJson = false;
  for (let index = 0; index < given.length; index += 1) {
    const word = given[index]!;
    if (word === '--help' || word === '-h') {
      return undefined;
    }
    if (word === '--json') {
      isJson = true;
    } else if (valued.includes(word)) {
      index += 1;
      values.set(word, valueAt(given, index, word));
    } else if (word.startsWith('-')) {
      throw new Error(`unknown option ${word}; known are --compare, --out, --json, --seed, --help`);
    } else {
      scenarios.push(word);
    }
  }
  if (scenarios.length !== 1) {
    throw new Error(`one scenario must be given, got ${scenarios.length}; a second one goes behind --compare`);
  }
  return {
    scenario: scenarios[0]!,
    compare: values.get('--compare'),
    out: values.get('--out') ?? 'lab.html',
    isJson,
    seed: seedIn(values.get('--seed')),
  };
}

function valueAt(given: readonly string[], index: number, option: string): string {
  const value = given[index];
  if (value === undefined) {
    throw new Error(`${option} needs a value`);
  }
  return value;
}

function seedIn(word: string | undefined): number | undefined {
  if (word !== undefined && !Number.isInteger(Number(word))) {
    throw new Error(`--seed must be a whole number, got ${word}`);
  }
  return word === undefined ? undefined : Number(word);
}
