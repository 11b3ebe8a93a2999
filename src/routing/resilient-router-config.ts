import type { SchedulerLike } from 'rxjs';
import type { CallOptions } from '../client/call-options';
import type { Open } from '../client/open';
import type { ResilientClient, ResilientClientEvent, ResilientClientState } from '../client/resilient-client';
import type { ResilientClientConfig } from '../client/resilient-client-config';
import type { EventOf } from '../internal/policy/policy';
import type { Opened } from '../stream/opened';

/**
 * A client with policies of whatever kinds.
 *
 * @category Client
 */
export type RouteClient = ResilientClient<ResilientClientConfig, unknown, unknown, unknown>;

/**
 * One route of a `ResilientRouter`.
 *
 * @category Client
 */
export interface RouteConfig {
  /** Makes the calls of this route, with retries, limits, a breaker and budgets of its own. */
  readonly client: RouteClient;
  /** How much it should have beside others of its order. Default 1. */
  readonly weight?: number | undefined;
  /** Routes of a lower order come first. Default 0. */
  readonly order?: number | undefined;
}

/**
 * Options of a `ResilientRouter`.
 *
 * @category Client
 */
export interface ResilientRouterConfig<N extends string = string> {
  /** The routes, by name. */
  readonly routes: { readonly [name in N]: RouteConfig };
  /**
   * Which of the routes of the lowest order that can take a call gets it: the one that could begin first, one drawn by
   * weight, or the one with the fewest calls in flight for its weight. Default `'soonest'`.
   */
  readonly strategy?: 'soonest' | 'weighted' | 'least-in-flight' | undefined;
  /** Which errors are worth another route; refusals by a route's own guards always are. Default `mayHelpElsewhere`. */
  readonly when?: ((error: unknown) => boolean) | undefined;
  /** Numbers in [0, 1), for `'weighted'`. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * How a call is opened at each route: by the route's name, or by a function of it. A route without is no candidate.
 *
 * @category Client
 */
export type Opens<N extends string> =
  | { readonly [name in N]?: Open<unknown> | undefined }
  | ((route: N) => Open<unknown> | undefined);

type OpenedBy<F> = F extends Open<infer X> ? Opened<X> : never;

/**
 * What a call emits, whichever route answers.
 *
 * @category Client
 */
export type Answered<O> = O extends (route: never) => infer F ? OpenedBy<F> : OpenedBy<O[keyof O]>;

/**
 * What a call of a router wants: of every route the same, or what a function says for each. `route` pins the call to one.
 *
 * @category Client
 */
export type RoutedOptions<N extends string, T, V = unknown, More = unknown> =
  | (CallOptions<T, V> &
      More & {
        /** The only route that may take this call. */
        readonly route?: N | undefined;
      })
  | ((route: N) => CallOptions<T, V>);

/**
 * What happens in a router.
 *
 * @category Client
 */
export type RouterEvent = EventOf<'router'> &
  (
    | {
        /** A call begins at a route, or moved to it while it waited. */
        readonly type: 'routed';
        /** The route's name. */
        readonly route: string;
      }
    | {
        /** A call has failed at a route, and goes to another one. */
        readonly type: 'failed-over';
        /** The route at which it failed. */
        readonly from: string;
        /** The next one. */
        readonly to: string;
        /** With what it failed. */
        readonly error: unknown;
      }
  );

/**
 * What happens in a router and in its clients. `call` is the number of the router's call in events of the router, of the
 * client's own call in those of a client.
 *
 * @category Client
 */
export type ResilientRouterEvent =
  | RouterEvent
  | (ResilientClientEvent & {
      /** In whose client it happened. */
      readonly route: string;
    });

/**
 * A snapshot of a route.
 *
 * @category Client
 */
export interface RouteState extends ResilientClientState {
  /** See {@link RouteConfig}. */
  readonly weight: number;
  /** See {@link RouteConfig}. */
  readonly order: number;
  /** How many of the router's calls are at this route. */
  readonly inFlight: number;
}

/**
 * A snapshot of a router.
 *
 * @category Client
 */
export interface ResilientRouterState {
  /** The routes, by name. */
  readonly routes: { readonly [name: string]: RouteState };
}
