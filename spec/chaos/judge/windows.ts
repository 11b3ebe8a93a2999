import type { Joined, Violation } from './evidence';

/** What an attempt takes of a limit, from its grant on. */
export interface Taken {
  readonly who: string;
  readonly at: number;
  /** Its place among all that happened in its client, and that of its end. */
  readonly order: number;
  readonly endOrder: number;
  readonly units: number;
  /** What it is known to have cost, once it has ended. */
  readonly cost: number;
}

/** What is said of an attempt; the end is that of its permit, unless something else is said. */
type Said = { readonly at: number | undefined; readonly endOrder?: number | undefined } & Pick<Taken, 'units' | 'cost'>;

/** In the order in which it was taken. */
export function takenBy(joined: readonly Joined[], what: (each: Joined) => Said): readonly Taken[] {
  const taken = joined.flatMap((each) => {
    const { opened, ended } = each.attempt;
    const { at, units, cost, endOrder = ended?.order ?? Number.POSITIVE_INFINITY } = what(each);
    return at === undefined ? [] : [{ who: each.call.id, at, order: opened.order, endOrder, units, cost }];
  });
  return taken.sort((a, b) => a.order - b.order);
}

/** A grant that is dated before an earlier one leaves its window too early. */
export function datedBack(taken: readonly Taken[]): Violation[] {
  return taken.flatMap(({ who, at }, index) => {
    const back = (taken[index - 1]?.at ?? at) - at;
    const what = `was granted its permit after another one, but dated ${back} ms before that`;
    return back > 0 ? [{ who, what, look: '#ask in src/limiter/rate-limiter.ts' }] : [];
  });
}

/**
 * At every grant, looks at the window that ends with it, [at - window + 1, at]: what is in it counts as it was known
 * then. Exact to the ms, for both times are the limiter's own.
 */
export function overfull(name: string, taken: readonly Taken[], limit: number, window: number): Violation[] {
  return taken.flatMap((last, index) => {
    let sum = 0;
    for (let each = index; each >= 0 && taken[each]!.at > last.at - window * 2; each -= 1) {
      const { at, endOrder, units, cost } = taken[each]!;
      const isInside = at > last.at - window && at <= last.at;
      sum += isInside ? (endOrder < last.order ? cost : units) : 0;
    }
    const what = `${name}: ${sum} of ${limit} within ${window} ms, until ${last.at}`;
    return sum > limit ? [{ who: last.who, what, look: 'src/quota/window-meter.ts' }] : [];
  });
}

/** The same for arrivals, whose times are later than the grants by up to `late`: over several windows in a row. */
export function overrun(name: string, times: readonly number[], limit: number, span: number): Violation[] {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted.flatMap((at, index) => {
    const first = sorted[index - limit];
    const what = `${name}: more than ${limit} within ${span} ms, until ${at}`;
    return first !== undefined && at - first < span ? [{ who: 'server', what, look: 'src/quota/window-meter.ts' }] : [];
  });
}
