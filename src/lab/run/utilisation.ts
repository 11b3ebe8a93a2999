import type { LimitState } from '../../quota/meter';
import { type FakeDimension, limitsOf } from '../../testing/fake-limits';
import type { FakeProviderConfig } from '../../testing/fake-provider-config';
import type { FakeServer } from '../../testing/fake-server';
import { rounded } from '../report/histogram';
import type { Utilisation } from '../report/report-data';

/** Samples how much of each limit is used. */
export class UtilisationBooks {
  readonly #limits = new Map<string, { sum: number; count: number; max: number }>();

  /** @param state A snapshot of a client or a router: limits are found wherever they stand in it. */
  sample(state: unknown): void {
    for (const [name, { used, limit }] of limitsIn(state, '')) {
      const share = Math.max(0, used / limit);
      const known = this.#limits.get(name) ?? { sum: 0, count: 0, max: 0 };
      known.sum += share;
      known.count += 1;
      known.max = Math.max(known.max, share);
      this.#limits.set(name, known);
    }
  }

  told(): { [limit: string]: Utilisation } {
    const told = [...this.#limits].map(([name, { sum, count, max }]) => {
      return [name, { mean: rounded(sum / count), max: rounded(max) }] as const;
    });
    return Object.fromEntries(told);
  }
}

/** All limits in a snapshot, with names that say whose they are. */
function* limitsIn(state: unknown, path: string): Generator<[string, LimitState]> {
  if (typeof state !== 'object' || state === null) {
    return;
  }
  for (const [name, part] of Object.entries(state)) {
    const at = path === '' ? name : `${path}.${name}`;
    if (name !== 'limits') {
      yield* limitsIn(part, at);
    } else if (Array.isArray(part)) {
      yield* named(path, part);
    } else {
      for (const [dimension, limits] of Object.entries(part as { [dimension: string]: LimitState[] })) {
        yield* named(`${path}.${dimension}`, limits);
      }
    }
  }
}

function* named(path: string, limits: readonly LimitState[]): Generator<[string, LimitState]> {
  for (const limit of limits) {
    yield [`${path}: ${limit.limit}${limit.window === undefined ? '' : ` in ${limit.window / 1_000} s`}`, limit];
  }
}

/** How much of what a provider would have let in over a run it did let in, for each of its limits. */
export function providerUtilisation(
  route: string,
  config: FakeProviderConfig,
  server: FakeServer,
  ms: number,
): [string, Utilisation][] {
  const { requests, refused, inputTokens, outputTokens, tokensBilled } = server;
  const used: { readonly [dimension in FakeDimension]: number } = {
    requests: requests - refused,
    tokens: tokensBilled,
    inputTokens,
    outputTokens,
  };
  return limitsOf('simulate', config.limits).map(([dimension, limit]) => {
    const [units, window] = limit.kind === 'bucket' ? [limit.refill, limit.interval] : [limit.limit, limit.window];
    const share = rounded(used[dimension] / Math.max(units, (units * ms) / window));
    return [`${route}.${dimension}: ${units} in ${window / 1_000} s`, { mean: share, max: share }];
  });
}
