import { type Observable, Subject } from 'rxjs';
import {
  type CallOptions,
  type CircuitBreaker,
  type RateLimiter,
  ResilientClient,
  resilient,
  type TokenBudget,
} from '../../../src/index';
import { type Calls, type Ending, type Kind, left, leftInFlight, leftTogether, made } from './kind';
import {
  answer,
  closedBreaker,
  failure,
  halfOpenBreaker,
  openBreaker,
  takenLimiter,
  usedUpBudget,
  usedUpLimiter,
  wideBudget,
  wideLimiter,
} from './rig';

/** All that can stand before a call. */
interface Guards {
  readonly rateLimit: RateLimiter;
  readonly circuitBreak: CircuitBreaker;
  readonly tokenBudget: TokenBudget;
  readonly retryBackoff: object;
  readonly whenOpen: 'error' | 'wait';
}

/** A way to guard a source: by the operator, or by a client. */
type Guarded = (source: Observable<string>, guards: Guards) => Observable<unknown>;

const timeout = { first: 60_000, each: 60_000, total: 600_000 };
const options = { tokens: 10, maxWait: 60_000 };

/** With timeouts, which cost two timers a call: once is enough. */
const byOperator: Guarded = (source, guards) => source.pipe(resilient({ ...guards, timeout }, options));
const byCall: Guarded = (source, guards) =>
  new ResilientClient(guards).call(() => source, options as CallOptions<string>);

function guardsWith(some: Partial<Guards>): Guards {
  return {
    rateLimit: wideLimiter(),
    circuitBreak: closedBreaker(),
    tokenBudget: wideBudget(),
    retryBackoff: { maxRetries: 0 },
    whenOpen: 'error',
    ...some,
  };
}

/** What is special about the guards of a kind. */
type Special = () => Partial<Guards>;
type Make = typeof leftInFlight;

const answers = new Subject<string>();
const asUsual: Special = () => ({});

function guardedKind(
  name: string,
  ends: Ending,
  guarded: Guarded,
  special: Special,
  source: Observable<string>,
  make: Make,
): Kind {
  const begin = (calls: Calls) => {
    const guards = guardsWith(special());
    const { rateLimit, circuitBreak, tokenBudget } = guards;
    return {
      call: make(calls, guarded(source, guards), answers),
      listened: [rateLimit, circuitBreak, tokenBudget, answers],
    };
  };
  return { name, ends, begin };
}

function kindsOf(name: string, guarded: Guarded): Kind[] {
  const line: Special = () => ({ rateLimit: takenLimiter() });
  const fullLine: Special = () => ({ rateLimit: usedUpLimiter(0) });
  const open: Special = () => ({ circuitBreak: openBreaker() });
  const usedUp: Special = () => ({ tokenBudget: usedUpBudget() });
  return [
    guardedKind(`${name}, completed`, 'complete', guarded, asUsual, answer, made),
    guardedKind(`${name}, failed`, 'Error', guarded, asUsual, failure, made),
    guardedKind(`${name}, left while waiting`, 'unsubscribed', guarded, line, answer, leftTogether),
    guardedKind(`${name}, left in flight`, 'unsubscribed', guarded, asUsual, answers, leftInFlight),
    guardedKind(`${name}, refused by a full line`, 'PermitRefusedError', guarded, fullLine, answer, made),
    guardedKind(`${name}, refused by a breaker`, 'CircuitOpenError', guarded, open, answer, made),
    guardedKind(`${name}, refused by a budget`, 'TokenBudgetExceededError', guarded, usedUp, answer, made),
  ];
}

/** The waits of a call, which know nothing of a client. */
function waits(): Kind[] {
  const late: Special = () => ({ retryBackoff: { baseDelay: 60_000 } });
  const open: Special = () => ({ circuitBreak: openBreaker(), whenOpen: 'wait' });
  const halfOpen: Special = () => ({ circuitBreak: halfOpenBreaker(), whenOpen: 'wait' });
  return [
    guardedKind('resilient, left before a retry', 'unsubscribed', byOperator, late, failure, left),
    guardedKind('resilient, left an open breaker', 'unsubscribed', byOperator, open, answer, leftTogether),
    guardedKind('resilient, left as a probe', 'unsubscribed', byOperator, halfOpen, answers, left),
  ];
}

export const clientKinds: readonly Kind[] = [
  ...kindsOf('resilient', byOperator),
  ...waits(),
  ...kindsOf('client.call', byCall),
];
