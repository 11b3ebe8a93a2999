import type { OperatorFunction, SchedulerLike } from 'rxjs';
import { Options } from '../internal/options';
import { smoothText } from '../stream/smooth-text';
import type { AnswerOptions } from './answer';
import type { CallOptions } from './call-options';

/** How an answer is shown. */
export interface AnswerSettings<T> {
  /** ms. */
  readonly interval: number;
  /** The user's functions; undefined where chunks tell. */
  readonly text: ((value: T) => string) | undefined;
  readonly reasoning: ((value: T) => string) | undefined;
  readonly usage: CallOptions<T>['usage'];
  readonly smooth: OperatorFunction<string, string> | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Checks what `answer` wants beside its call. */
export function answerSettings<T>(
  owner: string,
  options: AnswerOptions<T>,
  scheduler: SchedulerLike,
): AnswerSettings<T> {
  const { interval = 50, text, reasoning, smooth = false, signal, usage } = options;
  new Options(owner, { interval, text, reasoning, signal }, ['interval', 'text', 'reasoning', 'signal'])
    .positive('interval')
    .functions('text', 'reasoning')
    .having('signal', 'addEventListener', 'an AbortSignal');
  if (typeof smooth !== 'object') {
    new Options(owner, { smooth }, ['smooth']).booleans('smooth');
  }
  const paced = smooth === true ? {} : smooth;
  return {
    ...{ interval, text, reasoning, usage, signal },
    smooth: paced === false ? undefined : smoothText({ scheduler, ...paced }),
  };
}

/** The options of the call itself. */
export function callOptionsOf<T>(options: AnswerOptions<T>): CallOptions<T> {
  const { interval: _, text: __, reasoning: ___, smooth: ____, signal: _____, ...call } = options;
  return call as CallOptions<T>;
}
