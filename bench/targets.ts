import type { Figures } from './job';

/** What one figure may be at most: what is to be reached, and what is aimed at. */
interface Target {
  readonly what: string;
  readonly job: string;
  readonly name: string;
  readonly figure: string;
  readonly reach: number;
  readonly aim?: number;
}

/** As they stand in the plan of this library. A target is met or it is open. */
export const targets: readonly Target[] = [
  ...[
    ['`retryBackoff`', 'calls', 'retryBackoff', 2.3, 2.2] as const,
    ['`circuitBreak`', 'calls', 'circuitBreak', 2.7, 2.5] as const,
    ['`rateLimit`, window', 'calls', 'rateLimit, window', 3.7, 3.1] as const,
    ['`rateLimit`, bucket', 'calls', 'rateLimit, bucket', 3.7, 3.1] as const,
    ['`tokenBudget`', 'calls', 'tokenBudget', 4.2, 3.5] as const,
    ['`resilient`, all guards', 'stack', 'resilient', 6, 5] as const,
    ['`client.guard`, all guards', 'stack', 'client.guard', 9, 6.5] as const,
    ['`client.call`, all guards', 'stack', 'client.call', 45, 38] as const,
    ['a router over three clients, beside its client', 'stack', 'router.call, 3 routes', 1.3, 1.2] as const,
    ["all guards over a promise, beside cockatiel's two", 'stack', 'resilient, promise', 1.6, 1.3] as const,
  ].map(([what, job, name, reach, aim]) => ({ what, job, name, figure: 'ratio', reach, aim })),
  { what: '`resilient`, a call allocates', job: 'stack', name: 'resilient', figure: 'bytes', reach: 1_800 },
  ...['tokenBudget', 'resilient'].flatMap((guard) => [
    {
      ...{ what: `one more string through \`${guard}\`, over \`map\``, reach: 12, aim: 8 },
      ...chunk(guard, 'strings'),
    },
    {
      ...{ what: `one more chunk of 12 shapes, \`${guard}\``, reach: 150, aim: 100 },
      ...chunk(guard, '12 shapes mixed'),
    },
  ]),
  { what: 'a waiting call', job: 'memory', name: 'rateLimit, a waiting call', figure: 'bytes', reach: 450, aim: 400 },
  {
    ...{ what: 'an idle keyed limiter', job: 'memory', name: 'keyed RateLimiter, an idle key, bucket' },
    ...{ figure: 'bytes', reach: 420, aim: 320 },
  },
  ...['open circuit', 'full line'].map((why) => ({
    ...{ what: `a refusal, ${why}, of 10,000`, job: 'failures', name: `refused: ${why}`, figure: 'ns' },
    ...{ reach: 2_000, aim: 1_000 },
  })),
  {
    ...{ what: 'a failed call, all guards, plain Error', job: 'failures', name: 'resilient, fails', figure: 'over' },
    ...{ reach: 2_000, aim: 1_000 },
  },
  ...['maxWait', 'onWait', 'events$ heard'].map((listener) => ({
    ...{ what: `a waiting \`acquire\` after 300,000 grants, ${listener}`, job: 'growth' },
    ...{ name: `a waiting acquire, ${listener}`, figure: 'ratio', reach: 1.2 },
  })),
  ...[
    ['40,000 priorities enter and leave', '40,000 waiters of 40,000 priorities', 'ms', 200] as const,
    ['`state$` watched, 16,000 reservations open', 'a reservation, state$ watched, 16,000 open', 'ratio', 1.2] as const,
    ['a million refunds of permits leave, each', 'a million refunds of permits', 'bytes', 0.1] as const,
    ['a million refunds of reservations leave, each', 'a million refunds of reservations', 'bytes', 0.1] as const,
  ].map(([what, name, figure, reach]) => ({ what, job: 'growth', name, figure, reach })),
  ...[
    ['retryBackoff', 7.6, 5] as const,
    ['all four operators with their policies', 24, 20] as const,
    ['ResilientClient', 30, 26] as const,
  ].map(([name, reach, aim]) => ({ what: `bytes: ${name}`, job: 'sizes', name, figure: 'gzip', reach, aim })),
];

function chunk(guard: string, of: string) {
  return { job: 'chunks', name: `${guard}, ${of}`, figure: 'over' };
}

/** What was measured, by job and case. */
export type Results = Readonly<Record<string, Readonly<Record<string, Figures>>>>;

/** A row for each target of which something was measured. */
export function verdicts(results: Results, shown: (figure: string, value: number) => string): string[][] {
  return targets.flatMap(({ what, job, name, figure, reach, aim }) => {
    const value = results[job]?.[name]?.[figure];
    const verdict = (most: number | undefined) =>
      most === undefined ? '' : `${shown(figure, most)} ${value! <= most ? 'met' : '**open**'}`;
    return value === undefined ? [] : [[what, shown(figure, value), verdict(reach), verdict(aim)]];
  });
}
