import { Observable, Subscriber, type Subscription } from 'rxjs';
import {
  type Attempt,
  type CallStatus,
  ResilientClient,
  resilient,
  type SlidingWindow,
  type Timeouts,
  type TokenEstimate,
} from '../../src/index';
import type { Said } from '../budget/naive-cost';
import { VirtualTime } from '../circuit/virtual-time';
import { type Tracked, TrackedBreaker, TrackedBudget, TrackedLimiter } from './tracked';

/** What a source errors with, and whether it is worth another try. */
export const failures = {
  throttled: { error: { status: 429 }, isRetryable: true, hint: 0 },
  throttledFor20: { error: { status: 429, headers: { 'retry-after-ms': '20' } }, isRetryable: true, hint: 20 },
  overloaded: { error: { status: 503 }, isRetryable: true, hint: 0 },
  overloadedFor10: { error: { status: 503, headers: { 'retry-after-ms': '10' } }, isRetryable: true, hint: 10 },
  unknown: { error: new Error('?'), isRetryable: true, hint: 0 },
  fatal: { error: { status: 400 }, isRetryable: false, hint: 0 },
} as const;

/** One attempt of a source. */
export interface AttemptPlan {
  readonly values: readonly (Said & { readonly gap: number; readonly isLast: boolean })[];
  readonly end: { readonly gap: number; readonly kind: 'complete' | 'never' | keyof typeof failures };
}

/** When a call is unsubscribed: after so many ms, or inside a callback. */
export type Leaving =
  | { readonly on: 'never' }
  | { readonly on: 'time'; readonly ms: number }
  | { readonly on: 'value'; readonly count: number }
  | { readonly on: 'status'; readonly phase: CallStatus['phase'] }
  | { readonly on: 'event'; readonly type: string };

export interface CallPlan {
  readonly at: number;
  readonly way: 'call' | 'guard';
  readonly tokens: TokenEstimate;
  readonly priority: number;
  readonly maxWait: number | undefined;
  readonly overrun: 'allow' | 'error';
  readonly afterValues: 'error' | 'restart' | 'continue';
  readonly checksEnd: boolean;
  /** The last is used again for all that come after it. */
  readonly attempts: readonly AttemptPlan[];
  readonly leaving: Leaving;
}

export interface StackPlan {
  readonly way: 'client' | 'resilient';
  readonly isWatched: boolean;
  readonly whenOpen: 'error' | 'wait';
  readonly retry:
    | { readonly maxRetries: number; readonly baseDelay: number; readonly jitter: 'none' | 'full' }
    | undefined;
  readonly limiter:
    | {
        readonly limits: { readonly requests: SlidingWindow; readonly tokens: SlidingWindow };
        readonly maxConcurrent: number;
        readonly maxQueue: number;
      }
    | undefined;
  readonly breaker:
    | {
        readonly failureThreshold: number;
        readonly recoveryTimeout: number;
        readonly halfOpen: { readonly calls: number; readonly failures: number; readonly timeout: number };
        readonly successOn: 'complete' | 'first-value';
      }
    | undefined;
  readonly budget: { readonly limits: SlidingWindow; readonly maxTokensPerRequest: number } | undefined;
  readonly timeout: Timeouts;
  /** Infinity: never. */
  readonly drainAt: number;
  /** When everybody leaves, and those who have not come yet stay away. */
  readonly endAt: number;
  readonly calls: readonly CallPlan[];
}

/** One value of a source: which part of which answer it is. */
export interface Piece extends Said {
  readonly call: number;
  readonly attempt: number;
  readonly position: number;
  readonly isLast: boolean;
}

/** One subscription to a source. */
export interface Run {
  readonly call: number;
  readonly attempt: number;
  readonly at: number;
  /** What it was given on its way: what was given to its call before it went back. Known only where calls have numbers. */
  readonly given: { readonly [Kind in Tracked['kind']]?: Extract<Tracked, { kind: Kind }> };
  readonly said: Piece[];
  readonly saidAt: number[];
  /** How it ended; for `cut` the guards have ended it themselves. What is inside `next` came amid a value. */
  ending: 'complete' | 'error' | 'left' | 'left inside next' | 'cut' | 'cut inside next' | undefined;
  endedAt: number;
  failure: keyof typeof failures | undefined;
}

/** A subscription to a guarded call, and all that was heard of it. */
export interface Seen {
  readonly plan: CallPlan;
  readonly startedAt: number;
  readonly subscriber: Subscriber<Piece>;
  readonly values: Piece[];
  readonly statuses: CallStatus[];
  readonly outcomes: { readonly at: number; readonly how: 'complete' | 'error' | 'left'; readonly error?: unknown }[];
}

/** A whole stack of policies, calls that follow a plan, and a log of everything that happens. */
export class StackRig {
  readonly time = new VirtualTime();
  readonly limiter: TrackedLimiter | undefined;
  readonly breaker: TrackedBreaker | undefined;
  readonly budget: TrackedBudget | undefined;
  readonly runs: Run[] = [];
  readonly calls: Seen[] = [];
  readonly log: unknown[] = [];
  /** What was found wrong while it happened: an error that a listener throws would not fail the property. */
  readonly complaints: unknown[] = [];
  drainedAt = Number.POSITIVE_INFINITY;
  #isDraining = false;
  readonly #client: ResilientClient;
  readonly #watching: Subscription[] = [];
  /** What the rig itself has still to do. */
  readonly #own: Subscription[] = [];
  #shares = 0;
  #active = 0;

  constructor(readonly plan: StackPlan) {
    const { time: scheduler } = this;
    this.limiter = plan.limiter && new TrackedLimiter({ ...plan.limiter, scheduler });
    this.breaker = plan.breaker && new TrackedBreaker({ ...plan.breaker, scheduler });
    this.budget = plan.budget && new TrackedBudget({ ...plan.budget, scheduler });
    this.#client = new ResilientClient(this.#config);
    this.#client.events$.subscribe((event) => this.log.push({ ...event }));
    if (plan.isWatched) {
      this.#watching.push(this.#client.state$.subscribe((state) => this.log.push({ at: this.time.frame, ...state })));
    }
  }

  /** Everything that the policies gave to calls. */
  get given(): Tracked[] {
    return [this.limiter, this.budget, this.breaker].flatMap((policy): Tracked[] => policy?.given ?? []);
  }

  givenTo(call: number): Tracked[] {
    return this.given.filter((each) => each.call === call + 1);
  }

  /** Lets everything happen; who is not through at the end leaves. */
  play(): void {
    const { plan, time } = this;
    for (const call of plan.calls) {
      this.#later(() => this.#subscribe(call), call.at);
    }
    if (plan.drainAt < Number.POSITIVE_INFINITY && plan.way === 'client') {
      this.#later(() => this.#drain(), plan.drainAt);
    }
    time.pass(plan.endAt);
    for (const seen of this.calls) {
      this.#leave(seen);
    }
    for (const own of [...this.#watching, ...this.#own]) {
      own.unsubscribe();
    }
  }

  #later(work: () => void, ms = 0): void {
    this.#own.push(this.time.schedule(work, ms));
  }

  get #config() {
    const { retry, timeout, whenOpen } = this.plan;
    return {
      retryBackoff: retry,
      rateLimit: this.limiter,
      circuitBreak: this.breaker,
      tokenBudget: this.budget,
      timeout,
      ...(this.breaker === undefined ? {} : { whenOpen }),
      scheduler: this.time,
      random: () => {
        this.#shares += 1;
        return (this.#shares * 0.37) % 1;
      },
    };
  }

  #subscribe(plan: CallPlan): void {
    const call = this.calls.length;
    const note = (what: string, more: object = {}) => this.log.push({ at: this.time.frame, call, what, ...more });
    const subscriber = new Subscriber<Piece>({
      next: (value) => {
        note('value', value);
        seen.values.push(value);
        if (plan.leaving.on === 'value' && seen.values.length >= plan.leaving.count) {
          this.#leave(seen);
        }
      },
      error: (error: unknown) => {
        note('error', { error });
        this.#over(seen, { at: this.time.frame, how: 'error', error });
      },
      complete: () => {
        note('complete');
        this.#over(seen, { at: this.time.frame, how: 'complete' });
      },
    });
    const { frame: startedAt } = this.time;
    const seen: Seen = { plan, startedAt, subscriber, values: [], statuses: [], outcomes: [] };
    this.calls.push(seen);
    if (plan.leaving.on === 'time') {
      this.#later(() => this.#leave(seen), plan.leaving.ms);
    }
    if (plan.leaving.on === 'event') {
      const { type } = plan.leaving;
      const listening = this.#client.events$.subscribe((event) => {
        if (event.type === type && event.call === call + 1) {
          listening.unsubscribe();
          this.#leave(seen);
        }
      });
    }
    this.#guarded(plan, call, seen).subscribe(subscriber);
  }

  #guarded(plan: CallPlan, call: number, seen: Seen): Observable<Piece> {
    const { checksEnd, afterValues, at: _, way, attempts: __, leaving, ...wanted } = plan;
    const options = {
      ...wanted,
      usage: ({ usage }: Piece) => usage,
      count: ({ count }: Piece) => count,
      onStatus: (status: CallStatus) => {
        this.log.push({ frame: this.time.frame, call, ...status });
        seen.statuses.push(status);
        if (leaving.on === 'status' && leaving.phase === status.phase) {
          this.#leave(seen);
        }
      },
      ...(checksEnd ? { isFinal: ({ isLast }: Piece) => isLast } : {}),
    };
    if (this.plan.way === 'client' && way === 'call') {
      const open = (_signal: AbortSignal, attempt: Attempt) => this.#source(call, attempt);
      return this.#client.call(open, { ...options, afterValues });
    }
    const once = { ...options, afterValues: afterValues === 'continue' ? ('error' as const) : afterValues };
    const source = this.#source(call, undefined);
    return source.pipe(
      this.plan.way === 'client' ? this.#client.guard<Piece>(once) : resilient<Piece>(this.#config, once),
    );
  }

  #source(call: number, attempt: Attempt | undefined): Observable<Piece> {
    return new Observable<Piece>((subscriber) => {
      const seen = this.calls[call]!;
      const mine = this.runs.filter((run) => run.call === call);
      const run: Run = {
        call,
        attempt: seen.statuses.at(-1)?.phase === 'connecting' ? this.#attemptOf(seen) : Number.NaN,
        at: this.time.frame,
        given: Object.fromEntries(this.givenTo(call).map((each) => [each.kind, each])), // the last of each kind
        said: [],
        saidAt: [],
        ending: undefined,
        endedAt: Number.NaN,
        failure: undefined,
      };
      this.#inspect(run, seen, attempt, mine);
      this.runs.push(run);
      this.#active += 1;
      const { attempts } = seen.plan;
      this.#speak(
        run,
        subscriber,
        attempts[Math.min(mine.length, attempts.length - 1)]!,
        attempt?.delivered.length ?? 0,
      );
    });
  }

  #attemptOf({ statuses }: Seen): number {
    const status = statuses.at(-1)!;
    return 'attempt' in status ? status.attempt : Number.NaN;
  }

  /** Whether this subscription to a source may be. */
  #inspect(run: Run, seen: Seen, attempt: Attempt | undefined, before: readonly Run[]): void {
    const { limiter, breaker, plan } = this;
    const status = breaker?.state.status ?? 'closed';
    const delivered = attempt?.delivered ?? [];
    const expected = seen.plan.afterValues === 'continue' ? seen.values : [];
    this.#claim('the source is subscribed though…', {
      'its call is over': seen.outcomes.length > 0,
      'the client drains': this.#isDraining,
      'the breaker is open': status !== 'closed' && status !== 'half-open',
      'too many are in flight': limiter !== undefined && this.#active >= (plan.limiter?.maxConcurrent ?? 0),
      'another attempt runs': before.some(({ ending }) => ending === undefined),
      'all attempts are used up': before.length > this.#mostRetries(before),
      'it was told something else':
        delivered.length !== expected.length || delivered.some((value, index) => value !== expected[index]),
      'its attempt is unknown': Number.isNaN(run.attempt) || (attempt !== undefined && attempt.number !== run.attempt),
    });
  }

  /** Who comes back to an open breaker pays no retry, unless it was a probe or had content; ten times at most. */
  #mostRetries(before: readonly Run[]): number {
    const { maxRetries } = this.plan.retry ?? { maxRetries: 0 };
    const isFree = ({ said, given }: Run) => said.length === 0 && given.admission?.isProbe !== true;
    const mayReturn = maxRetries > 0 && this.breaker !== undefined && this.plan.whenOpen === 'wait';
    return maxRetries + (mayReturn ? Math.min(10, before.filter(isFree).length) : 0);
  }

  #speak(run: Run, subscriber: Subscriber<Piece>, { values, end }: AttemptPlan, from: number): void {
    const seen = this.calls[run.call]!;
    const over = (ending: NonNullable<Run['ending']>) => {
      if (run.ending === undefined) {
        run.ending = ending;
        run.endedAt = this.time.frame;
        this.#active -= 1;
        this.log.push({ at: run.endedAt, call: run.call, attempt: run.attempt, ending });
      }
    };
    let isSpeaking = false;
    subscriber.add(() =>
      over(`${seen.outcomes[0]?.how === 'left' ? 'left' : 'cut'}${isSpeaking ? ' inside next' : ''}`),
    );
    const after = (gap: number, work: () => void) =>
      gap === 0 ? work() : subscriber.add(this.time.schedule(work, gap));
    const say = (index: number): void => {
      const value = values[index];
      if (subscriber.closed) {
        return;
      }
      if (value !== undefined) {
        after(value.gap, () => {
          const { call, attempt } = run;
          const { usage, count, isLast } = value;
          const piece = { call, attempt, position: from + index, usage, count, isLast };
          run.said.push(piece);
          run.saidAt.push(this.time.frame);
          isSpeaking = true;
          subscriber.next(piece);
          isSpeaking = false;
          this.#claim('a value is lost', { lost: seen.outcomes[0]?.how !== 'left' && seen.values.at(-1) !== piece });
          say(index + 1);
        });
      } else if (end.kind !== 'never') {
        after(end.gap, () => {
          const { kind } = end;
          const isWhole = seen.plan.checksEnd && run.said.at(-1)?.isLast === true;
          if (kind === 'complete') {
            const isCut = seen.plan.checksEnd && !run.said.some(({ isLast }) => isLast);
            over(isCut ? 'error' : 'complete');
            subscriber.complete();
          } else if (kind !== 'never') {
            run.failure = isWhole ? undefined : kind;
            over(isWhole ? 'complete' : 'error');
            subscriber.error(failures[kind].error);
          }
        });
      }
    };
    say(0);
  }

  #over(seen: Seen, outcome: Seen['outcomes'][number]): void {
    seen.outcomes.push(outcome);
    const call = this.calls.indexOf(seen);
    this.#claim('the call is over though…', {
      'it was over': seen.outcomes.length > 1,
      'its source runs': this.runs.some((run) => run.call === call && run.ending === undefined),
      'something is not settled': this.givenTo(call).some(({ ends }) => ends.length !== 1),
    });
  }

  /** Whether anything is held by calls other than those that leave while they are settled. */
  #unsettled(): boolean {
    const late = this.calls.flatMap(({ plan: { leaving } }, call) => (leaving.on === 'event' ? [call + 1] : []));
    return this.given.some(({ ends, call }) => ends.length !== 1 && !late.includes(call!));
  }

  #leave(seen: Seen): void {
    if (seen.outcomes.length > 0) {
      return;
    }
    seen.outcomes.push({ at: this.time.frame, how: 'left' });
    this.log.push({ at: this.time.frame, call: this.calls.indexOf(seen), what: 'left' });
    seen.subscriber.unsubscribe();
  }

  #drain(): void {
    this.#isDraining = true;
    const isInFlight = (call: number) => this.runs.some((run) => run.call === call && run.ending === undefined);
    const waiting = this.calls.filter(({ outcomes }, call) => outcomes.length === 0 && !isInFlight(call));
    this.#client.drain().subscribe({
      complete: () => {
        this.#claim('it is drained though…', {
          'it was before': this.drainedAt < Number.POSITIVE_INFINITY,
          'a call is not over': this.calls.some(({ outcomes }) => outcomes.length === 0),
          'something is not settled': this.#unsettled(),
        });
        this.drainedAt = this.time.frame;
      },
    });
    this.#later(() => {
      this.#claim('it drains though…', {
        'somebody still waits': waiting.some(({ outcomes }) => outcomes.length === 0),
        'somebody who waited went through': waiting.some(({ outcomes: [outcome] }) => outcome?.how === 'complete'),
      });
    });
  }

  #claim(what: string, faults: { readonly [fault: string]: boolean }): void {
    const found = Object.keys(faults).filter((fault) => faults[fault]);
    if (found.length > 0) {
      this.complaints.push({ at: this.time.frame, what, found });
    }
  }
}

/** Whether an answer has come to its end, so that nothing that its connection does then undoes it. */
export function isWhole({ said }: Run, { plan: { checksEnd } }: Seen): boolean {
  return checksEnd && said.at(-1)?.isLast === true;
}

/** Whether an error is one after which a call may be tried again. */
export function isWorthRetrying({ failure, ending }: Run): boolean {
  return failure === undefined ? ending === 'cut' || ending === 'error' : failures[failure].isRetryable;
}
