import { catchError, map, mergeMap, Observable, of, switchMap, throwError } from 'rxjs';
import { CircuitBreaker, CircuitOpenError, circuitBreak, failureRate } from '../src/index';
import { inTurn, scenario } from './scenario';

const statusOf = (breaker: CircuitBreaker) => breaker.state$.pipe(map(({ status }) => status));
const statuses = { C: 'closed', O: 'open', H: 'half-open', I: 'isolated' };
/** For lines of many calls: what became of one that failed. */
const asWord = (error: unknown) => of(error instanceof CircuitOpenError ? 'refused' : 'failed');
/** As it was sent, or that it was not. */
const asStatus = (error: { status?: number }) => of(error.status ?? 'refused');
const words = { x: 'failed', r: 'refused' };

export const circuitBreakScenarios = [
  scenario({
    title: 'Opens after two failures, refuses while it is open, and closes after a probe that succeeds',
    inputs: {
      prompts: 'p-p--p-----p--p|',
      down:    '-#',
      healthy: '-a|',
    },
    values: { ...words, ...statuses },
    run: ({ prompts, down, healthy }) => {
      const breaker = new CircuitBreaker({ failureThreshold: 2, recoveryTimeout: 7 });
      const call = inTurn(down, down, healthy).pipe(circuitBreak(breaker));
      return {
        answers: prompts.pipe(mergeMap(() => call.pipe(catchError(asWord)))),
        breaker: statusOf(breaker),
      };
    },
    outputs: {
      answers: '-x-x-r------a--a|',
    },
    states: {
      breaker: 'C--O------H-C',
    },
    subscriptions: {
      down:    ['^!', '--^!'],
      healthy: ['-----------^-!', '--------------^-!'],
    },
  }),
  scenario({
    title: 'Is half-open from the very ms at which the recovery time is over, and refuses until then',
    inputs: {
      down:    '-#',
      early:   '-----p|',
      prompt:  '------p|',
      healthy: '--a|',
    },
    values: statuses,
    run: ({ down, early, prompt, healthy }) => {
      const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 5 });
      const call = healthy.pipe(circuitBreak(breaker));
      return {
        first:  down.pipe(circuitBreak(breaker)),
        second: early.pipe(mergeMap(() => call)),
        third:  prompt.pipe(mergeMap(() => call)),
        breaker: statusOf(breaker),
      };
    },
    outputs: {
      first:   '-#',
      second:  '-----#',
      third:   '--------a|',
    },
    errors: { second: 'CircuitOpenError' },
    states: {
      breaker: 'CO----H-C',
    },
    subscriptions: {
      healthy: ['------^--!'],
    },
  }),
  scenario({
    title: 'Opens again after a probe that fails, and for longer if recoveryTimeout is a function',
    inputs: {
      prompts: 'p-----p----------p|',
      down:    '-#',
      healthy: '-a|',
    },
    values: { ...words, ...statuses },
    run: ({ prompts, down, healthy }) => {
      const recoveryTimeout = (openings: number) => 5 * openings;
      const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout });
      const call = inTurn(down, down, healthy).pipe(circuitBreak(breaker));
      return {
        answers: prompts.pipe(mergeMap(() => call.pipe(catchError(asWord)))),
        breaker: statusOf(breaker),
      };
    },
    outputs: {
      answers: '-x-----x----------a|',
    },
    states: {
      breaker: 'CO----HO---------HC',
    },
    subscriptions: {
      down:    ['^!', '------^!'],
      healthy: ['-----------------^-!'],
    },
  }),
  scenario({
    title: 'Lets only so many probes through, and refuses the others until these have decided',
    inputs: {
      down:    '-#',
      prompts: '-----ppp----p|',
      healthy: '----a|',
    },
    values: { ...words, ...statuses },
    run: ({ down, prompts, healthy }) => {
      const halfOpen = { calls: 2 };
      const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 4, halfOpen });
      const call = healthy.pipe(circuitBreak(breaker));
      return {
        first:   down.pipe(circuitBreak(breaker)),
        answers: prompts.pipe(mergeMap(() => call.pipe(catchError(asWord)))),
        breaker: statusOf(breaker),
      };
    },
    outputs: {
      first:   '-#',
      answers: '-------r-aa-----a|',
    },
    states: {
      breaker: 'CO---H----C',
    },
    subscriptions: {
      healthy: ['-----^----!', '------^----!', '------------^----!'],
    },
  }),
  scenario({
    title: 'Takes back a probe that is unsubscribed before its first content: the next call may probe',
    inputs: {
      down:    '-#',
      prompts: '-----p--p|',
      healthy: '----a|',
    },
    values: statuses,
    run: ({ down, prompts, healthy }) => {
      const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 4 });
      return {
        first:  down.pipe(circuitBreak(breaker)),
        answer: prompts.pipe(switchMap(() => healthy.pipe(circuitBreak(breaker)))),
        breaker: statusOf(breaker),
      };
    },
    outputs: {
      first:   '-#',
      answer:  '------------a|',
    },
    states: {
      breaker: 'CO---H------C',
    },
    subscriptions: {
      healthy: ['-----^--!', '--------^----!'],
    },
  }),
  scenario({
    title: 'Counts a probe that hangs as failed after halfOpen.timeout: it cannot wedge the breaker',
    inputs: {
      down:    '-#',
      prompts: '-----p---------p|',
      hung:    '-',
      healthy: '-a|',
    },
    values: statuses,
    run: ({ down, prompts, hung, healthy }) => {
      const halfOpen = { timeout: 6 };
      const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 4, halfOpen });
      const call = inTurn(hung, healthy).pipe(circuitBreak(breaker));
      return {
        first:   down.pipe(circuitBreak(breaker)),
        answers: prompts.pipe(mergeMap(() => call)),
        breaker: statusOf(breaker),
      };
    },
    outputs: {
      first:   '-#',
      answers: '----------------a',
    },
    states: {
      breaker: 'CO---H-----O---HC',
    },
    subscriptions: {
      hung:    ['-----^'],
      healthy: ['---------------^-!'],
    },
  }),
  scenario({
    title: 'Decides nothing by late results of calls that began before it opened',
    inputs: {
      down:      '-#',
      answering: '------a|',
      failing:   '---------#',
    },
    values: statuses,
    run: ({ down, answering, failing }) => {
      const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 4 });
      return {
        first:  down.pipe(circuitBreak(breaker)),
        second: answering.pipe(circuitBreak(breaker)),
        third:  failing.pipe(circuitBreak(breaker)),
        breaker: statusOf(breaker),
      };
    },
    outputs: {
      first:     '-#',
      second:    '------a|',
      third:     '---------#',
    },
    states: {
      breaker:   'CO---H',
    },
  }),
  scenario({
    title: 'Opens for all who share it: after two callers failed the third is refused, and costs nothing',
    inputs: {
      chat:    '-#',
      mail:    '--#',
      prompt:  '----p|',
      search:  'a|',
    },
    values: statuses,
    run: ({ chat, mail, prompt, search }) => {
      const breaker = new CircuitBreaker({ failureThreshold: 2, recoveryTimeout: 6 });
      return {
        first:  chat.pipe(circuitBreak(breaker)),
        second: mail.pipe(circuitBreak(breaker)),
        third:  prompt.pipe(mergeMap(() => search.pipe(circuitBreak(breaker)))),
        breaker: statusOf(breaker),
      };
    },
    outputs: {
      first:   '-#',
      second:  '--#',
      third:   '----#',
    },
    errors: { third: 'CircuitOpenError' },
    states: {
      breaker: 'C-O-----H',
    },
    subscriptions: {
      search:  [],
    },
  }),
  scenario({
    title: 'Counts a 503 as a failure, but not a 400 or a 429, which say that the provider is up',
    inputs: {
      calls:   '-b--t--d--d|',
    },
    values: { b: 400, t: 429, d: 503, ...words, ...statuses },
    run: ({ calls }) => {
      const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 6 });
      const failing = (status: unknown) => throwError(() => ({ status }));
      return {
        errors: calls.pipe(
          mergeMap((status) => failing(status).pipe(circuitBreak(breaker), catchError(asStatus))),
        ),
        breaker: statusOf(breaker),
      };
    },
    outputs: {
      errors:  '-b--t--d--r|',
    },
    states: {
      breaker: 'C------O-----H',
    },
  }),
  scenario({
    title: 'Opens when half of the calls of the last 10 ms failed, and forgets those before',
    inputs: {
      prompts: '-p---------p-p|',
      down:    '#',
      healthy: '(a|)',
    },
    values: { ...words, ...statuses },
    run: ({ prompts, down, healthy }) => {
      const trip = failureRate({ threshold: 0.5, minimumCalls: 2, window: 10 });
      const breaker = new CircuitBreaker({ trip, recoveryTimeout: 6 });
      const call = inTurn(down, healthy, down).pipe(circuitBreak(breaker));
      return {
        answers: prompts.pipe(mergeMap(() => call.pipe(catchError(asWord)))),
        breaker: statusOf(breaker),
      };
    },
    outputs: {
      answers: '-x---------a-x|',
    },
    states: {
      breaker: 'C------------O-----H',
    },
  }),
  scenario({
    title: "Makes an outage cost time, not answers, with whenOpen: 'wait'",
    inputs: {
      down:    '-#',
      prompts: '--pp|',
      healthy: '-a|',
    },
    values: statuses,
    run: ({ down, prompts, healthy }) => {
      const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 6 });
      const call = healthy.pipe(circuitBreak(breaker, { whenOpen: 'wait' }));
      return {
        first:   down.pipe(circuitBreak(breaker)),
        answers: prompts.pipe(mergeMap(() => call)),
        breaker: statusOf(breaker),
      };
    },
    outputs: {
      first:   '-#',
      answers: '--------aa|',
    },
    states: {
      breaker: 'CO-----HC',
    },
    subscriptions: {
      healthy: ['-------^-!', '--------^-!'],
    },
  }),
  scenario({
    title: 'Refuses calls for as long as it is isolated by hand',
    inputs: {
      maintenance: '---m',
      prompts:     '-p---p---p|',
      call:        'a|',
    },
    values: { ...words, ...statuses },
    run: ({ maintenance, prompts, call }) => {
      const breaker = new CircuitBreaker();
      const isolated = new Observable(() => breaker.isolate());
      const guarded = call.pipe(circuitBreak(breaker));
      return {
        outage:  maintenance.pipe(mergeMap(() => isolated)),
        answers: prompts.pipe(mergeMap(() => guarded.pipe(catchError(asWord)))),
        breaker: statusOf(breaker),
      };
    },
    unsubscribed: {
      outage:      '--------!',
    },
    outputs: {
      outage:      '',
      answers:     '-a---r---a|',
    },
    states: {
      breaker:     'C--I----C',
    },
    subscriptions: {
      call:        ['-^!', '---------^!'],
    },
  }),
  scenario({
    title: 'Closes with the first content of a probe, and opens again at once if that call fails later',
    inputs: {
      down:    '-#',
      prompts: '-----p--p--p|',
      broken:  '-a---#',
      healthy: '-a|',
    },
    values: { ...words, ...statuses },
    run: ({ down, prompts, broken, healthy }) => {
      const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 3 });
      const call = inTurn(broken, healthy).pipe(circuitBreak(breaker));
      return {
        first:   down.pipe(circuitBreak(breaker)),
        answers: prompts.pipe(mergeMap(() => call.pipe(catchError(asWord)))),
        breaker: statusOf(breaker),
      };
    },
    outputs: {
      first:   '-#',
      answers: '------a--axr|',
    },
    states: {
      breaker: 'CO--H-C---O--H',
    },
    subscriptions: {
      broken:  ['-----^----!'],
      healthy: ['--------^-!'],
    },
  }),
  scenario({
    title: "Stays open until the server's hint is over, if that is longer than recoveryTimeout",
    inputs: {
      prompts: '-p--p---p|',
      healthy: '-a|',
    },
    values: { d: 503, ...words, ...statuses },
    run: ({ prompts, healthy }) => {
      const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 2 });
      const down = throwError(() => ({ status: 503, headers: { 'retry-after-ms': '6' } }));
      const call = inTurn(down, healthy).pipe(circuitBreak(breaker));
      return {
        answers: prompts.pipe(mergeMap(() => call.pipe(catchError(asStatus)))),
        breaker: statusOf(breaker),
      };
    },
    outputs: {
      answers: '-d--r----a|',
    },
    states: {
      breaker: 'CO-----H-C',
    },
    subscriptions: {
      healthy: ['--------^-!'],
    },
  }),
  scenario({
    title: 'Lets those who wait through by doubling once it has closed: one, then two for each that answers',
    inputs: {
      down:    '-#',
      prompts: '--pppp|',
      healthy: '--a----|',
    },
    values: statuses,
    run: ({ down, prompts, healthy }) => {
      const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 6 });
      const call = healthy.pipe(circuitBreak(breaker, { whenOpen: 'wait' }));
      return {
        first:   down.pipe(circuitBreak(breaker)),
        answers: prompts.pipe(mergeMap(() => call)),
        breaker: statusOf(breaker),
      };
    },
    outputs: {
      first:   '-#',
      answers: '---------a-a-(aa)-|',
    },
    states: {
      breaker: 'CO-----H-C',
    },
    subscriptions: {
      healthy: ['-------^------!', '---------^------!', '-----------^------!', '-----------^------!'],
    },
  }),
];
