import { dataOf } from './report/data-of';
import { type Report, reportOf } from './report/report';
import { Simulation } from './run/simulation';
import { checkConfig, type SimulateConfig } from './simulate-config';

/**
 * Lets calls arrive at a client and a provider that is made up, in virtual time: a day of traffic is a minute of work.
 * It tells how many calls are answered, refused and late, what that costs, and which guard binds.
 *
 * @returns A promise of the report; rejects with what `request` or `client` threw.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Lab
 *
 * @example
 * ```ts
 * import { perMinute, ResilientClient } from 'rxjs-resilience';
 * import { poisson, simulate } from 'rxjs-resilience/lab';
 *
 * const report = await simulate({
 *   duration: 3_600_000,
 *   arrivals: poisson(1.2),
 *   request: (random) => ({ input: 500, output: Math.ceil(400 * random()) }),
 *   provider: { limits: perMinute(60) },
 *   client: (scheduler) => new ResilientClient({ retryBackoff: {}, rateLimit: { limits: perMinute(60), maxWait: 30_000 }, scheduler }),
 * });
 * console.log(report.binds?.guard, report.throttled);
 * // -> limiter 0
 * ```
 */
export async function simulate(config: SimulateConfig): Promise<Report> {
  checkConfig(config);
  const simulation = new Simulation(config);
  await simulation.run();
  return reportOf(dataOf(config, simulation));
}
