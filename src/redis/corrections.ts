import type { Units } from '../quota/limits';
import type { Link } from './link';
import { correct } from './lua/scripts';
import type { SharedQuota } from './shared-quota';

/** When Redis granted something: the birth of the state that gave it, and the time in that state. */
export interface SharedGrant {
  readonly birth: string;
  readonly at: string;
  /** What the call holds among those in flight, where their number is limited. */
  readonly held?: string | undefined;
  /** When Redis was asked for it, by the clock of this process. */
  readonly since?: number;
  /** Whose turns it counts against. */
  readonly payer?: Payer | undefined;
}

/** A process, or a tenant: who takes turns. */
export interface Payer {
  readonly name: string;
  readonly weight: number;
}

/** A grant that is to count as more or less, by dimension. */
export interface Correction {
  readonly grant: SharedGrant;
  readonly changes: Units;
  /** Whether the call has ended. */
  readonly isEnd?: boolean;
  /** By how much more its largest part of a limit has become. */
  readonly share?: number;
}

/** Corrections that are sent together and count together. */
interface Parcel {
  readonly args: readonly string[];
  readonly mark: string;
  /** How many settlements they are. */
  readonly count: number;
}

/** A grant that no state knows: its corrections count from now on. */
export const unknownGrant: SharedGrant = { birth: '0', at: '0' };

/** A correction that is sent again after an outage counts once for so many ms, at least and at most. */
const shortestMark = 60_000;
const longestMark = 600_000;
/** So many corrections wait for the end of an outage. */
const mostUnsent = 10_000;
/** So many of them are under way at a time when it is over, so that Redis can do other work between them. */
const mostAtOnce = 32;
/** So many settlements go together. */
const mostTogether = 32;

/**
 * Tells Redis what grants have really cost. Calls do not wait for that, and each correction counts once. Those of one turn
 * of the event loop go together, before anything else is asked. What does not get there is sent when Redis is back.
 */
export class Corrections {
  readonly #markFor: string;
  #count = 0;
  /** Those of this turn of the event loop, by settlement. */
  #collected: (readonly Correction[])[] = [];
  readonly #unsent: Parcel[] = [];
  #resending = 0;
  #underWay = 0;
  #lost = 0;

  /**
   * @param lose Told how many corrections were dropped in an outage, because more than 10,000 waited.
   * @param answered Told how long this process has to wait for its turn now; -1 if it does not wait.
   */
  constructor(
    private readonly link: Link,
    private readonly quota: SharedQuota,
    private readonly lose: (count: number) => void,
    private readonly answered?: (wait: number) => void,
  ) {
    this.#markFor = String(Math.ceil(Math.min(Math.max(quota.longest, shortestMark), longestMark)));
    link.beforeAsking(() => this.#flush());
    link.whenBack(
      () => !this.isDone,
      () => this.#redeliver(),
    );
  }

  /** Whether Redis has heard of everything. */
  get isDone(): boolean {
    return this.#collected.length === 0 && this.#unsent.length === 0 && this.#underWay === 0;
  }

  send(corrections: readonly Correction[]): void {
    // While Redis is away, one that is asked for by a call finds out more than one more that waits with it.
    if (this.link.outage !== undefined) {
      this.#keep(this.#parcelOf([corrections]));
      return;
    }
    if (this.#collected.length === 0) {
      queueMicrotask(() => this.#flush());
    }
    this.#collected.push(corrections);
  }

  #flush(): void {
    while (this.#collected.length > 0) {
      this.#deliver(this.#parcelOf(this.#collected.splice(0, mostTogether)));
    }
  }

  #parcelOf(settlements: readonly (readonly Correction[])[]): Parcel {
    const args = settlements.flat().flatMap((each) => this.#argsOf(each));
    this.#count += 1;
    const mark = `${this.quota.keys[0]}:of:${this.link.instance}:${this.#count}`;
    return { args, mark, count: settlements.length };
  }

  #argsOf({ grant: { birth, at, held = '', payer }, changes, isEnd = false, share = 0 }: Correction): string[] {
    const turns = payer === undefined || share === 0 ? ['', '0'] : [payer.name, String(share / payer.weight)];
    return [birth, at, isEnd ? held : '', ...turns, ...this.quota.argsOf(changes)];
  }

  #deliver(parcel: Parcel, isHeard?: () => void): void {
    this.#underWay += 1;
    const heard = (reply: unknown) => {
      this.#underWay -= 1;
      isHeard?.();
      this.answered?.(Number(reply));
    };
    this.link.ask(
      correct,
      [this.#markFor, this.link.instance, ...parcel.args],
      {
        answered: heard,
        unavailable: () => {
          this.#underWay -= 1;
          this.#keep(parcel);
        },
      },
      parcel.mark,
    );
  }

  #keep(parcel: Parcel): void {
    this.#unsent.push(parcel);
    if (this.#unsent.length > mostUnsent) {
      this.#lost += this.#unsent.shift()!.count;
    }
  }

  #redeliver(): void {
    if (this.#lost > 0) {
      this.lose(this.#lost);
      this.#lost = 0;
    }
    this.#resending = 0;
    this.#resend();
  }

  #resend(): void {
    while (this.#resending < mostAtOnce && this.#unsent.length > 0 && !this.link.isAway) {
      this.#resending += 1;
      this.#deliver(this.#unsent.shift()!, () => {
        this.#resending -= 1;
        this.#resend();
      });
    }
  }
}
