import { Options, show } from '../internal/options';
import { FairShares } from '../internal/queue/fair-shares';

/**
 * Whether tenants share what a limiter grants; `weight` gives each its part, a number above 0.
 *
 * @category Policies
 */
export type Fairness =
  | boolean
  | {
      /** The part of a tenant, beside those of the others. Default 1. */
      readonly weight?: ((tenant: string) => number) | undefined;
    };

/** What tenants have had, if they shall share the queue. */
export function sharesOf(fair: Fairness | undefined, owner = 'RateLimiter'): FairShares | undefined {
  if (fair === undefined || fair === false) {
    return undefined;
  }
  const weight = fair === true ? undefined : fair.weight;
  return new FairShares((tenant) => (weight === undefined ? 1 : checkWeight(owner, tenant, weight(tenant))));
}

/** Throws an error that names the option and shows the value. */
export function checkFair(fair: unknown, owner = 'RateLimiter'): void {
  if (fair === undefined || typeof fair === 'boolean') {
    return;
  }
  if (typeof fair !== 'object') {
    throw new TypeError(`${owner}: fair must be true, false or { weight }, got ${show(fair)}`);
  }
  new Options(`${owner}: fair`, fair as object, ['weight']).functions('weight');
}

function checkWeight(owner: string, tenant: string, weight: unknown): number {
  if (typeof weight !== 'number' || !(weight > 0 && weight < Number.POSITIVE_INFINITY)) {
    throw new RangeError(
      `${owner}: fair.weight must return a finite number above 0, got ${show(weight)} for the tenant ${show(tenant)}`,
    );
  }
  return weight;
}
