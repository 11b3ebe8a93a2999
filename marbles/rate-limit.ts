import { catchError, map, mergeMap, of } from 'rxjs';
import { aimd, RateLimiter, rateLimit, slidingWindow } from '../src/index';
import { inTurn, scenario } from './scenario';

const permitsLeft = (limiter: RateLimiter) => limiter.state$.pipe(map(({ limits }) => limits.requests[0]!.remaining));
const isPaused = (limiter: RateLimiter) =>
  limiter.state$.pipe(map(({ pausedUntil }) => (pausedUntil > 0 ? 'paused' : 'granting')));
/** What the events `paced` tell, in calls per second, to a tenth. */
const paced = ({ events$ }: RateLimiter) =>
  events$.pipe(mergeMap((event) => (event.type === 'paced' ? [Math.round(event.perSecond * 10) / 10] : [])));
/** What the events `limit-changed` tell. */
const changedLimits = ({ events$ }: RateLimiter) =>
  events$.pipe(mergeMap((event) => (event.type === 'limit-changed' ? [event.limit] : [])));

export const rateLimitScenarios = [
  scenario({
    title: 'Lets two calls through and holds the third until the window has room',
    inputs: {
      prompts: 'xxx|',
      call:    'a|',
    },
    run: ({ prompts, call }) => {
      const limiter = new RateLimiter({ limits: slidingWindow({ limit: 2, window: 10 }) });
      return {
        answers: prompts.pipe(mergeMap(() => call.pipe(rateLimit(limiter)))),
        permits: permitsLeft(limiter),
      };
    },
    outputs: {
      answers: 'aa--------a|',
    },
    states: {
      permits: '10---------1--------2',
    },
    subscriptions: {
      call:   ['^!', '-^!', '----------^!'],
    },
  }),
  scenario({
    title: 'Never makes a call that is unsubscribed in the queue; who stands behind it moves up',
    inputs: {
      first:  'a|',
      second: 'b|',
      third:  'c|',
    },
    run: ({ first, second, third }) => {
      const limiter = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 10 }) });
      return {
        one:   first.pipe(rateLimit(limiter)),
        two:   second.pipe(rateLimit(limiter)),
        three: third.pipe(rateLimit(limiter)),
        waiting: limiter.state$.pipe(map((state) => state.waiting)),
      };
    },
    unsubscribed: {
      two:    '-----!',
    },
    outputs: {
      one:    'a|',
      two:    '',
      three:  '----------c|',
    },
    states: {
      waiting: '2----1----0',
    },
    subscriptions: {
      second: [],
      third:  ['----------^!'],
    },
  }),
  scenario({
    title: 'Lets one 429 quiet all callers for as long as the server asks',
    inputs: {
      throttled: '-#',
      prompts:   '---x|',
      call:      'a|',
    },
    error: { status: 429, headers: { 'retry-after-ms': '9' } },
    run: ({ throttled, prompts, call }) => {
      const limiter = new RateLimiter({ limits: slidingWindow({ limit: 5, window: 10 }) });
      return {
        first:  throttled.pipe(rateLimit(limiter)),
        others: prompts.pipe(mergeMap(() => call.pipe(rateLimit(limiter)))),
        limiter: limiter.state$.pipe(map(({ pausedUntil }) => (pausedUntil > 0 ? 'paused' : 'granting'))),
      };
    },
    values: { P: 'paused', G: 'granting' },
    outputs: {
      first:     '-#',
      others:    '----------a|',
    },
    states: {
      limiter:   'GP--------G',
    },
    subscriptions: {
      call:     ['----------^!'],
    },
  }),
  scenario({
    title: 'Counts tokens as well as requests, and lets no small call overtake a large one',
    inputs: {
      large: 'L|',
      small: 's|',
    },
    run: ({ large, small }) => {
      const limiter = new RateLimiter({ limits: { tokens: slidingWindow({ limit: 100, window: 10 }) } });
      return {
        first:  small.pipe(rateLimit(limiter, { cost: { tokens: 40 } })),
        second: large.pipe(rateLimit(limiter, { cost: { tokens: 80 } })),
        third:  small.pipe(rateLimit(limiter, { cost: { tokens: 10 } })),
        tokens: limiter.state$.pipe(map(({ limits }) => limits.tokens[0]!.remaining)),
      };
    },
    values: { s: 's', L: 'L', M: 60, T: 10, F: 100 },
    outputs: {
      first:  's|',
      second: '----------L|',
      third:  '----------s|',
    },
    states: {
      tokens: 'M---------T---------F',
    },
    subscriptions: {
      large: ['----------^!'],
      small: ['^!', '----------^!'],
    },
  }),
  scenario({
    title: 'Gives back what a call reserved and did not use, so that the next one can begin',
    inputs: {
      call: '--a|',
    },
    run: ({ call }) => {
      const limiter = new RateLimiter({ limits: { tokens: slidingWindow({ limit: 100, window: 20 }) } });
      const guarded = call.pipe(rateLimit(limiter, { cost: { tokens: 80 }, usage: () => ({ tokens: 10 }) }));
      return {
        first:  guarded,
        second: guarded,
        tokens: limiter.state$.pipe(map(({ limits }) => limits.tokens[0]!.remaining)),
      };
    },
    values: { s: 20, M: 10, L: 90, X: 80, F: 100 },
    outputs: {
      first:  '--a|',
      second: '-----a|',
    },
    states: {
      tokens: 's--M--X-------------L--F',
    },
    subscriptions: {
      call: ['^--!', '---^--!'],
    },
  }),
  scenario({
    title: 'Lets a call with a higher priority go first, although it came last',
    inputs: {
      call: 'x|',
    },
    run: ({ call }) => {
      const limiter = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 6 }) });
      return {
        first:  call.pipe(rateLimit(limiter)),
        second: call.pipe(rateLimit(limiter)),
        urgent: call.pipe(rateLimit(limiter, { priority: 1 })),
      };
    },
    outputs: {
      first:  'x|',
      second: '------------x|',
      urgent: '------x|',
    },
    subscriptions: {
      call: ['^!', '------^!', '------------^!'],
    },
  }),
  scenario({
    title: 'Refuses at once a call that would have to wait longer than it may, and takes nothing for it',
    inputs: {
      call: 'a|',
    },
    run: ({ call }) => {
      const limiter = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 10 }) });
      return {
        first:     call.pipe(rateLimit(limiter)),
        patient:   call.pipe(rateLimit(limiter, { maxWait: 10 })),
        impatient: call.pipe(rateLimit(limiter, { maxWait: 9 })),
      };
    },
    outputs: {
      first:     'a|',
      patient:   '----------a|',
      impatient: '#',
    },
    errors: { impatient: 'PermitRefusedError' },
    subscriptions: {
      call:     ['^!', '----------^!'],
    },
  }),
  scenario({
    title: 'Holds a third call until one of two that are in flight has ended, with maxConcurrent',
    inputs: {
      call: '--a---b|',
    },
    run: ({ call }) => {
      const limiter = new RateLimiter({ maxConcurrent: 2 });
      const guarded = call.pipe(rateLimit(limiter));
      return {
        first:  guarded,
        second: guarded,
        third:  guarded,
        flying: limiter.state$.pipe(map(({ inFlight }) => inFlight)),
      };
    },
    unsubscribed: {
      second: '----!',
    },
    outputs: {
      first:  '--a---b|',
      second: '--a',
      third:  '------a---b|',
    },
    states: {
      flying: '2------1---0',
    },
    subscriptions: {
      call: ['^------!', '^---!', '----^------!'],
    },
  }),
  scenario({
    title: 'Pauses after a 429 that does not say for how long, and twice as long after each in a row',
    inputs: {
      throttled: '-#',
      call:      'a|',
    },
    error: { status: 429 },
    run: ({ throttled, call }) => {
      const limiter = new RateLimiter({ maxConcurrent: 1, throttlePause: 4, pace: false });
      const guarded = inTurn(throttled, throttled, call).pipe(rateLimit(limiter));
      return {
        first:  guarded,
        second: guarded,
        third:  guarded,
        limiter: isPaused(limiter),
      };
    },
    values: { P: 'paused', G: 'granting' },
    outputs: {
      first:  '-#',
      second: '------#',
      third:  '--------------a|',
    },
    states: {
      limiter: 'GP---GP-------G',
    },
  }),
  scenario({
    title: 'After a 429 sends one call ahead and waits for its first value; then calls begin one a second, and ever faster',
    inputs: {
      throttled: '#',
      prompts:   '-(xxxxx)|',
      call:      '---a|',
    },
    error: { status: 429 },
    run: ({ throttled, prompts, call }) => {
      const limiter = new RateLimiter({ maxConcurrent: 9 });
      const guarded = inTurn(throttled, call).pipe(rateLimit(limiter));
      return {
        first:  guarded,
        others: prompts.pipe(mergeMap(() => guarded)),
        pace:   paced(limiter),
      };
    },
    values: { A: 1, B: 2, C: 2.8, D: 3.6, E: 4.4 },
    outputs: {
      first:  '#',
      others: ' 1003ms a 1002ms a 499ms a 353ms a 276ms a|',
    },
    states: {
      pace:   'A 2002ms B 499ms C 353ms D 276ms E',
    },
  }),
  scenario({
    title: 'Lowers the pace by a tenth when one call is throttled and others were not, without a pause',
    inputs: {
      throttled: '#',
      prompts:   '-(xxxx)|',
      call:      '---a|',
    },
    error: { status: 429 },
    run: ({ throttled, prompts, call }) => {
      const limiter = new RateLimiter({ maxConcurrent: 9 });
      const guarded = inTurn(throttled, call, call, throttled, call).pipe(rateLimit(limiter));
      return {
        first:  guarded,
        others: prompts.pipe(mergeMap(() => guarded.pipe(catchError(() => of('429'))))),
        pace:   paced(limiter),
      };
    },
    values: { T: '429', A: 1, B: 2, C: 1.8 },
    outputs: {
      first:  '#',
      others: ' 1003ms a 1002ms a 496ms T 564ms a|',
    },
    states: {
      pace:   'A 2002ms B 499ms C',
    },
  }),
  scenario({
    title: 'Finds with aimd() how many calls may run at once: one more for each that is taken, until one is refused',
    inputs: {
      call:      '--a---|',
      throttled: '-#',
    },
    error: { status: 429 },
    run: ({ call, throttled }) => {
      const limiter = new RateLimiter({ maxConcurrent: aimd({ initial: 1 }) });
      const guarded = inTurn(call, call, throttled, call).pipe(rateLimit(limiter));
      return {
        one:    guarded,
        two:    guarded,
        three:  guarded,
        four:   guarded,
        places: changedLimits(limiter),
      };
    },
    outputs: {
      one:   '--a---|',
      two:   '----a---|',
      three: '-----#',
      four:  '--------a---|',
    },
    states: {
      places: '--2-32',
    },
  }),
  scenario({
    title: 'Serves tenants in turn with fair, whatever one of them has queued up',
    inputs: {
      call: 'a|',
    },
    run: ({ call }) => {
      const limiter = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 4 }), fair: true });
      const callOf = (tenant: string) => call.pipe(rateLimit(limiter, { tenant }));
      return {
        ada1: callOf('ada'),
        ada2: callOf('ada'),
        ada3: callOf('ada'),
        bob1: callOf('bob'),
        bob2: callOf('bob'),
      };
    },
    outputs: {
      ada1: 'a|',
      ada2: '--------a|',
      ada3: '----------------a|',
      bob1: '----a|',
      bob2: '------------a|',
    },
  }),
  scenario({
    title: 'Lets a call of a low priority go first once it has waited for as long as a higher one is worth, with ageing',
    inputs: {
      urgent: 'x-x-x-x-x|',
      late:   '-x|',
      call:   'a|',
    },
    run: ({ urgent, late, call }) => {
      const limiter = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 3 }), ageing: 4 });
      const callOf = (priority: number) => call.pipe(rateLimit(limiter, { priority }));
      return {
        high: urgent.pipe(mergeMap(() => callOf(1))),
        low:  late.pipe(mergeMap(() => callOf(0))),
      };
    },
    outputs: {
      high: 'a--a--a-----a--a|',
      low:  '---------a|',
    },
  }),
];
