import { redisVerdicts } from './redis/targets';
import type { Bundle, Results } from './results';
import { figure } from './tables';

/** One number that was measured: of a job with calls, or of one with crowds. */
interface Place {
  readonly job: string;
  readonly case: string;
  readonly figure?: string;
  readonly size?: number;
}

/** What was aimed at: a number, a ratio to another number of the same run, or a difference from one. */
interface Target {
  readonly what: string;
  readonly ours: Place;
  readonly most: number;
  readonly unit?: 'ns' | 'B';
  readonly times?: Place;
  readonly over?: Place;
}

const million = 1e6;
const calls = (job: string, name: string): Place => ({ job, case: name });
const crowd = (job: string, name: string, figure: string, size: number): Place => ({ job, case: name, figure, size });

const retry = calls('retry', 'retryBackoff');
const window = calls('circuit', 'circuitBreak, last 30 s');
const queue = crowd('queue', 'rateLimit', 'both', million);
const promised = calls('stack', 'resilient, promise');

/** As they stand in the plan of this library; those for bundles stand in bundles.mjs, those for several processes in redis/. */
export const targets: readonly Target[] = [
  { what: '`retryBackoff`, a call that succeeds', ours: retry, most: 2.6, times: calls('retry', 'rx floor') },
  { what: '`retryBackoff`, a call that succeeds', ours: retry, most: 0.9, times: calls('retry', 'rxjs retry') },
  { what: '`retryBackoff`, a call that succeeds', ours: retry, most: 0.4, times: calls('retry', 'backoff-rxjs') },
  ...['consecutive', 'last 100 calls'].flatMap((kind) => {
    const ours = calls('circuit', `circuitBreak, ${kind}`);
    return [
      { what: `\`circuitBreak\`, ${kind}`, ours, most: 2.5, times: calls('circuit', 'rx floor') },
      { what: `\`circuitBreak\`, ${kind}`, ours, most: 0.6, times: calls('circuit', 'opossum') },
    ];
  }),
  { what: '`circuitBreak`, last 30 s', ours: window, most: 3.5, times: calls('circuit', 'rx floor') },
  { what: '`circuitBreak`, last 30 s', ours: window, most: 0.6, times: calls('circuit', 'opossum') },
  ...['sliding window', 'token bucket'].flatMap((kind) => {
    const ours = calls('rate', `rateLimit, ${kind}`);
    return [
      { what: `\`rateLimit\`, free permit, ${kind}`, ours, most: 3.1, times: calls('rate', 'rx floor') },
      { what: `\`rateLimit\`, free permit, ${kind}`, ours, most: 1.3, times: calls('rate', 'p-throttle') },
    ];
  }),
  {
    what: '`tokenBudget`, reserve and settle',
    ours: calls('budget', 'tokenBudget'),
    most: 4,
    times: calls('budget', 'rx floor'),
  },
  { what: '`resilient`, all guards', ours: calls('stack', 'resilient'), most: 5, times: calls('stack', 'rx floor') },
  {
    what: '`resilient`, all guards, over a promise',
    ours: promised,
    most: 1,
    times: calls('stack', 'cockatiel wrap(retry, breaker)'),
  },
  ...['retryBackoff', 'rateLimit', 'circuitBreak', 'tokenBudget', 'resilient'].map((name) => ({
    what: `one more token through \`${name}\``,
    ours: calls('stream', name),
    most: 15,
    unit: 'ns' as const,
    over: calls('stream', 'map'),
  })),
  {
    what: '1,000,000 calls waiting: enter and leave',
    ours: queue,
    most: 2.5,
    times: crowd('queue', 'pending promise', 'both', million),
  },
  {
    what: '1,000,000 calls waiting: enter and leave',
    ours: queue,
    most: 0.5,
    times: crowd('queue', 'p-throttle', 'both', million),
  },
  {
    what: '1,000,000 calls waiting beside 100,000',
    ours: queue,
    most: 1.3,
    times: crowd('queue', 'rateLimit', 'both', 1e5),
  },
  {
    what: '1,000,000 calls waiting: memory of each',
    ours: crowd('queue', 'rateLimit', 'bytes', million),
    most: 300,
    unit: 'B',
  },
  {
    what: 'cancel one of 100,000 waiting',
    ours: crowd('cancel', 'rateLimit', 'cancel', 1e5),
    most: 1_000,
    unit: 'ns',
  },
  {
    what: 'cancel one of 100,000 waiting',
    ours: crowd('cancel', 'rateLimit', 'cancel', 1e5),
    most: 0.01,
    times: crowd('cancel', 'p-queue', 'cancel', 1e5),
  },
  {
    what: '100,000 calls parked in a retry delay: memory of each',
    ours: crowd('parked', 'retryBackoff', 'bytes', 1e5),
    most: 1_000,
    unit: 'B',
  },
  {
    what: '100,000 calls parked in a retry delay: fail and park',
    ours: crowd('parked', 'retryBackoff', 'park', 1e5),
    most: 0.6,
    times: crowd('parked', 'rxjs retry', 'park', 1e5),
  },
  {
    what: '1,000,000 keys, a token bucket each: memory of each',
    ours: crowd('keys', 'keyed RateLimiter', 'bytes', million),
    most: 250,
    unit: 'B',
  },
  {
    what: '1,000,000 keys, a token bucket each: memory of each',
    ours: crowd('keys', 'keyed RateLimiter', 'bytes', million),
    most: 0.6,
    times: crowd('keys', 'rate-limiter-flexible', 'bytes', million),
  },
  {
    what: '1,000,000 keys, a token bucket each: first take',
    ours: crowd('keys', 'keyed RateLimiter', 'take', million),
    most: 0.6,
    times: crowd('keys', 'rate-limiter-flexible', 'take', million),
  },
];

/** What came of one target. */
export interface Verdict {
  readonly what: string;
  readonly aim: string;
  readonly measured: string;
  readonly isMet: boolean;
}

/** What came of the targets: a row each; with what another run has measured, if there was one. */
export function verdicts(results: Results, again?: Results): string[][] {
  const others = again === undefined ? [] : allVerdicts(again);
  const rows = allVerdicts(results).map(({ what, aim, measured, isMet }) => {
    const other = others.find((each) => each.what === what && each.aim === aim);
    const isMetAgain = other?.isMet ?? isMet;
    const verdict = isMet && isMetAgain ? 'met' : isMet || isMetAgain ? 'met once' : '**missed**';
    return [what, aim, measured, ...(others.length === 0 ? [] : [other?.measured ?? '']), verdict];
  });
  return [['what', 'target', 'measured', ...(others.length === 0 ? [] : ['again']), ''], ...rows];
}

/** Those that were not measured are left out. */
function allVerdicts(results: Results): Verdict[] {
  const rows = targets.flatMap((target) => {
    const { what, most, unit, times } = target;
    const measured = measuredFor(target, results);
    if (measured === undefined) {
      return [];
    }
    const beside = times === undefined ? ` ${unit}` : 'x';
    const aim = `at most ${most}${beside}${besideWhat(target)}`;
    const shown = times === undefined ? figure(measured) : ratio(measured);
    return [{ what, aim, measured: `${shown}${beside}`, isMet: measured <= most }];
  });
  return [...rows, ...redisVerdicts(results.redis), ...results.sizes.own.flatMap(bundleVerdict)];
}

function besideWhat({ ours, times, over }: Target): string {
  const other = times ?? over;
  if (other === undefined) {
    return '';
  }
  const size = other.case === ours.case ? `, ${other.size?.toLocaleString('en')}` : '';
  return ` ${over === undefined ? '' : 'over '}${other.case}${size}`;
}

/** Beside the target, which may be far off, stands what the bundle is held to until then. */
function bundleVerdict({ name, most, target, gzip }: Bundle): Verdict[] {
  const aim = `at most ${target} kB (checked: ${most} kB)`;
  return target === undefined
    ? []
    : [{ what: `bytes: ${name}`, aim, measured: `${gzip.toFixed(2)} kB`, isMet: gzip <= target }];
}

function measuredFor({ ours, times, over }: Target, results: Results): number | undefined {
  const own = at(ours, results);
  const other = times ?? over;
  if (own === undefined || other === undefined) {
    return own;
  }
  const theirs = at(other, results);
  return theirs === undefined ? undefined : times === undefined ? own - theirs : own / theirs;
}

function at({ job, case: name, figure, size }: Place, { calls, crowds }: Results): number | undefined {
  return figure === undefined ? calls[job]?.[name] : crowds[job]?.[name]?.[size!]?.[figure];
}

function ratio(value: number): string {
  return value < 0.1 ? value.toFixed(4) : value.toFixed(2);
}
