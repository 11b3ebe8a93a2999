import type { Units } from '../quota/limits';
import type { Link } from './link';
import { correct } from './lua/scripts';

/** When Redis granted something: the birth of the state that gave it, and the time in that state. */
export interface SharedGrant {
  readonly birth: string;
  readonly at: string;
}

/** A grant that is to count as more or less, by dimension. */
export interface Correction {
  readonly grant: SharedGrant;
  readonly changes: Units;
}

/** A grant that no state knows: its corrections count from now on. */
export const unknownGrant: SharedGrant = { birth: '0', at: '0' };

/** A correction that a client sends again after a lost connection counts once for so many ms, at least and at most. */
const shortestMark = 60_000;
const longestMark = 600_000;

/** Tells Redis what grants have really cost. Calls do not wait for that, and each correction counts once. */
export class Corrections {
  readonly #markFor: string;
  #count = 0;

  /** @param answered Told how long this process has to wait for its turn now; -1 if it does not wait. */
  constructor(
    private readonly link: Link,
    private readonly answered?: (wait: number) => void,
  ) {
    this.#markFor = String(Math.ceil(Math.min(Math.max(link.quota.longest, shortestMark), longestMark)));
  }

  send(corrections: readonly Correction[]): void {
    const { quota, instance } = this.link;
    const args = corrections.flatMap(({ grant, changes }) => [grant.birth, grant.at, ...quota.argsOf(changes)]);
    this.#count += 1;
    this.link.ask(
      correct,
      [this.#markFor, instance, ...args],
      { answered: (reply) => this.answered?.(Number(reply)) },
      `${quota.keys[0]}:${instance}:${this.#count}`,
    );
  }
}
