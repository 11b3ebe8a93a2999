import { seededRandom } from 'rxjs-resilience/testing';
import type { Fault } from '../provider/faults';
import { prompts } from '../provider/prompts';

/** The provider is down: refuses everything and breaks the streams that run. In ms since the start of a run. */
export const outage = { from: 3_000, until: 5_500 };

/** The provider's rate limit, over all prompts. */
export const quota = { requests: 8, window: 1_000, retryAfter: 1 };

/** For each prompt, the faults of its first requests, in order. By seed, so that both runs meet the same. */
export function faultsBy(seed: number): ReadonlyMap<string, readonly Fault[]> {
  const random = seededRandom(seed);
  const anywhere = () => 5 + Math.floor(random() * 40);
  const planned: Fault[][] = [
    ...times(3, (): Fault[] => [{ kind: 'refuse', status: 500 }]),
    ...times(2, (): Fault[] => [{ kind: 'refuse', status: 429, retryAfter: 1 }]),
    ...times(5, (): Fault[] => [{ kind: 'cut', after: anywhere() }]),
    ...times(4, (): Fault[] => [{ kind: 'end', after: anywhere() }]),
    ...times(3, (): Fault[] => [{ kind: 'stall', after: anywhere() }]),
    [{ kind: 'stall', after: 0 }],
    [
      { kind: 'cut', after: anywhere() },
      { kind: 'refuse', status: 500 },
      { kind: 'cut', after: anywhere() },
    ],
  ];
  const unlucky = prompts.map(({ question }) => ({ question, lot: random() })).sort((a, b) => a.lot - b.lot);
  return new Map(planned.map((faults, index) => [unlucky[index]!.question, faults]));
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}
