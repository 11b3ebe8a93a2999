import { Options } from '../internal/options';
import { plainTimers } from '../internal/time/timers';
import { AnyRouter } from '../routing/any-router';
import type { ResilientRouterConfig } from '../routing/resilient-router-config';
import { bareReaders } from './bare-readers';

/**
 * Options of the `ResilientRouter` of `rxjs-resilience/core`: errors are read by the function that is given.
 *
 * @category Core
 */
export type CoreRouterConfig<N extends string = string> = Omit<ResilientRouterConfig<N>, 'when'> & {
  /** Which errors are worth another route; refusals by a route's own guards always are. */
  readonly when: (error: unknown) => boolean;
};

/**
 * `ResilientRouter` of the main entry without its readers of errors and chunks: `when` must be given, and `smooth` of an
 * answer is an operator, `smoothText()`.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Core
 *
 * @example
 * ```ts
 * import { ResilientClient, ResilientRouter } from 'rxjs-resilience/core';
 *
 * const router = new ResilientRouter({
 *   routes: { near: { client: new ResilientClient({}) }, far: { client: new ResilientClient({}), order: 1 } },
 *   when: () => true,
 * });
 * router.call((route) => async () => `answer of ${route}`).subscribe(console.log); // -> answer of near
 * ```
 */
export class ResilientRouter<N extends string = string> extends AnyRouter<N> {
  constructor(config: CoreRouterConfig<N>) {
    const { when }: Partial<CoreRouterConfig<N>> = config ?? {};
    new Options('ResilientRouter of rxjs-resilience/core', { when }, ['when']).required('when');
    super(config, { readers: bareReaders, timersOf: plainTimers });
  }
}
