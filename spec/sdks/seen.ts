import {
  classifyError,
  type ErrorClass,
  failureOf,
  fromStream,
  isFinalChunk,
  mayHelpElsewhere,
  mergeUsage,
  perDay,
  retryAfterOf,
  TokenBudget,
  textOf,
  tokenBudget,
  type Usage,
  usageOf,
} from 'rxjs-resilience';
import type { FaultServer } from '../support/fault-server';
import type { Caller } from './caller';
import type { Situation } from './situations';

/** What the library makes of one call. */
export interface Seen {
  /** How the Observable ends: it completes, or with an error of that class. */
  readonly end: 'complete' | ErrorClass;
  /** ms, by `retryAfterOf`. */
  readonly hint: number | undefined;
  /** By `mayHelpElsewhere`. */
  readonly helpsElsewhere: boolean | undefined;
  readonly text: string;
  /** What a budget charges, of an estimate of 4 tokens of input and 100 of output. */
  readonly charge: number;
  /** Tokens of input and output. */
  readonly usage: readonly [input: number | undefined, output: number | undefined] | undefined;
}

/** A call that has ended, and what it ended with. */
export interface Ended {
  readonly seen: Seen;
  readonly error: unknown;
}

/** A timeout that never fires here. */
const never = 30_000;

/** How long a connection that is to be reset after the first text may stay without a text. */
const patience = 100;

/** Calls in one of the ways, in one of the situations, with what `fromStream` knows by default of ends and failures. */
export async function callIn({ act, timeout = never, isRefused }: Situation, caller: Caller, server: FaultServer) {
  const { url } = server;
  if (isRefused) {
    await server.stop();
  }
  const budget = new TokenBudget({ limits: perDay(1_000) });
  const reset = () => server.exchanges.at(-1)?.reset();
  const call = fromStream((signal) => caller.open(url, timeout, signal), {
    isFinal: caller.isStream && caller.wire.hasEnd ? isFinalChunk : undefined,
    failure: failureOf,
  }).pipe(tokenBudget(budget, { estimate: { input: 4, output: 100 } }));
  return new Promise<Ended>((resolve) => {
    let [text, usage, timer]: [string, Usage | undefined, unknown] = ['', undefined, undefined];
    const end = (kind: Seen['end'], error?: unknown) => {
      clearTimeout(timer as undefined);
      const isError = kind !== 'complete';
      resolve({
        error,
        seen: {
          end: kind,
          hint: isError ? retryAfterOf(error) : undefined,
          helpsElsewhere: isError ? mayHelpElsewhere(error) : undefined,
          text,
          charge: 1_000 - budget.remaining,
          usage: usage && [usage.input, usage.output],
        },
      });
    };
    if (act !== undefined) {
      server.exchange(server.exchanges.length).then(() => {
        timer = setTimeout(reset, patience);
      });
    }
    call.subscribe({
      next: (value) => {
        text += textOf(value);
        const report = usageOf(value);
        usage = report === undefined || usage === undefined ? (report ?? usage) : mergeUsage(usage, report);
        if (act !== undefined && text === act.after) {
          setTimeout(reset, 10);
        }
      },
      error: (error) => end(classifyError(error), error),
      complete: () => end('complete'),
    });
  });
}
