import type { BudgetWants } from '../budget/budget-guard';
import { type TokenEstimate, totalOf } from '../budget/token-estimate';
import { UsageReader } from '../budget/usage-reader';
import type { Counting } from '../budget/usage-reading';
import { stepEnds } from '../internal/time/step';
import type { LimitWants } from '../limiter/limiter-guard';
import { PermitRefusedError } from '../limiter/permit-refused-error';
import { brandProgrammingError, type Readers } from '../provider';
import type { Units } from '../quota/limits';
import { EndReader, unless } from '../stream/stream-end';
import type { CallOptions } from './call-options';
import { type CallReaders, CallReading } from './call-reading';
import type { Guards } from './guards';
import type { Attempt } from './open';
import type { Timeouts, TimeoutWants } from './timeouts';

/** What a call takes of a limiter that has these dimensions. */
export const callDimensions: readonly string[] = ['requests', 'tokens', 'inputTokens', 'outputTokens'];

/** How long a call of a client waits for an open breaker if it does not say otherwise, in ms. */
const longestTurn = 600_000;

/** What one attempt wants of its guards. */
export interface AttemptWants extends LimitWants, BudgetWants, TimeoutWants {
  readonly estimate: TokenEstimate;
}

/** What a call wants of its guards, and what follows from that. Made once, used by all attempts and by many calls. */
export class CallSettings<T> {
  readonly timeout: Timeouts;
  /** Whether an attempt has a timeout of its own. */
  private readonly isTimed: boolean;
  /** Of every attempt, unless the tokens are estimated for each. */
  private readonly usual: AttemptWants | undefined;
  private readonly callReaders: CallReaders<T>;
  private counter: Counting<T> | undefined;

  constructor(
    readonly options: CallOptions<T>,
    timeout: Timeouts | undefined,
    private readonly readers: Readers,
  ) {
    const { tokens, isFinal, isContent, failure, weigh } = options;
    this.timeout = { ...timeout, ...options.timeout };
    const { first, each, content } = this.timeout;
    this.isTimed = first !== undefined || each !== undefined || content !== undefined;
    this.usual = typeof tokens === 'function' ? undefined : this.wanting(tokens ?? 0);
    this.callReaders = {
      usage: new UsageReader('call', options, readers),
      end: new EndReader(isFinal, unless(readers.failure, failure), readers, unless(readers.isContent, isContent)),
      weigh,
    };
  }

  /** Why a call is refused while its client is shut down. It tells what is taken where nothing is estimated yet. */
  draining(guards: Guards, cause: unknown): PermitRefusedError {
    const cost = guards.costOf((this.usual ?? this.wanting(0)).cost as Units);
    return new PermitRefusedError({ reason: 'draining', cost, cause });
  }

  /** Why these guards cannot be asked: a client would count nothing for a call that does not say its tokens. */
  objectionTo({ needsTokens }: Guards): { readonly error: TypeError } | undefined {
    const text =
      'ResilientClient: the call must say its tokens, because the client has a budget or a limit of tokens: ' +
      'give tokens: { input, output } with the call or in defaults; 0 is allowed';
    return needsTokens && this.options.tokens === undefined
      ? { error: brandProgrammingError(new TypeError(text)) }
      : undefined;
  }

  /** How long a call may wait for an open breaker, in ms. @param isOfClient Whether it is no call of `resilient`. */
  longestTurn(isOfClient: boolean): number {
    return this.options.maxWait ?? (isOfClient ? longestTurn : Number.POSITIVE_INFINITY);
  }

  /** What an attempt wants. Throws what the user's function throws. */
  wants(number: number, delivered: Attempt['delivered']): AttemptWants {
    const { tokens } = this.options;
    if (typeof tokens !== 'function') {
      return this.usual!;
    }
    stepEnds();
    return this.wanting(tokens({ number, delivered }));
  }

  /** For one attempt at passing these guards. @param isTold Whether somebody is told what the call has cost. */
  reading(guards: Guards, isTold: boolean, { estimate }: AttemptWants): CallReading<T> {
    const { hasBudget, hasLimiter, counterOf } = guards;
    this.counter ??= counterOf?.('call', this.options, this.readers); // all budgets bring the same
    const isPaid = hasBudget || hasLimiter || isTold;
    return new CallReading(this.callReaders, estimate, hasBudget ? this.counter : undefined, isPaid);
  }

  private wanting(estimate: TokenEstimate): AttemptWants {
    const { overrun = 'allow', price, priority, maxWait, key } = this.options;
    const { tenant = typeof key === 'string' ? key : key?.user } = this.options;
    const tokens = totalOf('call', 'tokens', estimate);
    const split = typeof estimate === 'number' ? {} : { inputTokens: estimate.input, outputTokens: estimate.output };
    const cost = Object.freeze({ requests: 1, tokens, ...split });
    return {
      cost,
      tokens,
      estimate,
      price,
      overrun,
      priority,
      maxWait,
      tenant,
      timeout: this.isTimed ? this.timeout : undefined,
    };
  }
}
