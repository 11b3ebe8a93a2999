import type { MonoTypeOperatorFunction } from 'rxjs';
import type { Reading } from '../guard/guard';
import { chainOfOne } from '../guard/guard-chain';
import { guarded } from '../guard/guarded';
import { Options } from '../internal/options';
import type { Cost, Units } from '../quota/limits';
import { checkLimiter } from './check-limiter';
import { checkUnits, unitsOfCost } from './cost';
import type { Limiter } from './limiter';
import { LimiterGuard, type LimiterReaders, type LimitWants, type UnitsReading } from './limiter-guard';
import type { RateLimitOptions } from './rate-limit-options';
import type { Taking } from './taking';

const names = ['cost', 'priority', 'maxWait', 'tenant', 'usage', 'pauseOnThrottle'];

/** The operator, with readers of errors. */
export function limitedBy<T, D extends string>(
  limiter: Limiter<D>,
  options: RateLimitOptions<T, D>,
  readers: LimiterReaders,
): MonoTypeOperatorFunction<T> {
  checkLimiter('rateLimit', limiter);
  new Options('rateLimit', options, names)
    .number('priority')
    .amount('maxWait', 'or Infinity')
    .functions('usage')
    .strings('tenant')
    .booleans('pauseOnThrottle');
  const { cost, usage, pauseOnThrottle = true, priority, maxWait, tenant } = options;
  const { dimensions } = limiter;
  const hears = limiter.hearsProvider === false ? 'nothing' : pauseOnThrottle ? 'all' : 'headers';
  const costOf = (given: Cost | undefined) =>
    dimensions === undefined ? given : unitsOfCost('rateLimit', given, dimensions);
  const wantsOf = (given: Cost | undefined): LimitWants => ({ cost: costOf(given), priority, maxWait, tenant });
  const guard = new LimiterGuard(limiter as unknown as Limiter, hears, asReported, readers);
  const usual = typeof cost === 'function' ? undefined : wantsOf(cost as Cost | undefined);
  return guarded<T, LimitWants>(
    chainOfOne(guard),
    usual === undefined ? () => wantsOf((cost as () => Cost)()) : () => usual,
    usage && (() => new ReportedUnits<T>(usage as (value: T) => Units | undefined, dimensions)),
  );
}

/** Costs and reports of the operator's options are in units already. */
const asReported: Taking<UnitsReading & { readonly units: Units | undefined }> = {
  costOf: (given) => given,
  unitsOf: ({ units }) => units,
};

/** What the values of a call say by a function of the user's. The last report of each dimension counts. */
class ReportedUnits<T> implements Reading<T>, UnitsReading {
  units: Record<string, number> | undefined;
  readonly isUnitsFinal = false;

  constructor(
    private readonly usage: (value: T) => Units | undefined,
    private readonly dimensions: readonly string[] | undefined,
  ) {}

  read(value: T): void {
    const units = this.usage(value);
    if (units !== undefined && units !== null) {
      const { requests: _, ...reported } = checkUnits('rateLimit', 'usage', units, this.dimensions);
      this.units = { ...this.units, ...reported };
    }
  }
}
