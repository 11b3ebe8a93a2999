import type { MonoTypeOperatorFunction, SchedulerLike, Subscriber } from 'rxjs';
import { operate } from '../internal/operate';
import { Options, show } from '../internal/options';
import { Clock } from '../internal/time/clock';
import { Timer } from '../internal/time/timer';
import { FlushingSubscriber } from './flushing-subscriber';
import { PacedText } from './paced-text';
import { type TextUnit, textUnits } from './text-units';

/**
 * Options of {@link smoothText}.
 *
 * @category Operators
 */
export interface SmoothTextConfig {
  /** ms between one piece and the next, above 0. Default 20. */
  readonly interval?: number | undefined;
  /**
   * What is shown at once and never in parts: a `word` with the punctuation after it, a `line`, or a `grapheme`, which is
   * what a reader takes for one character. Default `'word'`.
   */
  readonly by?: TextUnit | undefined;
  /** ms for which text is held back at most, or `Infinity`: then half a word waits for the rest. Default 500. */
  readonly maxLag?: number | undefined;
  /** Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Text that comes in bursts, shown at a steady pace: word by word, or line by line, one in each interval. When more
 * waits than can be shown in time, several go at once, so that nothing is held back for longer than `maxLag`. Words are
 * found as the language has them (`Intl.Segmenter`); half a word waits for the rest. Nothing is lost, and what waits goes
 * out before completion and before an error.
 *
 * ![Shows word by word what came at once, and the last one when it is sure that it is
 * whole](../../docs/marbles/smooth-text-1.svg)
 *
 * @throws RangeError or TypeError that names the option and shows the value. A value that is no string is a TypeError of
 * that subscription.
 * @returns A function that returns an Observable of strings, none of them empty.
 * @category Operators
 *
 * @example
 * ```ts
 * import { NEVER, of, startWith } from 'rxjs';
 * import { smoothText } from 'rxjs-resilience';
 *
 * NEVER.pipe(startWith('One, two, three')).pipe(smoothText()).subscribe((text) => console.log(text));
 * // -> One,
 * // ->  two,
 * // ->  three
 * ```
 */
export function smoothText(config: SmoothTextConfig = {}): MonoTypeOperatorFunction<string> {
  new Options('smoothText', config, ['interval', 'by', 'maxLag', 'scheduler'])
    .positive('interval')
    .oneOf('by', ['word', 'line', 'grapheme'])
    .amount('maxLag', 'or Infinity')
    .scheduler();
  const { interval = 20, by = 'word', maxLag = 500 } = config;
  const units = textUnits(by);
  const clock = new Clock(config.scheduler);
  return operate<string, string>((source, destination) => {
    source.subscribe(new SmoothSubscriber(destination, clock, new PacedText(units, interval, maxLag)));
  });
}

class SmoothSubscriber extends FlushingSubscriber<string, string> {
  readonly #timer: Timer;

  constructor(
    downstream: Subscriber<string>,
    private readonly clock: Clock,
    private readonly text: PacedText,
  ) {
    super(downstream);
    this.#timer = new Timer(clock, 'first', () => this.#send());
    this.add(() => this.#timer.set(Number.POSITIVE_INFINITY));
  }

  protected override _next(value: string): void {
    if (typeof value !== 'string') {
      this.error(new TypeError(`smoothText: values must be strings, got ${show(value)}`));
    } else if (value !== '') {
      this.text.push(value, this.clock.now());
      this.#send();
    }
  }

  #send(): void {
    const piece = this.text.take(this.clock.now());
    if (piece !== '') {
      this.downstream.next(piece);
    }
    // Its receiver may have pushed more, or left.
    this.#timer.set(this.closed ? Number.POSITIVE_INFINITY : this.text.next);
  }

  protected flush(): void {
    const rest = this.text.takeRest();
    if (rest !== '') {
      this.downstream.next(rest);
    }
  }
}
