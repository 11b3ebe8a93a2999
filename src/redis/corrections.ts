import { randomBytes } from 'node:crypto';
import type { Units } from '../quota/limits';
import type { Link } from './link';
import { correct } from './lua/scripts';
import type { SharedQuota } from './shared-quota';

/** When Redis granted something: of which state, and when in that state's time. */
export interface SharedGrant {
  readonly birth: string;
  readonly at: string;
}

/** A grant that is to count as more or less, by dimension. */
export interface Correction {
  readonly grant: SharedGrant;
  readonly changes: Units;
}

/** A grant that no state knows: what it is corrected by counts from now. */
export const unknownGrant: SharedGrant = { birth: '0', at: '0' };

/** For how long, in ms, a client may send a correction again after a lost connection, and it still counts once. */
const shortestMark = 60_000;
const longestMark = 600_000;

/** Tells Redis what grants have really cost. Nobody waits for that, and each is counted once, however often it is sent. */
export class Corrections {
  /** Names this policy object before Redis. */
  readonly me = randomBytes(9).toString('base64url');
  readonly #markFor: string;
  #count = 0;

  constructor(
    private readonly link: Link,
    private readonly quota: SharedQuota,
  ) {
    this.#markFor = String(Math.ceil(Math.min(Math.max(quota.longest, shortestMark), longestMark)));
  }

  /** `answered` is told how long this process has to wait for its turn now; -1 if it does not wait. */
  send(corrections: readonly Correction[], answered?: (wait: number) => void): void {
    const { keys, header } = this.quota;
    const changes = corrections.flatMap((each) => [
      each.grant.birth,
      each.grant.at,
      ...this.quota.argsOf(each.changes),
    ]);
    this.#count += 1;
    const mark = `${keys[0]}:${this.me}:${this.#count}`;
    this.link.ask(correct, [...keys, mark], [...header, this.#markFor, this.me, ...changes], {
      answered: (reply) => answered?.(Number(reply)),
    });
  }
}
