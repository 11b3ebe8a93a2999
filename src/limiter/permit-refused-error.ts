import { RefusalError } from '../provider/refusal-error';
import type { Units } from '../quota/limits';
import { oneRequest } from './cost';

/**
 * Why a permit was refused.
 *
 * @category Errors
 */
export type PermitRefusal = 'queue-full' | 'wait-too-long' | 'cost-too-large' | 'used-up' | 'draining';

const explanations: Record<PermitRefusal, string> = {
  'queue-full': 'as many calls as maxQueue allows are waiting already',
  'wait-too-long': 'it would have to wait longer than maxWait allows',
  'cost-too-large': 'it costs more than the limit can ever grant',
  'used-up': 'a limit that never comes back has too little left',
  draining: 'the client is shutting down',
};

/**
 * A limiter did not let a call begin. Nothing was taken, and the source was not subscribed. Never retried.
 *
 * @category Errors
 */
export class PermitRefusedError extends RefusalError {
  static override readonly brandName = 'PermitRefusedError';
  /** Why it was refused. */
  readonly reason: PermitRefusal;
  /** What was asked for. */
  readonly cost: Units;
  /** ms after which it is worth asking again, where that is known. */
  declare readonly retryAfter?: number; // not even there where it is not known
  /** The `name` of the limiter, if it has one. */
  declare readonly policyName?: string;
  /** The key for which a keyed policy made it. */
  declare readonly key?: string;

  /** @param info `cause` is what made the last attempt fail, if there was one. */
  constructor(info: {
    reason: PermitRefusal;
    cost: Units;
    retryAfter?: number | undefined;
    cause?: unknown;
    policyName?: string | undefined;
    key?: string | undefined;
  }) {
    const { cause } = info;
    super(textOf(info.reason, info.cost), cause === undefined ? undefined : { cause });
    this.reason = info.reason;
    this.cost = info.cost;
    if (info.retryAfter !== undefined) {
      this.retryAfter = info.retryAfter;
    }
    this.label(info);
  }
}

/** What most calls cost is written out once: to do so for each in a burst costs 200 ns and 170 bytes. */
const usualTexts = Object.fromEntries(
  Object.entries(explanations).map(([reason, why]) => [reason, textFor(why, oneRequest)]),
) as Record<PermitRefusal, string>;

function textOf(reason: PermitRefusal, cost: Units): string {
  return cost === oneRequest ? usualTexts[reason] : textFor(explanations[reason], cost);
}

function textFor(why: string, cost: Units): string {
  return `The call was not let through: ${why} (cost ${JSON.stringify(cost)})`;
}
