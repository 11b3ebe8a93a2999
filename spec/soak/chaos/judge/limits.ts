import { quota } from '../policies';
import type { Case, Joined, Violation } from './evidence';

/** ms that a request may take to the server, on a machine that is not late. */
const travel = 250;

/** No window holds more than its limit: exactly by the times of the grants, and by arrival as far as travel allows. */
export function judgeLimits(own: Case): Violation[] {
  const { requests, tokens, budget, maxConcurrent } = quota;
  const { joined, evidence } = own;
  const late = travel + evidence.lag;
  const grants = takenBy(joined, ({ attempt: { granted }, exchange }) => {
    return { at: exchange?.grantedAt ?? granted?.at, units: 1, cost: 1 };
  });
  const spent = takenBy(joined, (each) => {
    const { at, tokens = 0 } = each.attempt.granted ?? {};
    return { at, units: tokens, cost: settled(each) };
  });
  const reserved = takenBy(joined, ({ attempt: { reserved: { at, tokens = 0 } = {}, charged } }) => {
    return { at, units: tokens, cost: charged?.tokens ?? 0, endOrder: charged?.order };
  });
  const arrivals = joined.flatMap(({ exchange }) => exchange?.arrivedAt ?? []);
  return [
    ...joined.filter(({ attempt }) => attempt.granted === undefined).map(unasked),
    ...datedBack(grants),
    ...overfull('requests', grants, requests.limit, requests.window),
    ...overfull('tokens', spent, tokens.limit, tokens.window),
    ...overfull('tokens of the budget', reserved, budget.limit, budget.window),
    ...[1, 4, 16].flatMap((windows) =>
      overrun('arrivals', arrivals, requests.limit * windows, requests.window * windows - late),
    ),
    ...judgeInFlight(own, maxConcurrent),
    ...judgeOpen(own, maxConcurrent, late),
  ];
}

function unasked({ call, attempt }: Joined): Violation {
  const what = `attempt ${attempt.number} had no permit`;
  return { who: call.id, what, look: 'the guards of src/client' };
}

/** The least that the limiter must count for an attempt that has ended. */
function settled({ attempt, call, exchange }: Joined): number {
  const { granted, chunks, error } = attempt;
  const wasWhole = call.outcome === 'complete' && call.attempts.at(-1) === attempt && error === undefined;
  if (wasWhole) {
    return exchange?.usage ?? granted?.tokens ?? 0;
  }
  return chunks === 0 ? 0 : Math.min(granted?.tokens ?? 0, exchange?.usage ?? Number.POSITIVE_INFINITY);
}

/** How many attempts hold a permit, by the order of things in the client. */
function judgeInFlight({ joined }: Case, most: number): Violation[] {
  const changes = joined
    .flatMap(({ call, attempt: { opened, ended } }) => [
      { order: opened.order, by: 1, who: call.id },
      { order: ended?.order ?? Number.POSITIVE_INFINITY, by: -1, who: call.id },
    ])
    .sort((a, b) => a.order - b.order);
  let running = 0;
  return changes.flatMap(({ by, who }) => {
    running += by;
    const what = `${running} calls in flight, ${most} are allowed`;
    return by > 0 && running > most ? [{ who, what, look: 'maxConcurrent in src/limiter' }] : [];
  });
}

/** The same by what the server had open; what may have been about to close does not count. */
function judgeOpen({ joined }: Case, most: number, late: number): Violation[] {
  const exchanges = joined.flatMap(({ exchange }) => exchange ?? []).sort((a, b) => a.arrivedAt - b.arrivedAt);
  let open: typeof exchanges = [];
  return exchanges.flatMap((exchange) => {
    const { call, arrivedAt } = exchange;
    open = [...open.filter(({ closedAt = Number.POSITIVE_INFINITY }) => closedAt > arrivedAt + late), exchange];
    const what = `the server had ${open.length} requests of one client open, ${most} are allowed`;
    return open.length > most ? [{ who: call, what, look: 'maxConcurrent in src/limiter' }] : [];
  });
}

/** What an attempt takes of a limit, from its grant on. */
interface Taken {
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
function takenBy(joined: readonly Joined[], what: (each: Joined) => Said): readonly Taken[] {
  const taken = joined.flatMap((each) => {
    const { opened, ended } = each.attempt;
    const { at, units, cost, endOrder = ended?.order ?? Number.POSITIVE_INFINITY } = what(each);
    return at === undefined ? [] : [{ who: each.call.id, at, order: opened.order, endOrder, units, cost }];
  });
  return taken.sort((a, b) => a.order - b.order);
}

/** A grant that is dated before an earlier one leaves its window too early. */
function datedBack(taken: readonly Taken[]): Violation[] {
  return taken.flatMap(({ who, at }, index) => {
    const back = (taken[index - 1]?.at ?? at) - at;
    const what = `was granted its permit after another one, but dated ${back} ms before that`;
    return back > 0 ? [{ who, what, look: 'the time of a grant in src/limiter' }] : [];
  });
}

/**
 * At every grant, looks at the window that ends with it, [at - window + 1, at]: what is in it counts as it was known
 * then. Exact to the ms, because both times are the limiter's own.
 */
function overfull(name: string, taken: readonly Taken[], limit: number, window: number): Violation[] {
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
function overrun(name: string, times: readonly number[], limit: number, span: number): Violation[] {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted.flatMap((at, index) => {
    const first = sorted[index - limit];
    const what = `${name}: more than ${limit} within ${span} ms, until ${at}`;
    return first !== undefined && at - first < span ? [{ who: 'server', what, look: 'src/quota/window-meter.ts' }] : [];
  });
}
