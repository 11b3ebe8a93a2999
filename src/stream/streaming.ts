import { NEVER, type Observable, type Subscriber } from 'rxjs';
import { Attempt } from '../guard/attempt';
import type { Reading } from '../guard/guard';
import { reportUnhandled } from '../internal/unhandled';
import { brandProgrammingError, brandTimeout, unbrand } from '../provider';
import { observableIn } from './observable-in';
import { isPromiseLike } from './opened';
import { letGo, type Reader, readerOf } from './reader';

/** One subscription to a stream. */
export class Streaming {
  readonly #controller = new AbortController();
  #reader: Reader | undefined;
  /** Whether nothing is left to stop: the stream has ended, or a single value has come, whose body may still be read. */
  #isOver = false;

  constructor(
    private readonly subscriber: Subscriber<unknown>,
    private readonly reading: Reading<unknown>,
  ) {
    subscriber.add(() => this.#stop());
  }

  start(open: (signal: AbortSignal) => unknown): void {
    let opened: unknown;
    try {
      opened = open(this.#controller.signal);
    } catch (thrown) {
      this.#failByMistake(thrown);
      return;
    }
    if (opened === undefined) {
      const mistake = new TypeError('fromStream: open must return a stream, a promise or a value, got undefined');
      this.subscriber.error(brandProgrammingError(mistake));
    } else if (observableIn(opened) === undefined && isPromiseLike(opened)) {
      opened.then(
        (value) => report(() => this.#receive(value)),
        (error) => report(() => this.subscriber.error(this.known(error))),
      );
    } else {
      this.#receive(opened);
    }
  }

  /** An abort while the signal of the call was not aborted is a timeout of the SDK's. */
  known(error: unknown): unknown {
    return this.#controller.signal.aborted ? error : brandTimeout(error);
  }

  /** The stream has ended by itself. */
  over(): void {
    this.#isOver = true;
  }

  /** A mistake in the program, unless it says otherwise. Only this call knows: the next may bring the same object. */
  #failByMistake(thrown: unknown): void {
    try {
      this.subscriber.error(this.known(brandProgrammingError(thrown)));
    } finally {
      unbrand(thrown);
    }
  }

  #receive(opened: unknown): void {
    let observable: Observable<unknown> | undefined;
    try {
      observable = observableIn(opened);
      this.#reader = observable === undefined ? readerOf(opened) : undefined;
    } catch (thrown) {
      this.subscriber.error(thrown);
      return;
    }
    if (this.subscriber.closed) {
      this.#reader?.cancel(); // it came too late
      letGo(opened);
      return;
    }
    const values = new Values(this.subscriber, this.reading, this);
    this.subscriber.add(values);
    values.add(() => this.#stop()); // first: a failure is told when the request has been stopped
    if (observable !== undefined) {
      observable.subscribe(values);
    } else if (this.#reader !== undefined) {
      pump(this.#reader, values).catch(reportUnhandled); // a teardown of downstream's has thrown
    } else {
      this.over();
      values.next(opened);
      values.complete();
    }
  }

  /** Aborts the request first: ending the iterator may have to wait for the piece that is awaited. */
  #stop(): void {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#controller.abort();
      this.#reader?.cancel();
    }
  }
}

/** The values of a stream on their way downstream. */
class Values extends Attempt<unknown> {
  constructor(
    subscriber: Subscriber<unknown>,
    reading: Reading<unknown>,
    private readonly streaming: Streaming,
  ) {
    super(subscriber, reading, NEVER);
  }

  protected override _error(error: unknown): void {
    super._error(this.streaming.known(error));
  }

  protected override _complete(): void {
    this.streaming.over();
    super._complete();
  }
}

async function pump(reader: Reader, values: Subscriber<unknown>): Promise<void> {
  while (!values.closed) {
    let done: boolean | undefined;
    let value: unknown;
    try {
      ({ done, value } = await reader.read());
    } catch (error) {
      values.error(error);
      return;
    }
    if (!done) {
      values.next(value);
    } else if (reader.isAborted) {
      values.error(new DOMException('The stream was aborted', 'AbortError'));
    } else {
      values.complete();
    }
  }
}

/** Runs what nobody waits for. */
function report(work: () => void): void {
  try {
    work();
  } catch (thrown) {
    reportUnhandled(thrown);
  }
}
