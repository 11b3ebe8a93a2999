import type { MonoTypeOperatorFunction } from 'rxjs';
import type { Usage } from '../provider';
import type { SmoothTextConfig } from '../stream/smooth-text';
import type { CallOptions, CallStatus } from './call-options';

/**
 * What a UI shows of one answer, at one moment. See `ResilientClient.answer`.
 *
 * ![Shows the text so far: at once when the phase changes, else at most once per interval, and at the
 * end](../../docs/marbles/answer-1.svg)
 *
 * @category Client
 */
export interface Answer<T = unknown> {
  /** What the call is doing, as in `CallStatus`. */
  readonly phase: CallStatus['phase'];
  /** The text that has been delivered. Emptied when an attempt starts over, kept when it goes on or fails. */
  readonly text: string;
  /** What the model thought, as far as it has been delivered; emptied and kept like `text`. */
  readonly reasoning: string;
  /** Of which attempt this is: 1, 2, …; 0 before the first. */
  readonly attempt: number;
  /** Present while the phase is `waiting`: for what, until when at the earliest (ms, the scheduler's clock), behind how many. */
  readonly waiting?:
    | {
        /** For its place in the limiter's queue, for an open breaker, or for the time of a retry. */
        readonly for: 'permit' | 'breaker' | 'retry';
        /** When the wait will be over at the earliest, in ms on the scheduler's clock, where that is known. */
        readonly until?: number | undefined;
        /** How many calls stand before it in the queue. */
        readonly ahead?: number | undefined;
      }
    | undefined;
  /** Why it failed; while it waits, what made the last attempt fail. */
  readonly error?: unknown;
  /** What the attempt reported of its cost. */
  readonly usage?: Usage | undefined;
  /** The last value that was delivered. */
  readonly value?: T | undefined;
  /** Whether it was stopped, or has broken off after something had been delivered. */
  readonly isPartial: boolean;
}

/**
 * Options of `answer`: those of a call, and how the answer is shown.
 *
 * @category Client
 */
export type AnswerOptions<T, V = unknown> = CallOptions<T, V> & {
  /** ms between two answers of the same phase, above 0. Default 50. */
  readonly interval?: number | undefined;
  /** The text that a value adds. Default `textOf`. */
  readonly text?: ((value: T) => string) | undefined;
  /** The thoughts that a value adds. Default: what known providers' chunks say of them. */
  readonly reasoning?: ((value: T) => string) | undefined;
  /** Shows the text at a steady pace, as `smoothText` does; an operator shows it as that does. Default `false`. */
  readonly smooth?: boolean | SmoothTextConfig | MonoTypeOperatorFunction<string> | undefined;
  /** Aborting it stops the call: the last answer has the phase `cancelled`. */
  readonly signal?: AbortSignal | undefined;
};

/**
 * An answer of which nothing has come: what `answer` emits first, and what a UI shows before.
 *
 * @category Client
 *
 * @example
 * ```ts
 * import { initialAnswer } from 'rxjs-resilience';
 *
 * console.log(initialAnswer.phase, initialAnswer.attempt);
 * // -> waiting 0
 * ```
 */
export const initialAnswer: Answer<never> = /* @__PURE__ */ Object.freeze({
  phase: 'waiting',
  text: '',
  reasoning: '',
  attempt: 0,
  isPartial: false,
});
