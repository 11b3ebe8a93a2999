import { Options } from '../internal/options';
import type { AdaptiveOptions } from './adaptive';

/** Where an adaptive limit begins, and its bounds. */
export interface AdaptiveBounds {
  readonly initial: number;
  readonly min: number;
  readonly max: number;
}

/** Throws an error that names the option and shows the value. */
export function checkAdaptive(owner: string, options: AdaptiveOptions, others: readonly string[]): Options {
  const checked = new Options(owner, options, ['initial', 'min', 'max', ...others])
    .whole('initial', 1)
    .whole('min', 1)
    .whole('max', 1);
  const { initial, min = 1, max = 1_000 } = options;
  if (min > max) {
    throw new RangeError(`${owner}: min must be at most max, which is ${max}; got ${min}`);
  }
  if (initial !== undefined && (initial < min || initial > max)) {
    throw new RangeError(`${owner}: initial must be from min to max, which are ${min} and ${max}; got ${initial}`);
  }
  return checked;
}

export function boundsOf({ initial = 10, min = 1, max = 1_000 }: AdaptiveOptions): AdaptiveBounds {
  return { initial: clamp(initial, min, max), min, max };
}

export function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
