import type { Fault } from './plan';

/** One request, as the server saw it. Times are ms on the clock that the clients have, too. */
export interface Exchange {
  readonly call: string;
  readonly attempt: number;
  /** By the client's word: when its limiter let the request through. */
  readonly grantedAt: number;
  readonly arrivedAt: number;
  fault: Fault['kind'] | 'outage';
  /** When it was refused, and what wait was asked for. */
  refused?: { readonly at: number; readonly hint: number | undefined };
  /** Words that the client said it had, and which were left out. */
  skipped: number;
  /** What the client said it had, if it had never been sent. */
  madeUp?: string;
  /** Whether there was anything after the headers. */
  hasBegun: boolean;
  wordsSent: number;
  hasSentFinal: boolean;
  /** Tokens in all, once they were reported. */
  usage?: number;
  /** When the answer was over, or the client had hung up. */
  closedAt?: number;
}

/** How the request names its call. */
export const headers = { call: 'x-chaos-call', attempt: 'x-chaos-attempt', grantedAt: 'x-chaos-granted-at' };
