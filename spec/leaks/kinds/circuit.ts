import { Subject } from 'rxjs';
import { CircuitBreaker, circuitBreak, failureRate, slowCallRate } from '../../../src/index';
import { type Kind, left, leftInFlight, leftTogether, made } from '../kind';
import { answer, closedBreaker, failure, halfOpenBreaker, openBreaker } from './rig';

export const circuitKinds: readonly Kind[] = [
  {
    name: 'circuitBreak, completed',
    ends: 'complete',
    begin: (calls) => {
      const breaker = closedBreaker();
      return { call: made(calls, answer.pipe(circuitBreak(breaker))), listened: [breaker] };
    },
  },
  {
    name: 'circuitBreak, failed',
    ends: 'Error',
    begin: (calls) => {
      const breaker = new CircuitBreaker({
        trip: failureRate({ threshold: 1, minimumCalls: 1e9, window: 10 }),
      });
      return { call: made(calls, failure.pipe(circuitBreak(breaker))), listened: [breaker] };
    },
  },
  {
    name: 'circuitBreak, left in flight',
    ends: 'unsubscribed',
    begin: (calls) => {
      const breaker = closedBreaker();
      const answers = new Subject<string>();
      return { call: leftInFlight(calls, answers.pipe(circuitBreak(breaker)), answers), listened: [breaker, answers] };
    },
  },
  {
    name: 'circuitBreak, left before it is slow',
    ends: 'unsubscribed',
    begin: (calls) => {
      const breaker = new CircuitBreaker({
        trip: slowCallRate({ slowerThan: 60_000, threshold: 1, minimumCalls: 100, calls: 100 }),
      });
      const answers = new Subject<string>();
      return { call: leftTogether(calls, answers.pipe(circuitBreak(breaker))), listened: [breaker, answers] };
    },
  },
  {
    name: 'circuitBreak, left as a probe',
    ends: 'unsubscribed',
    begin: (calls) => {
      const breaker = halfOpenBreaker();
      const answers = new Subject<string>();
      return { call: left(calls, answers.pipe(circuitBreak(breaker))), listened: [breaker, answers] };
    },
  },
  {
    name: 'circuitBreak, left while waiting',
    ends: 'unsubscribed',
    begin: (calls) => {
      const breaker = openBreaker();
      const source = answer.pipe(circuitBreak(breaker, { whenOpen: 'wait', maxWait: 60_000 }));
      return { call: leftTogether(calls, source), listened: [breaker] };
    },
  },
  {
    name: 'circuitBreak, refused',
    ends: 'CircuitOpenError',
    begin: (calls) => {
      const breaker = openBreaker();
      return { call: made(calls, answer.pipe(circuitBreak(breaker))), listened: [breaker] };
    },
  },
  {
    name: 'circuitBreak, refused after maxWait',
    ends: 'CircuitOpenError',
    begin: (calls) => {
      const breaker = openBreaker();
      const source = answer.pipe(circuitBreak(breaker, { whenOpen: 'wait', maxWait: 2 }));
      return { call: made(calls, source), listened: [breaker] };
    },
  },
];
