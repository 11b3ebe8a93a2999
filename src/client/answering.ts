import { type Observable, Subscriber, type Subscription } from 'rxjs';
import type { Clock } from '../internal/time/clock';
import type { AbortListeners } from './abort-listeners';
import { type Answer, initialAnswer } from './answer';
import { AnswerReading } from './answer-reading';
import type { AnswerSettings } from './answer-settings';
import type { CallOptions, CallStatus } from './call-options';
import { ShownText } from './shown-text';

/** What an answer wants to be told of its call. */
export interface AnswerWatch {
  /** To be called with each status. */
  onStatus(status: CallStatus): void;
  /** To be called when an attempt is opened, before its first value; `usage` reads its values, if they differ from others. */
  opens(attempt: { readonly delivered: readonly unknown[] }, usage?: CallOptions<unknown>['usage']): void;
}

/** Receives the values of a call, and makes answers of them. */
export class Answering<T> extends Subscriber<T> implements AnswerWatch {
  private phase: CallStatus['phase'] = initialAnswer.phase;
  private attempt = initialAnswer.attempt;
  /** The attempt that has begun last. */
  private begun = initialAnswer.attempt;
  private waiting: Answer['waiting'] = undefined;
  private failure: { readonly error?: unknown } = {};
  private isPartial = false;
  private reasoning = '';
  private value: T | undefined = undefined;
  /** Whether anything of the attempt of now, or of those that it goes on after, has been delivered. */
  private hasValues = false;
  private reading: AnswerReading<T>;
  private readonly shown: ShownText;
  /** Present while changes have to wait. */
  private timer: Subscription | undefined = undefined;
  private hasChanged = false;
  /** Whether a change of phase waits, within the same ms, for what belongs to it. */
  private isPending = false;
  private isReading = false;

  constructor(
    private readonly downstream: Subscriber<Answer<T>>,
    private readonly settings: AnswerSettings<T>,
    private readonly clock: Clock,
  ) {
    super(downstream as unknown as Subscriber<T>);
    this.reading = new AnswerReading(settings);
    this.shown = new ShownText(settings.smooth, () => this.changed());
    this.add(() => {
      this.timer?.unsubscribe();
      this.shown.stop();
    });
  }

  start(source: Observable<T>, aborts: AbortListeners): void {
    this.downstream.next(initialAnswer);
    const { signal } = this.settings;
    if (signal !== undefined && !this.closed) {
      this.add(aborts.of(signal).subscribe({ error: () => this.cancel() }));
    }
    if (!this.closed) {
      source.subscribe(this);
    }
  }

  onStatus(status: CallStatus): void {
    switch (status.phase) {
      case 'waiting':
        this.waits(status);
        break;
      case 'connecting':
        this.connects(status.attempt);
        break;
      case 'streaming':
        if (this.isPending) {
          this.saysBegun(); // what goes on has values at once
        }
        this.phase = 'streaming';
        this.attempt = status.attempt;
        this.begun = status.attempt;
        this.isPartial = false;
        this.isPending = true; // for the value that comes with it
        break;
      default: // its end comes as completion or error
    }
  }

  opens({ delivered }: { readonly delivered: readonly unknown[] }, usage = this.settings.usage): void {
    this.reading = new AnswerReading({ ...this.settings, usage });
    if (delivered.length === 0 && this.hasValues) {
      this.shown.clear();
      this.reasoning = '';
      this.value = undefined;
      this.hasValues = false;
      this.isPartial = false;
    }
    if (this.isPending) {
      this.saysBegun();
    }
  }

  protected override _next(value: T): void {
    try {
      this.isReading = true;
      this.take(value);
    } catch (thrown) {
      this.fail(thrown);
      return;
    } finally {
      this.isReading = false;
    }
    if (this.isPending) {
      this.say();
    } else {
      this.changed();
    }
  }

  protected override _error(error: unknown): void {
    this.fail(error);
  }

  protected override _complete(): void {
    this.phase = 'done';
    this.end(false);
  }

  private waits({ attempt, for: what, until, ahead, error }: CallStatus & { readonly phase: 'waiting' }): void {
    this.phase = 'waiting';
    this.waiting = {
      for: what,
      ...(until === undefined ? {} : { until }),
      ...(ahead === undefined ? {} : { ahead }),
    };
    this.failure = error === undefined ? {} : { error };
    this.isPartial = this.hasValues;
    // What is shown is still of the attempt before, until the next one has begun.
    this.attempt = this.hasValues ? this.attempt : attempt;
    this.say();
  }

  private connects(attempt: number): void {
    this.phase = 'connecting';
    this.begun = attempt;
    this.waiting = undefined;
    this.failure = {};
    if (this.hasValues) {
      // Whether it starts over is known when it is opened; what a function of the user's goes on with is not opened.
      this.isPending = true;
      this.timer?.unsubscribe();
      this.timer = this.clock.after(0, () => this.saysBegun());
    } else {
      this.saysBegun();
    }
  }

  /** What is shown is of the attempt before until now. */
  private saysBegun(): void {
    this.attempt = this.begun;
    this.say();
  }

  private take(value: T): void {
    const { reading } = this;
    reading.read(value);
    if (this.closed) {
      return; // what reads it has stopped the call
    }
    this.value = value;
    this.hasValues = true;
    this.reasoning += reading.reasoning;
    this.shown.add(reading.text);
  }

  /** Says it at once if the interval is over, else later. */
  private changed(): void {
    if (this.timer !== undefined || this.isReading) {
      this.hasChanged = true;
    } else {
      this.say();
    }
  }

  private say(): void {
    if (this.closed) {
      return;
    }
    this.isPending = false;
    this.hasChanged = false;
    this.timer?.unsubscribe();
    // Before the answer goes out: its receiver may make more of them.
    this.timer = this.clock.after(this.settings.interval, () => {
      this.timer = undefined;
      if (this.hasChanged) {
        this.say();
      }
    });
    this.downstream.next(this.answer);
  }

  private fail(error: unknown): void {
    this.phase = 'failed';
    this.failure = { error };
    this.end(this.hasValues);
  }

  private cancel(): void {
    this.phase = 'cancelled';
    this.failure = {};
    this.end(true);
  }

  /** Stops what still runs, then says the last word. */
  private end(isPartial: boolean): void {
    this.isReading = true; // what is flushed is part of the last word
    this.shown.flush();
    this.waiting = undefined;
    this.isPartial = isPartial;
    try {
      this.unsubscribe();
    } finally {
      this.downstream.next(this.answer);
      this.downstream.complete();
    }
  }

  private get answer(): Answer<T> {
    const { phase, attempt, reasoning, isPartial, waiting, value } = this;
    const { usage } = this.reading;
    return {
      ...{ phase, text: this.shown.text, reasoning, attempt, isPartial },
      ...(waiting === undefined ? {} : { waiting }),
      ...this.failure,
      ...(usage === undefined ? {} : { usage }),
      ...(value === undefined ? {} : { value }),
    };
  }
}
