import { catchError, map, mergeMap, of } from 'rxjs';
import { CircuitBreaker, circuitBreak } from '../src/index';
import type { Scenario } from './scenario';

export const circuitBreakScenarios: Scenario[] = [
  {
    title: 'opens after two failures, refuses while it is open, and closes after a probe that succeeds',
    inputs: {
      down:    '#',
      healthy: 'a|',
      prompts: 'dd--h-----h-----h|',
    },
    values: { x: 'failed', r: 'CircuitOpenError' },
    error: new Error('failed'),
    run: ({ down, healthy, prompts }) => {
      const breaker = new CircuitBreaker({ failureThreshold: 2, recoveryTimeout: 8 });
      return {
        answers: prompts!.pipe(
          mergeMap((kind) =>
            (kind === 'h' ? healthy! : down!).pipe(
              circuitBreak(breaker),
              catchError((error: Error) => of(error.name === 'Error' ? error.message : error.name)),
            ),
          ),
        ),
      };
    },
    outputs: {
      answers: 'xx--r-----a-----a|',
    },
    subscriptions: {
      healthy: ['----------^!', '----------------^!'],
    },
  },
  {
    title: 'says half-open from the very ms at which the recovery time is over',
    inputs:       { down:   '--#' },
    values: { C: 'closed', O: 'open', H: 'half-open' },
    run: ({ down }) => {
      const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 6 });
      return {
        answer: down!.pipe(circuitBreak(breaker)),
        status: breaker.state$.pipe(map((state) => state.status)),
      };
    },
    unsubscribed:           '----------!',
    outputs:      { answer: '--#',
                    status: 'C-O-----H' },
  },
  {
    title: "with whenOpen: 'wait' an outage costs time, not answers",
    inputs: {
      down:    '#',
      prompts: '-pp|',
      healthy: 'a|',
    },
    run: ({ down, prompts, healthy }) => {
      const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 6 });
      return {
        first:   down!.pipe(circuitBreak(breaker)),
        answers: prompts!.pipe(mergeMap(() => healthy!.pipe(circuitBreak(breaker, { whenOpen: 'wait' })))),
      };
    },
    outputs: {
      first:   '#',
      answers: '------aa|',
    },
    subscriptions: {
      healthy: ['------^!', '-------^!'],
    },
  },
];
