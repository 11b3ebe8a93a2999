import { quota } from '../quota';
import type { Case, Joined, Violation } from './evidence';
import { datedBack, overfull, overrun, takenBy } from './windows';

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
  return { who: call.id, what, look: '#standInLine in src/client/approach.ts' };
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
    return by > 0 && running > most ? [{ who, what, look: 'maxConcurrent in src/limiter/rate-limiter.ts' }] : [];
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
    return open.length > most ? [{ who: call, what, look: 'maxConcurrent in src/limiter/rate-limiter.ts' }] : [];
  });
}
