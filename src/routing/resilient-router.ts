import { sharedTimers } from '../internal/time/shared-timers';
import { routerReaders } from '../provider';
import { smoothText } from '../stream/smooth-text';
import { AnyRouter } from './any-router';
import type { ResilientRouterConfig } from './resilient-router-config';

/**
 * Several clients for one kind of call: each call goes to the provider that can take it, and to another one when it fails.
 *
 * ![Goes to the route that could begin first](../../docs/marbles/resilient-router-1.svg)
 *
 * A call goes to the routes of the lowest `order` that can take it: whose breaker is not open, and whose budget has room.
 * Among them `strategy` decides. When it fails in a way that another provider need not share, or is refused by that
 * route's own guards, it goes to the best route that it has not tried. Each client keeps its own retries, which come first,
 * and its own limits, budget and prices.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Client
 *
 * @example
 * ```ts
 * import { perMinute, ResilientClient, ResilientRouter } from 'rxjs-resilience';
 *
 * const router = new ResilientRouter({
 *   routes: {
 *     large: { client: new ResilientClient({ rateLimit: { limits: perMinute(600) }, circuitBreak: {} }), weight: 3 },
 *     small: { client: new ResilientClient({ rateLimit: { limits: perMinute(200) }, circuitBreak: {} }) },
 *     spare: { client: new ResilientClient({ circuitBreak: {} }), order: 1 },
 *   },
 * });
 * const askEach = (route: string) => async () => `answer of ${route}`;
 *
 * router.call(askEach).subscribe(console.log); // -> answer of large
 * ```
 */
export class ResilientRouter<N extends string = string> extends AnyRouter<N> {
  constructor(config: ResilientRouterConfig<N>) {
    super(config, { readers: routerReaders, timersOf: sharedTimers, smooth: smoothText });
  }
}
