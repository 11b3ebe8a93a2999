import { EMPTY, type MonoTypeOperatorFunction, map, merge, type Observable } from 'rxjs';
import { Options } from '../internal/options';
import { statesOf } from '../internal/policy/states-of';
import { Clock } from '../internal/time/clock';
import type { Opened } from '../stream/opened';
import { EndReader } from '../stream/stream-end';
import { streamRead } from '../stream/stream-of';
import { AbortListeners } from './abort-listeners';
import type { Answer, AnswerOptions } from './answer';
import { answerOf, watched } from './answer-of';
import { Call } from './call';
import { CallContexts } from './call-contexts';
import { answerNames, type CallOptions, checkCallOptions, checkTimeouts, runNames } from './call-options';
import { CallRegistry } from './call-registry';
import { CallSettings } from './call-settings';
import { checkEffects, checkPrices } from './check-effects';
import { checkTurns } from './check-turns';
import type { ClientParts } from './client-parts';
import { type ClientPolicies, isTold, policiesOf, slotsOf } from './client-policies';
import { type ResilientClientEvent, type ResilientClientState, stateOf } from './client-state';
import { guardedCalls } from './guarded-calls';
import type { Attempt, Open } from './open';
import { keyFor } from './policy-keys';
import { promiseOf } from './promise-of';
import type { CallArguments, ResilientClientConfig } from './resilient-client-config';
import { retriesOf } from './retries';
import { withDefaults } from './with-defaults';

const names = [
  ...['retryBackoff', 'rateLimit', 'circuitBreak', 'tokenBudget', 'retryAfter', 'timeout', 'whenOpen', 'defaults'],
  'hedge',
  ...['scheduler', 'random'],
];

/** Options of `run`: when the signal is aborted the call is cancelled, and rejects with its reason. */
type RunOptions<T, V> = CallOptions<T, V> & Pick<AnswerOptions<T>, 'signal'>;

/** A client of policies that are made; what else it is made of, it is told. */
export abstract class PolicyClient<L, B, K, Key> {
  /** The limiter as it was given, or made from its config; undefined if it is off. */
  readonly limiter: L;
  /** The breaker as it was given, or made from its config; undefined if it is off. */
  readonly breaker: B;
  /** The budget as it was given, or made from its config; undefined if it is off. */
  readonly budget: K;
  /** What every call wants that does not say otherwise, as it was given. */
  readonly defaults: CallOptions<never> | undefined;
  /** What happens, as it happens; hot. */
  readonly events$: Observable<ResilientClientEvent>;
  /** The state at once, then after every change. */
  readonly state$: Observable<ResilientClientState>;

  readonly #parts: ClientParts;
  readonly #timeout: ResilientClientConfig['timeout'];
  readonly #policies: ClientPolicies;
  readonly #contexts: CallContexts;
  readonly #clock: Clock;
  readonly #registry: CallRegistry;
  readonly #aborts = new AbortListeners();
  /** Of what a call opens every value and every end is believed: the call itself looks for failures. */
  readonly #believing: EndReader<unknown>;

  constructor(config: ResilientClientConfig, parts: ClientParts) {
    const { readers, foreign } = parts;
    new Options('ResilientClient', config, names)
      .oneOf('whenOpen', ['error', 'wait'])
      .functions('random', 'retryAfter')
      .scheduler();
    checkTimeouts('ResilientClient', config.timeout);
    checkCallOptions('ResilientClient: defaults', config.defaults);
    checkTurns('ResilientClient', config.circuitBreak, config.whenOpen);
    checkEffects(config);
    this.#timeout = config.timeout;
    this.#parts = parts;
    this.#believing = new EndReader(undefined, false, readers);
    this.#policies = policiesOf(config, parts);
    const slots = slotsOf(this.#policies);
    checkPrices(config.defaults?.price, slots);
    this.defaults = config.defaults;
    this.limiter = this.#policies.limiter as L;
    this.breaker = this.#policies.breaker as B;
    this.budget = this.#policies.budget as K;
    this.#clock = new Clock(config.scheduler);
    this.#registry = new CallRegistry(this.#clock.scheduler, () => isTold(slots));
    const hedge = parts.hedgesOf?.('ResilientClient', config.hedge, this.#clock);
    const retries = retriesOf('ResilientClient', config, parts);
    const { frameOf } = parts;
    const books = { ...retries, clock: this.#clock, frameOf, registry: this.#registry, hedge, readers };
    this.#contexts = new CallContexts(slots, books, {
      ...{ readers, foreign, whenOpen: config.whenOpen ?? 'error' },
      retryAfter: config.retryAfter ?? config.retryBackoff?.retryAfter,
    });
    this.events$ = merge(...this.#each('events$'), this.#registry.events).pipe(map((event) => this.#withKey(event)));
    this.state$ = statesOf(() => this.state, merge(...this.#each('state$'), this.#registry.moves));
  }

  /** A snapshot as plain JSON. */
  get state(): ResilientClientState {
    return stateOf(this.#registry, this.#policies);
  }

  /**
   * A guarded call: `open` is called for every attempt, and unsubscribing stops the HTTP request.
   *
   * @returns A cold Observable of what `open` opens; each subscription is a call of its own.
   */
  call<X, V = unknown>(
    open: Open<X>,
    ...[options]: CallArguments<CallOptions<Opened<X>, V>, Key>
  ): Observable<Opened<X>> {
    return this.#called(open, options as CallOptions<Opened<X>>);
  }

  /**
   * A guarded call as a promise of its last value, or of what `validate` returned; rejects with the error of the call,
   * with the signal's reason when that is aborted, and with RxJS's `EmptyError` if nothing came.
   */
  async run<X, V = Opened<X>>(
    open: Open<X>,
    ...[options = {}]: CallArguments<RunOptions<Opened<X>, V>, Key>
  ): Promise<V> {
    const { signal, ...wanted } = options as RunOptions<Opened<X>, V>;
    const callTo = (validated: (result: unknown) => void) =>
      this.#called(open, wanted as CallOptions<Opened<X>>, runNames, validated);
    return promiseOf('ResilientClient.run', callTo, signal, this.#aborts);
  }

  /**
   * A guarded call as what a UI shows of it: phase, text so far, error, usage. Emits at once, at each change of phase, else
   * once per `interval` (ms, default 50), and what the end came to; then completes. Never errors. Unsubscribing stops it.
   */
  answer<X, V = unknown>(
    open: Open<X>,
    ...[options]: CallArguments<AnswerOptions<Opened<X>, V>, Key>
  ): Observable<Answer<Opened<X>>> {
    return answerOf(options as AnswerOptions<Opened<X>>, {
      ...{ owner: 'ResilientClient.answer', clock: this.#clock, aborts: this.#aborts, defaults: this.defaults },
      ...this.#parts,
      call: (wanted, watch) => this.#called(watched(open, watch), wanted, answerNames),
    });
  }

  /** Guards a source that is an Observable already, as `resilient` does: every subscription is a call. */
  guard<T>(...[options]: CallArguments<CallOptions<T>, Key>): MonoTypeOperatorFunction<T> {
    const wanted = this.#wanted(options as CallOptions<T>);
    return guardedCalls(() => this.#contexts.of(wanted.key), wanted, this.#timeout, this.#parts);
  }

  /**
   * Shuts down: from the subscription on, new calls and calls that wait are refused (reason `draining`), those in
   * flight go on. Completes when none is left, everything is settled, and policies that are elsewhere (in Redis) know of
   * it, at the latest 5 s after the last call; never emits.
   */
  drain(): Observable<never> {
    return this.#registry.drain();
  }

  #called<X>(
    open: Open<X>,
    options: CallOptions<Opened<X>> | undefined,
    known?: readonly string[],
    validated?: (result: unknown) => void,
  ): Observable<Opened<X>> {
    if (typeof open !== 'function') {
      throw new TypeError(`ResilientClient.call: open must be a function that makes the call, got ${typeof open}`);
    }
    const wanted = this.#wanted(options, known);
    const settings = new CallSettings(wanted, this.#timeout, this.#parts.readers);
    const sourceOf = (attempt: Attempt) => streamRead((signal) => open(signal, attempt), this.#believing);
    return this.#parts.runningOf<typeof sourceOf, Opened<X>>(sourceOf, (source, destination) => {
      const context = this.#contexts.of(wanted.key);
      return new Call(destination, validated === undefined ? context : { ...context, validated }, settings, source);
    });
  }

  #wanted<T>(options: CallOptions<T> = {}, known?: readonly string[]): CallOptions<T> {
    checkCallOptions('ResilientClient', options as CallOptions<never>, known);
    return withDefaults(options, this.defaults);
  }

  #withKey(event: ResilientClientEvent): ResilientClientEvent {
    const key = event.key ?? keyFor(event.policy, this.#registry.keyOf(event.call));
    return key === undefined ? event : { ...event, key };
  }

  /** What can be watched of those policies that can be watched. */
  #each<Name extends keyof Watchable>(name: Name): NonNullable<Watchable[Name]>[] {
    return this.#contexts.slots.map(({ policy }) => (policy as Watchable)[name] ?? EMPTY);
  }
}

interface Watchable {
  readonly events$?: Observable<ResilientClientEvent>;
  readonly state$?: Observable<unknown>;
}
