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

/** A moment in a client: ms on its clock, and its place among all that happened there, for what happens in one ms. */
export interface Stamp {
  readonly at: number;
  readonly order: number;
}

/** What a policy gave for an attempt. */
export interface Given {
  readonly at: number;
  readonly tokens: number;
}

/** One attempt that reached `open`, as its client saw it. */
export interface AttemptReport {
  readonly number: number;
  readonly opened: Stamp;
  /** By the limiter, and by the budget; undefined if nothing was given since the last attempt of anybody. */
  readonly granted: Given | undefined;
  readonly reserved: Given | undefined;
  /** Text that was delivered. */
  text: string;
  /** Chunks that were delivered. */
  chunks: number;
  /** When the first of them was delivered. */
  answered?: Stamp;
  /** When its permit was settled. */
  ended?: Stamp;
  /** What the budget was charged, 0 for a refund, and when. */
  charged?: Stamp & { readonly tokens: number };
  /** Why it failed. */
  error?: { readonly name: string; readonly message: string; readonly status?: number };
}

/** One call, as its client saw it. */
export interface CallReport {
  readonly id: string;
  outcome: 'complete' | 'failed' | 'stopped' | 'hung';
  /** What the user has before them. */
  text: string;
  /** When the client was told to stop. */
  stopped?: Stamp;
  /** How many timers went with it, if it was the only one that waited for its next attempt then. */
  timersGone?: number;
  readonly attempts: AttemptReport[];
  /** Why it failed. */
  error?: AttemptReport['error'];
}

/** What the policies say is still held. */
export type Held = Readonly<Record<'inFlight' | 'waiting' | 'reserved' | 'running', number>>;

/** What a client sends when all its calls are over. */
export interface ClientReport {
  readonly client: string;
  readonly calls: readonly CallReport[];
  /** When the breaker opened, and until when; or closed. */
  readonly turns: readonly { readonly order: number; readonly openUntil: number | undefined }[];
  /** Tokens that were charged to calls for which no request was made. */
  readonly chargedForNothing: number;
  /** What was held at once after all calls had been stopped together, each time; the last time when all was over. */
  readonly held: readonly Held[];
  /** What the budget counts as used. */
  readonly used: number;
  /** Timers that would keep the process alive. */
  readonly timers: number;
  /** Errors that were not caught. */
  readonly uncaught: readonly string[];
  /** The longest that the process was late, in ms. */
  readonly lag: number;
}

/** What a client process sent, and how it ended. */
export interface ClientRun {
  readonly client: string;
  /** Undefined if it had to be killed, or died. */
  readonly report: ClientReport | undefined;
  /** Requests that it had left open a second after its last call. */
  readonly leftOpen: readonly Exchange[];
  /** `killed` if it did not end by itself. */
  readonly exit: number | 'killed';
}

/** ms that connections have to close. */
export const closing = 1_000;
