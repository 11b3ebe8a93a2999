import type { OperatorFunction, SchedulerLike } from 'rxjs';
import { Options, show } from '../internal/options';
import type { ChunkReaders } from '../provider';
import type { SmoothTextConfig } from '../stream/smooth-text';
import type { AnswerOptions } from './answer';
import type { CallOptions } from './call-options';
import type { ClientParts } from './client-parts';

/** How an answer is shown. */
export interface AnswerSettings<T> {
  /** Where the user's functions do not say it. */
  readonly readers: Pick<ChunkReaders, 'chunkOf' | 'usageIn'>;
  /** ms. */
  readonly interval: number;
  /** The user's functions; undefined where chunks tell. */
  readonly text: ((value: T) => string) | undefined;
  readonly reasoning: ((value: T) => string) | undefined;
  readonly usage: CallOptions<T>['usage'];
  readonly smooth: OperatorFunction<string, string> | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What answers are made with. */
export interface AnswerParts {
  readonly readers: Pick<ChunkReaders, 'chunkOf' | 'usageIn'>;
  readonly smooth?: ClientParts['smooth'];
}

/** Checks what `answer` wants beside its call. */
export function answerSettings<T>(
  owner: string,
  options: AnswerOptions<T>,
  scheduler: SchedulerLike,
  { readers, smooth: pacing }: AnswerParts,
): AnswerSettings<T> {
  const { interval = 50, text, reasoning, smooth = false, signal, usage } = options;
  new Options(owner, { interval, text, reasoning, signal }, ['interval', 'text', 'reasoning', 'signal'])
    .positive('interval')
    .functions('text', 'reasoning')
    .having('signal', 'addEventListener', 'an AbortSignal');
  if (typeof smooth !== 'object' && typeof smooth !== 'function') {
    new Options(owner, { smooth }, ['smooth']).booleans('smooth');
  }
  return {
    ...{ interval, text, reasoning, usage, signal, readers },
    smooth:
      typeof smooth === 'object' || smooth === true ? paced(owner, scheduler, smooth, pacing) : smooth || undefined,
  };
}

function paced(
  owner: string,
  scheduler: SchedulerLike,
  smooth: true | SmoothTextConfig,
  pacing: AnswerParts['smooth'],
): OperatorFunction<string, string> {
  if (pacing === undefined) {
    throw new TypeError(`${owner}: smooth must be an operator here, smoothText(), got ${show(smooth)}`);
  }
  return pacing({ scheduler, ...(smooth === true ? {} : smooth) });
}

/** The options of the call itself. */
export function callOptionsOf<T>(options: AnswerOptions<T>): CallOptions<T> {
  const { interval: _, text: __, reasoning: ___, smooth: ____, signal: _____, ...call } = options;
  return call as CallOptions<T>;
}
