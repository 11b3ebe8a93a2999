import type { Answer } from '../../support/fault-server';

/** What a provider sends: 'Hello', ' world', of 9 tokens in and 2 out. */
export interface Wire {
  /** The streamed answer, piece by piece, and its type. */
  readonly pieces: readonly (string | Uint8Array)[];
  readonly type: string;
  /** So many pieces bring the first text. */
  readonly start: number;
  /** The answer of a call that does not stream. */
  readonly whole: object | string;
  /** Whether its last piece can be told from others. */
  readonly hasEnd: boolean;
  /** Whether it tells what the answer cost. */
  readonly hasUsage: boolean;
  /** The answer to a request that fails, in which only the status says why. */
  refusal(status: number): Answer;
  /** A quota that is used up: status 429, and only the body says that waiting does not help. */
  readonly exhausted: Answer;
  /** The piece by which a stream of status 200 says that the server failed, if there is one. */
  readonly failure: string | Uint8Array | undefined;
}

/** What every refusal says: nothing. */
export const words = 'It did not work';

/** What providers say of a quota that is used up. */
export const quotaWords = 'You exceeded your current quota, please check your plan and billing details.';
