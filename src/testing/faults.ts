import { Options } from '../internal/options';

/**
 * How often something happens: a share of the requests from 0 to 1, or that share as a function of the ms since the
 * fake was made, for an outage that begins and ends.
 *
 * @category Fakes
 */
export type FaultShare = number | ((elapsed: number) => number);

/**
 * What goes wrong, and how often. A request has one fault at most: the shares are added up in the order in which they
 * stand here, and what comes after a sum of 1 never happens.
 *
 * @category Fakes
 */
export interface Faults {
  /** A 429, whatever the limits say. Default 0. */
  readonly throttle?: FaultShare | undefined;
  /** A 503 (Anthropic: a 529) instead of an answer. Default 0. */
  readonly serverError?: FaultShare | undefined;
  /** The connection breaks in the middle of the answer: `TypeError: terminated`, as `fetch` in Node says it. Default 0. */
  readonly cut?: FaultShare | undefined;
  /** In the middle of the answer nothing comes any more, and the connection stays open. Default 0. */
  readonly stall?: FaultShare | undefined;
  /** The first value comes 10 s later. Default 0. */
  readonly slowFirst?: FaultShare | undefined;
  /** A chunk is no JSON: a `SyntaxError`, as a parser throws it. Default 0. */
  readonly garble?: FaultShare | undefined;
  /** The stream reports a failure as one of its chunks and completes. Default 0. */
  readonly failInside?: FaultShare | undefined;
}

/** Names of faults. */
export type FaultKind = keyof Faults;

const kinds: readonly FaultKind[] = ['throttle', 'serverError', 'cut', 'stall', 'slowFirst', 'garble', 'failInside'];

/** So many ms later comes a first value that is slow. */
export const slowness = 10_000;

/** Throws an error that names the fault and shows its share. */
export function checkFaults(owner: string, faults: Faults): void {
  new Options(owner, faults, kinds);
  for (const kind of kinds) {
    const share = faults[kind];
    if (typeof share !== 'function') {
      checkShare(owner, kind, share);
    }
  }
}

/** The fault of one request, if it has one. Draws once from `random`, and not at all where nothing can go wrong. */
export function drawFault(owner: string, faults: Faults, elapsed: number, random: () => number): FaultKind | undefined {
  let drawn: number | undefined;
  let sum = 0;
  for (const kind of kinds) {
    const share = faults[kind];
    if (share !== undefined) {
      drawn ??= random();
      sum += shareAt(owner, kind, share, elapsed);
      if (drawn < sum) {
        return kind;
      }
    }
  }
  return undefined;
}

/** A share at a time; one that a function gives is checked. */
export function shareAt(owner: string, name: string, share: FaultShare, elapsed: number): number {
  return typeof share === 'function' ? checkShare(owner, name, share(elapsed)) : share;
}

/** Throws an error that names the share and shows its value. */
export function checkShare(owner: string, name: string, share: number | undefined): number {
  new Options(owner, { [name]: share }, [name]).amount(name);
  if (share !== undefined && share > 1) {
    throw new RangeError(`${owner}: ${name} must be a share from 0 to 1, got ${share}`);
  }
  return share ?? 0;
}

/** What `fetch` in Node throws where the other side closes the connection. */
export function brokenConnection(): TypeError {
  const cause = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });
  return new TypeError('terminated', { cause });
}

/** What a parser throws at half a chunk. */
export function brokenChunk(): SyntaxError {
  return new SyntaxError('Unexpected end of JSON input');
}
