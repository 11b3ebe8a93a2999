import { Observable, Subject, takeUntil } from 'rxjs';
import type { CallOptions } from '../client/call-options';
import type { Open } from '../client/open';
import { withDefaults } from '../client/with-defaults';
import { ContentReading } from '../guard/content-reading';
import { checkNumber, show } from '../internal/options';
import { Policy } from '../internal/policy/policy';
import type { Clock } from '../internal/time/clock';
import type { ErrorClass } from '../provider';
import type { ResilientRouterConfig, ResilientRouterState, RouteConfig, RouterEvent } from './resilient-router-config';
import { moved, Route } from './route';
import type { RouterReaders } from './router-parts';
import { best, type Candidate, isBetter, mayBeBetter, type Strategy } from './strategy';
import { WaitingCalls } from './waiting-calls';
import type { Wanted } from './wanted';

/** A route that a call could go to, and how. */
export interface Way extends Candidate {
  readonly open: Open<unknown>;
  readonly options: CallOptions<unknown>;
}

/** The routes of a router, and which of them a call goes to. */
export class RouterCore extends Policy<'router', ResilientRouterState, RouterEvent> {
  readonly routes = new Map<string, Route>();
  readonly waiting: WaitingCalls;
  readonly strategy: Strategy;
  /** Tells which values are content, for calls that do not say it. */
  readonly content: ContentReading<unknown>;
  isDraining = false;
  private readonly added = new Subject<Route>();
  private readonly when: (error: unknown) => boolean;
  private readonly random: () => number;
  private lastCall = 0;

  constructor(
    { strategy = 'soonest', when, random = Math.random }: ResilientRouterConfig,
    override readonly clock: Clock,
    readonly readers: RouterReaders,
  ) {
    super('router', clock);
    this.strategy = strategy;
    this.when = when ?? readers.mayHelpElsewhere;
    this.content = new ContentReading(readers.isContent ?? (() => true), true);
    this.random = () =>
      checkNumber('ResilientRouter', 'random', random(), (share) => share >= 0 && share <= 1, 'from 0 to 1');
    this.waiting = new WaitingCalls(clock);
  }

  get state(): ResilientRouterState {
    const states = [...this.routes].map(([name, { client, weight, order, inFlight }]) => {
      return [name, { weight, order, inFlight, ...client.state }] as const;
    });
    return { routes: Object.fromEntries(states) };
  }

  /** Whether it matters how long calls would wait, so that those who wait move. */
  get isTimed(): boolean {
    return this.strategy === 'soonest';
  }

  add(name: string, config: RouteConfig): void {
    const route = new Route(name, config, this.clock);
    this.routes.set(name, route);
    this.added.next(route);
    this.changed();
    this.waiting.wake();
  }

  remove(name: string): boolean {
    const route = this.routes.get(name);
    if (route !== undefined) {
      this.routes.delete(name);
      route.leave();
      this.changed();
    }
    return route !== undefined;
  }

  /** The number of a new call. */
  begins(): number {
    this.lastCall += 1;
    return this.lastCall;
  }

  /** Whether an error is worth another route. A refusal by a route's own guards always is. */
  isWorthMore(error: unknown): boolean {
    return error === moved || this.classOf(error) === 'refused' || this.when(error);
  }

  private classOf(error: unknown): ErrorClass {
    return this.readers.classOf(this.readers.read(error));
  }

  /** The ways that a call can go, but for routes where it was. Throws what a callback of the user's throws. */
  ways(wanted: Wanted, tried: readonly Route[]): Way[] {
    return [...this.routes.values()].flatMap((route) => {
      const open = this.openAt(route, wanted, tried);
      return open === undefined ? [] : this.wayTo(route, open, wanted);
    });
  }

  /** Undefined if the call can not go there. */
  private openAt(route: Route, wanted: Wanted, tried: readonly Route[]): Open<unknown> | undefined {
    const isCandidate = (wanted.route === undefined || wanted.route === route.name) && !tried.includes(route);
    return isCandidate ? wanted.open(route.name) : undefined;
  }

  private wayTo(route: Route, open: Open<unknown>, wanted: Wanted): Way {
    const options = withDefaults(wanted.options(route.name), route.client.defaults);
    return { route, open, options, outlook: route.outlook(options, this.isTimed) };
  }

  /** The best way, if there is one. */
  choose(wanted: Wanted, tried: readonly Route[]): Way | undefined {
    if (this.strategy === 'weighted') {
      const ways = this.ways(wanted, tried);
      return ways.length === 0 ? undefined : this.bestOf(ways);
    }
    let first: Way | undefined;
    for (const route of this.routes.values()) {
      const open = this.openAt(route, wanted, tried);
      if (open !== undefined && (first === undefined || mayBeBetter(route, first))) {
        const way = this.wayTo(route, open, wanted);
        first = first === undefined || isBetter(way, first, this.strategy) ? way : first;
      }
    }
    return first;
  }

  /** The best of at least one. */
  bestOf(ways: readonly Way[]): Way {
    return best(ways, this.strategy, this.random);
  }

  /** Why there is no way for a call. */
  noWay({ route }: Wanted): TypeError {
    const known = [...this.routes.keys()].join(', ') || 'none';
    const text =
      route === undefined
        ? `no route has an open for this call; routes are ${known}`
        : `route must be one with an open for this call, got ${show(route)}; routes are ${known}`;
    return new TypeError(`ResilientRouter.call: ${text}`);
  }

  tellRouted(route: string, call: number): void {
    if (this.isHeard) {
      this.tell({ type: 'routed', route, call });
    }
  }

  tellFailedOver(from: string, to: string, error: unknown, call: number): void {
    if (this.isHeard) {
      this.tell({ type: 'failed-over', from, to, error, call });
    }
  }

  /** A call has come to a route, or left it. */
  moves(): void {
    this.changed();
    this.waiting.wake();
  }

  /** What is told in all routes, also in those that are added later, and in removed ones until they are empty. */
  ofRoutes<E>(of: (route: Route) => Observable<E>): Observable<E> {
    return new Observable<E>((subscriber) => {
      const listen = (route: Route) => {
        subscriber.add(
          of(route)
            .pipe(takeUntil(route.gone))
            .subscribe((told) => subscriber.next(told)),
        );
      };
      for (const route of this.routes.values()) {
        listen(route);
      }
      subscriber.add(this.added.subscribe(listen));
    });
  }
}
