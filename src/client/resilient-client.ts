import { EMPTY, EmptyError, type MonoTypeOperatorFunction, map, merge, Observable, Subject } from 'rxjs';
import type { TokenBudgetEvent, TokenBudgetState } from '../budget/token-budget';
import type { CircuitBreakerEvent, CircuitBreakerState } from '../circuit/circuit-breaker';
import { Clock } from '../internal/clock';
import { Options } from '../internal/options';
import type { EventOf } from '../internal/policy';
import type { RateLimiterEvent, RateLimiterState } from '../limiter/rate-limiter';
import { settingsOf } from '../retry/retry-backoff';
import { fromStream } from '../stream/from-stream';
import type { Opened } from '../stream/opened';
import type { Attempt, Call } from './call';
import { type CallOptions, checkCallOptions, checkTimeouts, type PolicyKeys } from './call-options';
import {
  type BreakerOf,
  type BudgetOf,
  type LimiterOf,
  type PerKey,
  policiesOf,
  type ResilientClientConfig,
} from './client-config';
import { Keyed } from './keyed';
import { begin, guardedBy } from './resilient';
import type { Host, RetryEvent, Stack } from './stack';

/** Makes one attempt of a call: hands the signal on, and returns a stream, a promise or a value; see `fromStream`. */
export type Open<X> = (signal: AbortSignal, attempt: Attempt) => X;

/** What happens in a client: the events of its policies and of its retries, with the number and the key of the call. */
export type ResilientClientEvent = (
  | RateLimiterEvent
  | CircuitBreakerEvent
  | TokenBudgetEvent
  | (EventOf<'retry'> & RetryEvent)
) & { readonly key?: string | undefined };

/** A snapshot of a client; policies by key only tell how many keys they hold. */
export interface ResilientClientState {
  readonly calls: { readonly waiting: number; readonly connecting: number; readonly streaming: number };
  readonly limiter?: RateLimiterState | { readonly size: number };
  readonly breaker?: CircuitBreakerState | { readonly size: number };
  readonly budget?: TokenBudgetState | { readonly size: number };
}

const names = [
  ...[
    'retryBackoff',
    'rateLimit',
    'circuitBreak',
    'tokenBudget',
    'timeout',
    'whenOpen',
    'defaults',
    'scheduler',
    'random',
  ],
];

/**
 * One client for a provider: every call is retried, limited, budgeted and guarded by a breaker, as far as configured.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 *
 * @example
 * ```ts
 * import { perMinute, ResilientClient, textOf } from 'rxjs-resilience';
 *
 * const client = new ResilientClient({ retryBackoff: {}, rateLimit: { limits: perMinute(60) }, circuitBreak: {} });
 *
 * async function* answer(prompt: string, _signal: AbortSignal) {
 *   yield* ['You', ' said ', prompt];
 * }
 *
 * client.call((signal) => answer('hello', signal)).subscribe((chunk) => console.log(textOf(chunk)));
 * ```
 */
export class ResilientClient<const C extends ResilientClientConfig = ResilientClientConfig> {
  readonly limiter: LimiterOf<C>;
  readonly breaker: BreakerOf<C>;
  readonly budget: BudgetOf<C>;
  /** What happens, as it happens; hot. */
  readonly events$: Observable<ResilientClientEvent>;
  /** The state at once, then after every change. */
  readonly state$: Observable<ResilientClientState>;

  readonly #config: C;
  readonly #policies: ReturnType<typeof policiesOf>;
  readonly #clock: Clock;
  readonly #retry: Stack['retry'];
  readonly #calls = new Map<number, Call<never>>();
  readonly #retries = new Subject<EventOf<'retry'> & RetryEvent>();
  readonly #moves = new Subject<void>();
  readonly #drained = new Subject<never>();
  #lastNumber = 0;
  #isDraining = false;

  constructor(config: C) {
    new Options('ResilientClient', config, names).oneOf('whenOpen', ['error', 'wait']).functions('random').scheduler();
    checkTimeouts('ResilientClient', config.timeout);
    checkCallOptions('ResilientClient: defaults', config.defaults ?? {});
    const { retryBackoff, scheduler, random } = config;
    this.#config = config;
    this.#policies = policiesOf(config);
    this.limiter = this.#policies.limiter as LimiterOf<C>;
    this.breaker = this.#policies.breaker as BreakerOf<C>;
    this.budget = this.#policies.budget as BudgetOf<C>;
    this.#clock = new Clock(scheduler);
    this.#retry = retryBackoff && (settingsOf({ scheduler, random, ...retryBackoff }) as unknown as Stack['retry']);
    this.events$ = merge(this.#policyEvents(), this.#retries).pipe(map((event) => this.#withKey(event)));
    this.state$ = this.#watched();
  }

  /** A snapshot as plain JSON. */
  get state(): ResilientClientState {
    const { limiter, breaker, budget } = this.#policies;
    const phases = [...this.#calls.values()].map((call) => call.phase);
    const count = (phase: Call<never>['phase']) => phases.filter((each) => each === phase).length;
    return {
      calls: { waiting: count('waiting'), connecting: count('connecting'), streaming: count('streaming') },
      ...partOf('limiter', limiter),
      ...partOf('breaker', breaker),
      ...partOf('budget', budget),
    };
  }

  /**
   * A guarded call: `open` is called for every attempt, and unsubscribing stops the HTTP request.
   *
   * @returns A cold Observable of what `open` opens; each subscription is a call of its own.
   */
  call<X>(open: Open<X>, options: CallOptions<Opened<X>> = {}): Observable<Opened<X>> {
    if (typeof open !== 'function') {
      throw new TypeError(`ResilientClient.call: open must be a function that makes the call, got ${typeof open}`);
    }
    const wanted = this.#wanted(options);
    const { isFinal } = wanted;
    return new Observable<Opened<X>>((destination) => {
      const sourceOf = (attempt: Attempt) => fromStream((signal) => open(signal, attempt), { isFinal });
      begin(() => this.#stack(wanted.key), destination, wanted, sourceOf);
    });
  }

  /**
   * A guarded call as a promise of its last value; rejects with the error of the call, with the signal's reason when
   * that is aborted, and with RxJS's `EmptyError` if nothing came.
   */
  run<X>(
    open: Open<X>,
    options: CallOptions<Opened<X>> & { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Opened<X>> {
    const { signal, ...wanted } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      let last: { readonly value: Opened<X> } | undefined;
      const call = this.call(open, wanted as CallOptions<Opened<X>>).subscribe({
        next: (value) => {
          last = { value };
        },
        error: reject,
        complete: () => (last === undefined ? reject(new EmptyError()) : resolve(last.value)),
      });
      const abort = () => {
        call.unsubscribe();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
      call.add(() => signal?.removeEventListener('abort', abort));
    });
  }

  /** Guards a source that is an Observable already, as `resilient` does: every subscription is a call. */
  guard<T>(options: CallOptions<T> = {}): MonoTypeOperatorFunction<T> {
    const wanted = this.#wanted(options);
    return guardedBy(() => this.#stack(wanted.key), wanted);
  }

  /**
   * Shuts down: from the subscription on, new calls and calls that wait are refused (reason `draining`), those in
   * flight go on. Completes when none is left and everything is settled; never emits.
   */
  drain(): Observable<never> {
    return new Observable((subscriber) => {
      this.#isDraining = true;
      subscriber.add(this.#drained.subscribe(subscriber));
      for (const call of [...this.#calls.values()]) {
        call.refuseIfWaiting();
      }
      if (this.#calls.size === 0) {
        subscriber.complete();
      }
    });
  }

  #wanted<T>(options: CallOptions<T>): CallOptions<T> {
    checkCallOptions('ResilientClient', options as CallOptions<never>);
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    return { ...this.#config.defaults, ...Object.fromEntries(given) } as CallOptions<T>;
  }

  #stack(key: CallOptions<never>['key']): Stack {
    const { limiter, breaker, budget } = this.#policies;
    return {
      limiter: chosen('limiter', limiter, key),
      breaker: chosen('breaker', breaker, key),
      budget: chosen('budget', budget, key),
      retry: this.#retry,
      timeout: this.#config.timeout,
      whenOpen: this.#config.whenOpen ?? 'error',
      clock: this.#clock,
      host: this.#host,
    };
  }

  readonly #host: Host = ((client: ResilientClient<C>) => ({
    began: (call: Call<never>) => {
      client.#lastNumber += 1;
      client.#calls.set(client.#lastNumber, call);
      return client.#lastNumber;
    },
    moved: () => client.#moves.next(),
    ended: (call: Call<never>) => {
      client.#calls.delete(call.number!);
      client.#moves.next();
      if (client.#isDraining && client.#calls.size === 0) {
        client.#drained.complete();
      }
    },
    get isDraining() {
      return client.#isDraining;
    },
    tell: (event: RetryEvent, call: number | undefined) => {
      if (client.#retries.observed) {
        client.#retries.next({ ...event, policy: 'retry', at: client.#clock.scheduler.now(), call });
      }
    },
  }))(this);

  #policyEvents(): Observable<ResilientClientEvent> {
    const { limiter, breaker, budget } = this.#policies;
    return merge(...[limiter, breaker, budget].map((policy) => (policy as Watchable | undefined)?.events$ ?? EMPTY));
  }

  #withKey(event: ResilientClientEvent): ResilientClientEvent {
    const key = event.key ?? keyOf(event.policy, this.#calls.get(event.call ?? 0)?.options.key);
    return key === undefined ? event : { ...event, key };
  }

  #watched(): Observable<ResilientClientState> {
    const { limiter, breaker, budget } = this.#policies;
    const changes = [limiter, breaker, budget].map((policy) => (policy as Watchable | undefined)?.state$ ?? EMPTY);
    return new Observable((subscriber) => {
      let isReady = false; // each policy replays its state first
      const tell = () => isReady && subscriber.next(this.state);
      subscriber.add(merge(...changes, this.#moves).subscribe(tell));
      isReady = true;
      tell();
    });
  }
}

interface Watchable {
  readonly events$?: Observable<ResilientClientEvent>;
  readonly state$?: Observable<unknown>;
}

function partOf(name: string, policy: PerKey<object>): object {
  if (policy === undefined) {
    return {};
  }
  const state = policy instanceof Keyed ? { size: policy.size } : (policy as { state?: unknown }).state;
  return state === undefined ? {} : { [name]: state };
}

function keyOf(policy: ResilientClientEvent['policy'], key: string | PolicyKeys | undefined): string | undefined {
  return typeof key === 'object' && policy !== 'retry' ? key[policy] : (key as string | undefined);
}

/** The policy of a call's key. */
function chosen<P extends object>(
  name: keyof PolicyKeys,
  policy: PerKey<P>,
  key: string | PolicyKeys | undefined,
): P | undefined {
  if (!(policy instanceof Keyed)) {
    return policy;
  }
  const own = typeof key === 'object' ? key[name] : key;
  if (typeof own !== 'string') {
    throw new TypeError(
      `ResilientClient: the ${name} is keyed, so the call needs the option key, got ${JSON.stringify(key)}`,
    );
  }
  return policy.get(own) as P;
}
