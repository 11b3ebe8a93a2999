import { type Faults, seededRandom } from 'rxjs-resilience/testing';
import { prompts } from '../provider/prompts';

/** What goes wrong with a request. `end`: the stream ends as if that were all, with no error and no `finish_reason`. */
export type Fault = keyof Faults | 'end';

/** The provider is down: refuses everything and breaks the streams that run. In ms since the start of a run. */
export const outage = { from: 3_000, until: 5_500 };

/** The provider's rate limit, over all prompts. The guarded client is not told. */
export const quota = { limit: 8, window: 1_000 };

/** For each prompt, the faults of its first requests, in order. By seed, so that both runs meet the same. */
export function faultsBy(seed: number): ReadonlyMap<string, readonly Fault[]> {
  const random = seededRandom(seed);
  const planned: Fault[][] = [
    ...times(3, 'serverError'),
    ...times(2, 'throttle'),
    ...times(5, 'cut'),
    ...times(4, 'end'),
    ...times(4, 'stall'),
    ['cut', 'serverError', 'cut'],
  ];
  const unlucky = prompts.map(({ question }) => ({ question, lot: random() })).sort((a, b) => a.lot - b.lot);
  return new Map(planned.map((faults, index) => [unlucky[index]!.question, faults]));
}

function times(count: number, fault: Fault): Fault[][] {
  return Array.from({ length: count }, () => [fault]);
}
