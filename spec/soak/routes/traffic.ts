import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { type Answer, isFinalChunk, type Open, perSecond, ResilientClient, ResilientRouter } from 'rxjs-resilience';
import { type Nature, Site } from './site';

/** Three providers, and one whose key is wrong. */
export const natures = {
  large: { limit: 10, latency: 300 },
  middle: { limit: 5, latency: 500 },
  small: { limit: 2, latency: 150 },
  locked: { limit: 100, latency: 1, isLocked: true },
} satisfies { readonly [name: string]: Nature };
export type Name = keyof typeof natures;
export const names = Object.keys(natures) as Name[];

/** Seconds: when `large` goes away, when it is back, and from when on nobody asks any more. */
export const [awayFrom, backAt, end] = [40, 60, 150];
/** How many ask at once, each again when it has its answer. */
const callers = 60;

/** What became of all calls, and what the servers saw. */
export interface Evidence {
  readonly sites: { readonly [name in Name]: Site };
  /** The last word of each call. */
  readonly answers: ReadonlyMap<string, Answer>;
}

/** How traffic is made. */
export interface TrafficConfig {
  readonly seed: number;
  /** Whether the clients know the limits. */
  readonly isKnown?: boolean;
  /** How a call is opened at a site. Default: without a network. */
  readonly open?: (name: Name, call: string) => Open<unknown>;
  readonly scheduler?: SchedulerLike;
}

/** Lets callers ask through a router for so many seconds, then until all have been answered. */
export class Traffic implements Evidence {
  readonly sites: { readonly [name in Name]: Site };
  readonly answers = new Map<string, Answer>();
  /** Called when the last call has ended. */
  onEnd: () => void = () => undefined;
  private readonly router: ResilientRouter<Name>;
  private readonly scheduler: SchedulerLike;
  private asked = 0;
  private isOver = false;

  constructor(private readonly config: TrafficConfig) {
    const { seed, scheduler = asyncScheduler } = config;
    this.scheduler = scheduler;
    const sites = names.map((name, index) => [name, new Site(natures[name], scheduler, seed * names.length + index)]);
    this.sites = Object.fromEntries(sites);
    const routes = names.map((name) => [name, { client: this.clientOf(name) }]);
    this.router = new ResilientRouter({ routes: Object.fromEntries(routes), scheduler });
  }

  start(): void {
    this.at(awayFrom, () => this.sites.large.goAway());
    this.at(backAt, () => this.sites.large.comeBack());
    this.at(end, () => {
      this.isOver = true;
    });
    for (let second = 1; second <= end; second += 1) {
      this.at(second, () => {
        for (const name of names) {
          this.sites[name].tick();
        }
      });
    }
    for (let caller = 0; caller < callers; caller += 1) {
      this.at(caller / callers, () => this.ask());
    }
  }

  private clientOf(name: Name): ResilientClient {
    const { limit } = natures[name];
    return new ResilientClient({
      retryBackoff: { maxRetries: 5 },
      rateLimit: this.config.isKnown ? { limits: perSecond(limit) } : { maxConcurrent: 100 }, // it finds the rate
      circuitBreak: { recoveryTimeout: 5_000 },
      scheduler: this.scheduler,
    }) as ResilientClient;
  }

  private at(seconds: number, work: () => void): void {
    this.scheduler.schedule(work, seconds * 1_000);
  }

  private ask(): void {
    this.asked += 1;
    const call = String(this.asked);
    const open = (name: Name) => this.config.open?.(name, call) ?? (() => this.sites[name].ask(call));
    let last: Answer | undefined;
    // What was read of an answer that broke off is replaced.
    this.router.answer(open, { afterValues: 'restart', isFinal: isFinalChunk }).subscribe({
      next: (answer) => {
        last = answer;
      },
      complete: () => {
        this.answers.set(call, last!);
        if (!this.isOver) {
          this.ask();
        } else if (this.answers.size === this.asked) {
          this.onEnd();
        }
      },
    });
  }
}
