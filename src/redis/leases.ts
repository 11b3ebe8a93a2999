import type { Clock } from '../internal/time/clock';
import { Timer } from '../internal/time/timer';
import type { SharedGrant } from './corrections';
import type { Link } from './link';
import { renew } from './lua/scripts';

/** So many leases are renewed by one script. */
const mostAtOnce = 100;

/**
 * What this process holds among the calls in flight of all processes. Each has a lease, which is renewed twice before it
 * ends, so that what a process held is free again when it has died. A process that stood still for longer than that
 * renews what it holds when it goes on: until some of it has ended, nobody is granted more.
 */
export class Leases {
  readonly #held = new Set<string>();
  readonly #timer: Timer;
  /** Of the state that was heard of last: another one knows of nothing that is held. */
  #birth: string | undefined;

  /** @param end Called for a lease that was renewed when its call had ended. */
  constructor(
    private readonly link: Link,
    private readonly clock: Clock,
    /** In ms. */
    readonly lease: number,
    private readonly end: (held: string) => void,
  ) {
    this.#timer = new Timer(clock, 'first', () => this.#renew());
    link.whenBack(
      () => this.#held.size > 0,
      () => this.#renew(),
    );
  }

  /** @param since When Redis was asked for it: its lease began then, or later. */
  add({ held, since }: SharedGrant): void {
    if (held !== undefined) {
      this.#held.add(held);
      this.#timer.set(since! + this.lease / 3);
    }
  }

  delete({ held }: SharedGrant): void {
    if (held !== undefined) {
      this.#held.delete(held);
      if (this.#held.size === 0) {
        this.#timer.set(Number.POSITIVE_INFINITY);
      }
    }
  }

  /** Redis has answered out of a state with this birth. */
  heard(birth: string): void {
    if (this.#birth !== birth && this.#birth !== undefined) {
      this.#renew();
    }
    this.#birth = birth;
  }

  #renew(): void {
    const all = [...this.#held];
    if (all.length === 0) {
      return;
    }
    this.#timer.set(this.clock.now() + this.lease / 3);
    for (let first = 0; first < all.length && !this.link.isAway; first += mostAtOnce) {
      this.#ask(all.slice(first, first + mostAtOnce));
    }
  }

  #ask(some: readonly string[]): void {
    const answered = (birth: unknown) => {
      for (const held of some) {
        if (!this.#held.has(held)) {
          this.end(held); // the client may have sent it after the end
        }
      }
      this.heard(String(birth));
    };
    this.link.ask(renew, [String(this.lease), ...some], { answered, late: answered });
  }
}
