import { catchError, defer, ignoreElements, type Observable, repeat, Subscription, tap, timer } from 'rxjs';
import { type FakeProviderConfig, fakeProvider, seededRandom, VirtualScheduler } from '../../src/testing';
import { withTimersOf } from './virtual-timers';

/** Where callers and their provider live. */
export interface World {
  readonly scheduler: VirtualScheduler;
  readonly random: () => number;
  /** What somebody would write down who has to name a limit and does not know it. */
  readonly guess: { readonly perSecond: number; readonly places: number };
}

/** Makes one call out of requests, of which `open` sends one. */
export type Caller = (open: () => Observable<unknown>) => Observable<unknown>;

/** How callers find out what a provider takes. */
export interface Rule {
  readonly name: string;
  /** Whether it needs the timers of the process to be virtual, because it knows no scheduler. */
  readonly isForeign?: boolean;
  /** What all callers share. */
  create(world: World): Caller;
}

/** A provider that hides its limits, and what is asked of it. */
export interface Setting {
  readonly title: string;
  readonly provider: Pick<FakeProviderConfig, 'limits' | 'maxConcurrent' | 'hints' | 'refusalLatency'>;
  /** ms to the first value, in the mean: each request draws from a half to one and a half of it. */
  readonly latency: number;
  /** ms that a stream takes at most after its first value; each takes a share of them. */
  readonly stream: number;
  /** Requests that the provider takes in a second, if it limits that. */
  readonly perSecond?: number;
  /** Requests that may run at once, if it limits that. */
  readonly places?: number;
  /** Requests that it can work on at once, if it refuses none: with more, each takes longer. */
  readonly atOnce?: number;
}

export interface CrowdOptions {
  readonly seed?: number;
  readonly callers?: number;
  /** Seconds that do not count. Default 60. */
  readonly warmUp?: number;
  /** Seconds, with the warm-up. Default 180. */
  readonly duration?: number;
}

/** The requests that were sent in one second. */
export interface Second {
  readonly taken: number;
  readonly refused: number;
}

/** What came of it after the warm-up. */
export interface CrowdReport {
  /** What the provider took, or how many places were in use, as a share of what was possible. */
  readonly used: number;
  /** The share of the requests that was refused. */
  readonly refused: number;
  /** Requests that were sent in a minute. */
  readonly sent: number;
  /** The mean of the requests that ran at once. */
  readonly running: number;
  /** The share of the calls that failed in the end. */
  readonly failed: number;
  /** From the beginning of a call until the request was sent that was taken, in ms: the waits of all calls, sorted. */
  readonly waits: readonly number[];
  readonly seconds: readonly Second[];
}

/** A caller whose call has failed comes back after so many ms. */
const comesBack = 10_000;

/** Lets callers that never stop call for some minutes of virtual time. */
export async function crowd(rule: Rule, setting: Setting, options: CrowdOptions = {}): Promise<CrowdReport> {
  const run = new CrowdRun(rule, setting, options);
  if (rule.isForeign !== true) {
    return run.report(async (until) => run.scheduler.flush(until));
  }
  return withTimersOf(run.scheduler, seededRandom(options.seed), (pass) => run.report(pass));
}

class CrowdRun {
  readonly scheduler = new VirtualScheduler();
  readonly #random: () => number;
  readonly #provider: ReturnType<typeof fakeProvider>;
  readonly #running = new Subscription();
  #waits: number[] = [];
  #failed = 0;
  readonly #seconds: { taken: number; refused: number }[] = [];
  /** ms for which requests have run that the provider took, all together. */
  #ran = 0;

  constructor(
    private readonly rule: Rule,
    private readonly setting: Setting,
    private readonly options: CrowdOptions,
  ) {
    const { latency, stream, provider, atOnce = Number.POSITIVE_INFINITY } = setting;
    const crowded = () => Math.max(1, this.#provider.server.inFlight / atOnce);
    this.#random = seededRandom(options.seed);
    this.#provider = fakeProvider({
      maxChunks: 1,
      tokensPerSecond: stream === 0 ? 1e9 : 1_000,
      latency: (random) => latency * (0.5 + random()) * crowded(),
      ...provider,
      scheduler: this.scheduler,
      random: this.#random,
    });
  }

  async report(pass: (until: number) => Promise<void>): Promise<CrowdReport> {
    const { callers = 200, warmUp = 60, duration = 180 } = this.options;
    this.#begin(callers);
    await pass(warmUp * 1_000);
    this.#waits = [];
    this.#failed = 0;
    await pass(duration * 1_000);
    this.#running.unsubscribe();
    await pass(duration * 1_000 + 1);
    const seconds = this.#seconds.slice(0, duration);
    const counted = seconds.slice(warmUp);
    const [taken, refused] = [sum(counted.map((each) => each.taken)), sum(counted.map((each) => each.refused))];
    const running = this.#ran / 1_000 / (duration - warmUp);
    return {
      used: this.#used(taken / (duration - warmUp), running, callers),
      refused: refused / Math.max(1, taken + refused),
      sent: ((taken + refused) / (duration - warmUp)) * 60,
      running,
      failed: this.#failed / Math.max(1, this.#failed + this.#waits.length),
      waits: this.#waits.sort((one, other) => one - other),
      seconds,
    };
  }

  #used(taken: number, running: number, callers: number): number {
    const { perSecond, places, atOnce = callers, latency, stream } = this.setting;
    if (places !== undefined) {
      return running / Math.min(places, callers);
    }
    return taken / Math.min(perSecond ?? Number.POSITIVE_INFINITY, atOnce / ((latency + stream / 2) / 1_000));
  }

  #begin(callers: number): void {
    const { perSecond, places } = this.setting;
    const guess = { perSecond: 2 * (perSecond ?? 10), places: 2 * (places ?? 1_000) };
    const caller = this.rule.create({ scheduler: this.scheduler, random: this.#random, guess });
    for (let index = 0; index < callers; index += 1) {
      this.#running.add(this.#callOf(caller).pipe(repeat()).subscribe());
    }
  }

  /** One call; it never fails. */
  #callOf(caller: Caller): Observable<unknown> {
    return defer(() => {
      const begun = this.scheduler.now();
      let sent: number | undefined;
      const open = () => {
        sent = this.scheduler.now();
        return this.#request(sent);
      };
      const first = () => {
        if (sent !== undefined) {
          this.#waits.push(sent - begun);
          sent = undefined;
        }
      };
      return caller(open).pipe(tap(first));
    }).pipe(
      ignoreElements(),
      catchError(() => {
        this.#failed += 1;
        return timer(comesBack, this.scheduler).pipe(ignoreElements());
      }),
    );
  }

  #request(sent: number): Observable<unknown> {
    const { stream } = this.setting;
    const second = this.#second(sent);
    second.taken += 1;
    let wasRefused = false;
    const refuse = () => {
      wasRefused = true;
      second.taken -= 1;
      second.refused += 1;
    };
    const end = () => {
      const counted = Math.max(sent, (this.options.warmUp ?? 60) * 1_000);
      this.#ran += wasRefused ? 0 : Math.max(0, this.scheduler.now() - counted);
    };
    return this.#provider
      .open({ input: 1, output: 1 + Math.floor(this.#random() * stream) })
      .pipe(tap({ error: refuse, finalize: end }));
  }

  /** Those that were sent in the same second, by what became of them. */
  #second(sent: number): { taken: number; refused: number } {
    for (let { length } = this.#seconds; length <= sent / 1_000; length += 1) {
      this.#seconds.push({ taken: 0, refused: 0 });
    }
    return this.#seconds[Math.floor(sent / 1_000)]!;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((one, other) => one + other, 0);
}
