/**
 * Checks of options, used when an operator or policy is created. Each throws an error that names the owner and the
 * option and shows the value, and takes `undefined` for "not given".
 */
export class Options {
  constructor(
    private readonly owner: string,
    private readonly values: object,
    known: readonly string[],
  ) {
    if (typeof values !== 'object' || values === null) {
      throw new TypeError(`${owner}: options must be an object, got ${show(values)}`);
    }
    for (const name of Object.keys(values)) {
      if (!known.includes(name)) {
        const given = `${owner}: unknown option ${name}: ${show(this.at(name))}`;
        throw new TypeError(`${given}; known are ${known.join(', ')}${suggestion(name, known)}`);
      }
    }
  }

  /** Must be given. */
  required(...names: string[]): this {
    for (const name of names) {
      if (this.at(name) === undefined) {
        throw new TypeError(`${this.owner}: ${name} must be given, got undefined`);
      }
    }
    return this;
  }

  /** A whole number from `least` on; `Infinity` only where the option allows "no bound". */
  whole(name: string, least: number, infinite: Infinite = 'finite'): this {
    return this.number(
      name,
      (value) => value >= least && (value % 1 === 0 || isUnbounded(value, infinite)),
      `a whole number of at least ${least}${orInfinity(infinite)}`,
    );
  }

  /** A number from 0 on, in ms for durations; `Infinity` only where the option allows "no bound". */
  amount(name: string, infinite: Infinite = 'finite'): this {
    return this.number(
      name,
      (value) => isAmount(value) || isUnbounded(value, infinite),
      `a number of at least 0${orInfinity(infinite)}`,
    );
  }

  /** Any finite number, unless said otherwise. */
  number(name: string, holds: (value: number) => boolean = Number.isFinite, expected = 'a finite number'): this {
    const value = this.at(name);
    if (value !== undefined) {
      checkNumber(this.owner, name, value, holds, expected);
    }
    return this;
  }

  /** A finite number above 0. */
  positive(name: string): this {
    return this.number(name, (value) => value > 0 && isAmount(value), 'a finite number above 0');
  }

  /** One of some strings, or, where the option allows it, a function. */
  oneOf(name: string, words: readonly string[], orFunction = false): this {
    return this.check(
      name,
      (value) => words.includes(value as string) || (orFunction && typeof value === 'function'),
      `one of ${words.map((word) => `'${word}'`).join(', ')}${orFunction ? ', or a function' : ''}`,
    );
  }

  functions(...names: string[]): this {
    return this.types('function', names);
  }

  /** A function, or `false` for none. */
  functionOrFalse(name: string): this {
    return this.check(name, (value) => value === false || typeof value === 'function', 'a function or false');
  }

  strings(...names: string[]): this {
    return this.types('string', names);
  }

  booleans(...names: string[]): this {
    return this.types('boolean', names);
  }

  /** A scheduler of RxJS, or something that looks like one. */
  scheduler(name = 'scheduler'): this {
    const expected = 'a scheduler with now() and schedule()';
    return this.having(name, 'now', expected).having(name, 'schedule', expected);
  }

  /** An object with a certain method. */
  having(name: string, method: string, expected: string): this {
    return this.check(
      name,
      (value) => typeof (value as Record<string, unknown> | null)?.[method] === 'function',
      expected,
    );
  }

  private types(type: 'function' | 'boolean' | 'string', names: readonly string[]): this {
    for (const name of names) {
      this.check(name, (value) => typeof value === type, `a ${type}`);
    }
    return this;
  }

  private check(name: string, holds: (value: unknown) => boolean, expected: string): this {
    const value = this.at(name);
    if (value !== undefined && !holds(value)) {
      throw new TypeError(`${this.owner}: ${name} must be ${expected}, got ${show(value)}`);
    }
    return this;
  }

  private at(name: string): unknown {
    return (this.values as Record<string, unknown>)[name];
  }
}

/** What a number must be that is a share in (0, 1]. Not a method: most have no use for it. */
export const aShare = [(value: number) => value > 0 && value <= 1, 'above 0 and at most 1'] as const;

type Infinite = 'finite' | 'or Infinity';

function isUnbounded(value: number, infinite: Infinite): boolean {
  return value === Number.POSITIVE_INFINITY && infinite !== 'finite';
}

function orInfinity(infinite: Infinite): string {
  return infinite === 'finite' ? '' : `, ${infinite}`;
}

/** The known name that was meant, if one is near enough. */
function suggestion(name: string, known: readonly string[]): string {
  let best = '';
  let fewest = Number.POSITIVE_INFINITY;
  for (const each of known) {
    const count = difference(name.toLowerCase(), each.toLowerCase());
    if (count < fewest && count <= each.length / 3) {
      best = `; did you mean ${each}?`;
      fewest = count;
    }
  }
  return best;
}

/** How many letters one word has that the other has not, wherever they stand. */
function difference(one: string, other: string): number {
  let rest = other;
  let added = 0;
  for (const letter of one) {
    const without = rest.replace(letter, '');
    added += without === rest ? 1 : 0;
    rest = without;
  }
  return Math.max(added, rest.length);
}

/** What is given; what is not, or is undefined, as `usual` has it. */
export function filledIn<T extends object>(given: T, usual: object): T {
  // Not spread: an object that is made so, and then gets more fields, is slow to read.
  const all = Object.assign({}, usual) as Record<string, unknown>;
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) {
      all[name] = value;
    }
  }
  return all as T;
}

/** Throws unless the value is a number for which `holds` is true. */
export function checkNumber(
  owner: string,
  name: string,
  value: unknown,
  holds: (value: number) => boolean,
  expected: string,
): number {
  if (typeof value !== 'number') {
    throw new TypeError(`${owner}: ${name} must be a number, got ${show(value)}`);
  }
  if (!holds(value)) {
    throw new RangeError(`${owner}: ${name} must be ${expected}, got ${value}`);
  }
  return value;
}

/** Checks an amount that a callback or a caller gave: finite, at least 0. */
export function checkAmount(owner: string, name: string, value: unknown): number {
  return isAmount(value) ? value : checkNumber(owner, name, value, isAmount, 'a finite number of at least 0');
}

export function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY;
}

/** A short picture of a value for an error message. */
export function show(value: unknown): string {
  if (typeof value === 'function') {
    return `function ${value.name}`;
  }
  try {
    return (JSON.stringify(value, spelled) ?? String(value)).slice(0, 200);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** JSON knows neither NaN nor Infinity nor big integers. */
function spelled(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value)) ? String(value) : value;
}
