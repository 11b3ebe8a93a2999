import type { ChatRequest, Fault, Troubles } from '../../provider/faults';
import { Quota } from '../../provider/quota';

/** What the panel of the page can ask for. */
export const faultNames = ['throttle', 'error', 'stall', 'cut', 'slow'] as const;
export type FaultName = (typeof faultNames)[number];

/** What goes wrong with the next requests of a lane, and whether the provider is down. */
export interface FaultState {
  readonly isDown: boolean;
  readonly armed: { readonly [name in FaultName]: number };
}

/** A provider's rate limit: so many requests in any `window` ms. */
export interface QuotaConfig {
  readonly requests: number;
  readonly window: number;
}

const faults: { readonly [name in FaultName]: Fault } = {
  throttle: { kind: 'refuse', status: 429, retryAfter: 2 },
  error: { kind: 'refuse', status: 500 },
  stall: { kind: 'stall', after: 12 },
  cut: { kind: 'cut', after: 40 },
  slow: { kind: 'slow', delay: 3_000 },
};

/** Deals faults out to requests in the order in which they were armed, to each lane (a request's `user`) its own. */
export class ArmedFaults implements Troubles {
  isDown = false;
  readonly #armed = new Map<string, FaultName[]>();
  readonly #quotas = new Map<string, Quota>();

  constructor(private readonly quota: QuotaConfig) {}

  arm(lane: string, name: FaultName, count: number): void {
    this.#armed.set(lane, [...this.#lineOf(lane), ...Array<FaultName>(count).fill(name)]);
  }

  clear(): void {
    this.isDown = false;
    this.#armed.clear();
  }

  faultOf({ user = '' }: ChatRequest): Fault | undefined {
    const name = this.#lineOf(user).shift();
    return name === undefined ? this.#overQuota(user) : faults[name];
  }

  /** What is still to come, for the lane with the most. */
  get state(): FaultState {
    const lines = [...this.#armed.values()];
    const most = (name: FaultName) =>
      Math.max(0, ...lines.map((line) => line.filter((armed) => armed === name).length));
    const armed = Object.fromEntries(faultNames.map((name) => [name, most(name)])) as FaultState['armed'];
    return { isDown: this.isDown, armed };
  }

  #lineOf(lane: string): FaultName[] {
    return this.#armed.get(lane) ?? [];
  }

  #overQuota(lane: string): Fault | undefined {
    const quota = this.#quotas.get(lane) ?? new Quota(this.quota.requests, this.quota.window);
    this.#quotas.set(lane, quota);
    return quota.take() ? undefined : { kind: 'refuse', status: 429, retryAfter: 1 };
  }
}
