import { concat, of, throwError } from 'rxjs';
import { type Open, ResilientClient, ResilientRouter, slidingWindow } from '../src/index';
import { scenario } from './scenario';

const limits = (window: number) => ({ limits: slidingWindow({ limit: 1, window }) });

export const resilientRouterScenarios = [
  scenario({
    title: 'Goes to the route that could begin first',
    inputs: {
      large:  '-a|',
      small:  '-x|',
    },
    run: ({ large, small }) => {
      const router = new ResilientRouter({
        routes: {
          large: { client: new ResilientClient({ rateLimit: limits(4) }) },
          small: { client: new ResilientClient({ rateLimit: limits(9) }) },
        },
      });
      const call = router.call({ large: () => large, small: () => small });
      return { first: call, second: call, third: call };
    },
    outputs: {
      first:  '-a|',
      second: '-x|',
      third:  '-----a|',
    },
    subscriptions: {
      large: ['^-!', '----^-!'],
      small: ['^-!'],
    },
  }),
  scenario({
    title: 'Goes to another route when one fails, and passes by one whose breaker is open',
    inputs: {
      down:   '--#',
      other:  '  -x|',
    },
    error: { status: 503 },
    run: ({ down, other }) => {
      const router = new ResilientRouter({
        routes: {
          main:  { client: new ResilientClient({ circuitBreak: { failureThreshold: 1 } }) },
          spare: { client: new ResilientClient({ circuitBreak: {} }), order: 1 },
        },
      });
      const call = router.call({ main: () => down, spare: () => other });
      return { answers: concat(call, call) };
    },
    outputs: {
      answers: '---x-x|',
    },
    subscriptions: {
      down:  ['^-!'],
      other: ['--^-!', '----^-!'],
    },
  }),
  scenario({
    title: 'Lets a call move that waits, as soon as another route could take it',
    inputs: {
      long:   '-a-b-c-d|',
      short:  '-x|',
    },
    run: ({ long, short }) => {
      const client = () => new ResilientClient({ rateLimit: { maxConcurrent: 1 } });
      const router = new ResilientRouter({ routes: { one: { client: client() }, other: { client: client() } } });
      return {
        first:  router.call({ one: () => long }),
        second: router.call({ other: () => short }),
        third:  router.call({ one: () => long, other: () => short }),
      };
    },
    outputs: {
      first:  '-a-b-c-d|',
      second: '-x|',
      third:  '---x|',
    },
    subscriptions: {
      long:  ['^-------!'],
      short: ['^-!', '--^-!'],
    },
  }),
  scenario({
    title: "Goes on at another route where an answer broke off, with afterValues: 'continue'",
    inputs: {
      start:  '-a-b#',
      rest:   '    -c|',
    },
    error: { status: 503 },
    run: ({ start, rest }) => {
      const router = new ResilientRouter({
        routes: { one: { client: new ResilientClient({}) }, other: { client: new ResilientClient({}) } },
      });
      const ask: Open<typeof start> = (_, { delivered }) => (delivered.length > 0 ? rest : start);
      return {
        answer: router.call({ one: ask, other: ask }, { afterValues: 'continue' }),
      };
    },
    outputs: {
      answer: '-a-b-c|',
    },
    subscriptions: {
      start: ['^---!'],
      rest:  ['----^-!'],
    },
  }),
  scenario({
    title: 'Passes the last error on when no route is left, and asks none for a request that is wrong everywhere',
    inputs: {
      down:   '--#',
    },
    error: { status: 503 },
    run: ({ down }) => {
      const isWrong = throwError(() => ({ status: 400 }));
      const router = new ResilientRouter({
        routes: { one: { client: new ResilientClient({}) }, other: { client: new ResilientClient({}) } },
      });
      return {
        wrong:  router.call({ one: () => isWrong, other: () => down }),
        outage: router.call(() => () => down),
      };
    },
    outputs: {
      wrong:  '#',
      outage: '----#',
    },
    errors: {
      wrong:  { status: 400 },
    },
    subscriptions: {
      down:  ['^-!', '--^-!'],
    },
  }),
  scenario({
    title: 'Stops what runs when it is unsubscribed, and asks no other route',
    inputs: {
      down:   '--#',
      slow:   '  -----x|',
    },
    error: { status: 503 },
    run: ({ down, slow }) => {
      const router = new ResilientRouter({
        routes: {
          one:   { client: new ResilientClient({}) },
          two:   { client: new ResilientClient({}) },
          three: { client: new ResilientClient({}) },
        },
      });
      return { answer: router.call({ one: () => down, two: () => slow, three: () => of('z') }) };
    },
    unsubscribed: '-----!',
    outputs: {
      answer: '',
    },
    subscriptions: {
      down:  ['^-!'],
      slow:  ['--^--!'],
    },
  }),
];
