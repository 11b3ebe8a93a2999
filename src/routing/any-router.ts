import { map, merge, Observable } from 'rxjs';
import { AbortListeners } from '../client/abort-listeners';
import type { Answer, AnswerOptions } from '../client/answer';
import { answerOf } from '../client/answer-of';
import type { CallOptions } from '../client/call-options';
import { promiseOf } from '../client/promise-of';
import { refuse } from '../guard/grants';
import { Options, show } from '../internal/options';
import { statesOf } from '../internal/policy/states-of';
import { Clock } from '../internal/time/clock';
import { soon } from '../internal/time/soon';
import { settingsOf } from '../retry/retry-settings';
import type {
  Answered,
  Opens,
  ResilientRouterConfig,
  ResilientRouterEvent,
  ResilientRouterState,
  RouteConfig,
  RoutedOptions,
} from './resilient-router-config';
import { RoutedCall } from './routed-call';
import { RouterCore } from './router-core';
import type { RouterParts } from './router-parts';
import { heardBy, Wanted } from './wanted';

const none: readonly never[] = [];
const names = ['routes', 'strategy', 'when', 'random', 'scheduler'];

/** A router; what it is made of, it is told. */
export abstract class AnyRouter<N extends string> {
  /** What happens in the router and in its clients, as it happens; hot. */
  readonly events$: Observable<ResilientRouterEvent>;
  /** The state at once, then after every change. */
  readonly state$: Observable<ResilientRouterState>;

  readonly #parts: RouterParts;
  readonly #core: RouterCore;
  readonly #clock: Clock;
  readonly #settings: ReturnType<typeof settingsOf<unknown, unknown>>;
  readonly #aborts = new AbortListeners();

  constructor(config: ResilientRouterConfig<N>, parts: RouterParts) {
    new Options('ResilientRouter', config, names)
      .required('routes')
      .oneOf('strategy', ['soonest', 'weighted', 'least-in-flight'])
      .functions('when', 'random')
      .scheduler();
    checkRoutes(config.routes);
    this.#parts = parts;
    this.#clock = new Clock(config.scheduler);
    this.#core = new RouterCore(config, this.#clock, parts.readers);
    for (const [name, route] of Object.entries<RouteConfig>(config.routes)) {
      this.add(name, route);
    }
    this.#settings = {
      ...settingsOf<unknown, unknown>(
        {
          maxRetries: Number.POSITIVE_INFINITY,
          baseDelay: 0,
          jitter: 'none',
          retryIf: (error) => this.#core.isWorthMore(error),
          retryAfter: () => undefined, // another route need not wait for what this one asks
        },
        parts.readers,
        parts.timersOf,
      ),
      isTimed: false, // nobody asks how long a call has been tried
    };
    const clients = this.#core.ofRoutes(({ name, client }) =>
      client.events$.pipe(map((event) => ({ ...event, route: name }))),
    );
    this.events$ = merge(this.#core.events$, clients);
    const ofClients = this.#core.ofRoutes(({ client }) => client.state$);
    this.state$ = statesOf(() => this.state, merge(this.#core.state$, ofClients));
  }

  /** A snapshot of all routes as plain JSON. */
  get state(): ResilientRouterState {
    return this.#core.state;
  }

  /**
   * A call that goes to one route after the other until one has answered.
   *
   * @param open How the call is opened at each route, as for `ResilientClient.call`: by the routes' names, or a function of
   * the name. A route without is no candidate. Under `afterValues: 'continue'` it is told what other routes delivered.
   * @returns A cold Observable of what is opened; each subscription is a call of its own. It errors with what the last
   * route failed with, and with a `TypeError` if there is no route for it.
   */
  call<const O extends Opens<N>>(open: O, options: RoutedOptions<N, Answered<O>> = {}): Observable<Answered<O>> {
    return this.#called(new Wanted(open as Opens<string>, options as RoutedOptions<string, unknown>));
  }

  /**
   * A call as a promise of its last value, or of what `validate` returned; rejects with the error of the call, with the
   * signal's reason when that is aborted, and with RxJS's `EmptyError` if nothing came.
   */
  async run<const O extends Opens<N>, V = Answered<O>>(
    open: O,
    options: RoutedOptions<N, Answered<O>, V, { readonly signal?: AbortSignal | undefined }> = {},
  ): Promise<V> {
    const { signal, ...rest } = typeof options === 'function' ? {} : options;
    const own = (typeof options === 'function' ? options : rest) as RoutedOptions<string, unknown>;
    const callTo = (validated: (result: unknown) => void) =>
      this.#called<unknown>(new Wanted(open as Opens<string>, own, validated));
    return promiseOf('ResilientRouter.run', callTo, signal, this.#aborts);
  }

  /**
   * A call as what a UI shows of it, like `ResilientClient.answer`: attempts are counted over all routes, text is emptied when
   * another route starts over, and kept when it goes on. Never errors. Unsubscribing stops it.
   */
  answer<const O extends Opens<N>, V = unknown>(
    open: O,
    options: RoutedOptions<N, Answered<O>, V, Omit<AnswerOptions<Answered<O>>, keyof CallOptions<unknown>>> = {},
  ): Observable<Answer<Answered<O>>> {
    const ofRoutes = typeof options === 'function' ? (options as (route: string) => CallOptions<unknown>) : undefined;
    return answerOf<unknown>(ofRoutes === undefined ? (options as AnswerOptions<unknown>) : {}, {
      ...{ owner: 'ResilientRouter.answer', clock: this.#clock, aborts: this.#aborts, defaults: undefined },
      ...this.#parts,
      call: (own, watch) => {
        const wanted = ofRoutes === undefined ? own : heardBy(own.onStatus, ofRoutes);
        return this.#called(new Wanted(open as Opens<string>, wanted, undefined, watch));
      },
    }) as Observable<Answer<Answered<O>>>;
  }

  /**
   * Shuts all clients down: from the subscription on, new calls and calls that wait are refused (reason `draining`), those
   * in flight go on. Completes when none is left and everything is settled; never emits.
   */
  drain(): Observable<never> {
    return new Observable<never>((subscriber) => {
      this.#core.isDraining = true; // first: what one client refuses must not go to another one
      const clients = new Set([...this.#core.routes.values()].map(({ client }) => client));
      subscriber.add(merge(...[...clients].map((client) => client.drain())).subscribe(subscriber));
    });
  }

  /**
   * Adds a route; calls go there from now on, also such that wait elsewhere.
   *
   * @throws TypeError if there is one of that name.
   */
  add(name: N | (string & {}), route: RouteConfig): void {
    new Options(`ResilientRouter: routes.${name}`, route, ['client', 'weight', 'order'])
      .required('client')
      .having('client', 'call', 'a ResilientClient')
      .positive('weight')
      .number('order');
    if (this.#core.routes.has(name)) {
      throw new TypeError(`ResilientRouter.add: there is a route ${show(name)} already; remove it first`);
    }
    this.#core.add(name, route);
  }

  /** Takes a route out; calls that are there go on. Returns whether there was one. */
  remove(name: N | (string & {})): boolean {
    return this.#core.remove(name);
  }

  #called<T>(wanted: Wanted): Observable<T> {
    return new Observable<unknown>((destination) => {
      const way = this.#core.choose(wanted, none);
      if (way === undefined) {
        refuse(destination, this.#core.noWay(wanted), soon(this.#clock));
      } else {
        new RoutedCall(this.#core, wanted, way, this.#settings, destination).start();
      }
    }) as Observable<T>;
  }
}

function checkRoutes(routes: unknown): void {
  if (typeof routes !== 'object' || routes === null || Array.isArray(routes)) {
    throw new TypeError(
      `ResilientRouter: routes must be an object of routes by name, { name: { client } }, got ${show(routes)}`,
    );
  }
  if (Object.keys(routes).length === 0) {
    throw new RangeError('ResilientRouter: routes must have at least one route, { name: { client } }, got {}');
  }
}
