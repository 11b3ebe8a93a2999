import { Subject } from 'rxjs';
import { RateLimiter, rateLimit, rateLimitEach, slidingWindow } from '../../../src/index';
import { type Kind, left, leftInFlight, leftTogether, made } from '../kind';
import { answer, failure, takenLimiter, usedUpLimiter, wideLimiter } from './rig';

export const limiterKinds: readonly Kind[] = [
  {
    name: 'rateLimit, completed',
    ends: 'complete',
    begin: (calls) => {
      const limiter = wideLimiter();
      return { call: made(calls, answer.pipe(rateLimit(limiter))), listened: [limiter] };
    },
  },
  {
    name: 'rateLimit, completed after waiting',
    ends: 'complete',
    begin: (calls) => {
      const limiter = new RateLimiter({ limits: slidingWindow({ limit: 500, window: 2 }) });
      return { call: made(calls, answer.pipe(rateLimit(limiter, { maxWait: 60_000 }))), listened: [limiter] };
    },
  },
  {
    name: 'rateLimit, failed',
    ends: 'Error',
    begin: (calls) => {
      const limiter = wideLimiter();
      return { call: made(calls, failure.pipe(rateLimit(limiter))), listened: [limiter] };
    },
  },
  {
    name: 'rateLimit, left while waiting',
    ends: 'unsubscribed',
    begin: (calls) => {
      const limiter = usedUpLimiter();
      return { call: left(calls, answer.pipe(rateLimit(limiter))), listened: [limiter] };
    },
  },
  {
    name: 'rateLimit, left a long line',
    ends: 'unsubscribed',
    begin: (calls) => {
      const limiter = takenLimiter();
      return { call: leftTogether(calls, answer.pipe(rateLimit(limiter, { maxWait: 60_000 }))), listened: [limiter] };
    },
  },
  {
    name: 'rateLimit, left in flight',
    ends: 'unsubscribed',
    begin: (calls) => {
      const limiter = wideLimiter();
      const answers = new Subject<string>();
      return { call: leftInFlight(calls, answers.pipe(rateLimit(limiter)), answers), listened: [limiter, answers] };
    },
  },
  {
    name: 'rateLimit, refused by a full line',
    ends: 'PermitRefusedError',
    begin: (calls) => {
      const limiter = usedUpLimiter(0);
      return { call: made(calls, answer.pipe(rateLimit(limiter))), listened: [limiter] };
    },
  },
  {
    name: 'rateLimit, refused after maxWait',
    ends: 'PermitRefusedError',
    begin: (calls) => {
      const limiter = takenLimiter();
      return { call: made(calls, answer.pipe(rateLimit(limiter, { maxWait: 2 }))), listened: [limiter] };
    },
  },
  {
    name: 'rateLimitEach, completed',
    ends: 'complete',
    begin: (calls) => {
      const limiter = wideLimiter();
      return { call: made(calls, answer.pipe(rateLimitEach(limiter))), listened: [limiter] };
    },
  },
  {
    name: 'rateLimitEach, left while waiting',
    ends: 'unsubscribed',
    begin: (calls) => {
      const limiter = usedUpLimiter();
      return { call: left(calls, answer.pipe(rateLimitEach(limiter))), listened: [limiter] };
    },
  },
  {
    name: 'rateLimitEach, values of one stream',
    ends: 'value',
    begin: (calls) => {
      const limiter = new RateLimiter({ limits: slidingWindow({ limit: 500, window: 2 }) });
      const values = new Subject<string>();
      calls.parent.add(values.pipe(rateLimitEach(limiter)).subscribe(() => calls.ended('value')));
      return { call: () => values.next('a'), listened: [limiter, values] };
    },
  },
];
