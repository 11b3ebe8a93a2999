import type { FaultShare, Faults } from 'rxjs-resilience/testing';

/** What a switch of the page makes go wrong with the next request. */
export const faultNames = ['throttle', 'serverError', 'cut', 'stall', 'slowFirst', 'garble', 'failInside'] as const;
export type FaultName = (typeof faultNames)[number];

/** The faults that were asked for, in the order in which they go to the next requests of a lane. */
export class Switches {
  #armed: FaultName[] = [];

  arm(name: FaultName, count: number): void {
    this.#armed.push(...Array<FaultName>(count).fill(name));
  }

  clear(): void {
    this.#armed = [];
  }

  countOf(name: FaultName): number {
    return this.#armed.filter((armed) => armed === name).length;
  }

  /** Faults for a provider: what is armed comes first, then these shares. */
  before(shares: Faults): Faults {
    return Object.fromEntries(
      faultNames.map((name) => [name, (elapsed: number) => this.#shareOf(name, shares[name], elapsed)]),
    );
  }

  #shareOf(name: FaultName, share: FaultShare = 0, elapsed: number): number {
    if (this.#armed.length === 0) {
      return typeof share === 'number' ? share : share(elapsed);
    }
    if (this.#armed[0] === name) {
      this.#armed.shift();
      return 1;
    }
    return 0;
  }
}
