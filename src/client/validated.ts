import type { Observer } from 'rxjs';
import type { Try } from '../guard/try';
import { AnswerRejectedError } from '../provider';
import { isPromiseLike } from '../stream/opened';

/** Looks at a whole answer; what it throws rejects it. */
export type Validate<T> = (values: readonly T[]) => unknown;

/** What an answer that is validated tells its call. */
export interface Validating {
  /** What `validate` made of the answer. */
  validated(result: unknown): void;
  /** It was rejected: there may be another try. */
  rejected(): void;
}

/**
 * A try whose values are held back until the attempt has completed, all its guards have settled, and the answer was
 * accepted.
 */
export class ValidatedTry<T> implements Try, Observer<T> {
  readonly isContent = true;
  isBroken: boolean | undefined = undefined;
  private attempt: Try | undefined = undefined;
  private values: T[] = [];
  private isOver = false;
  private isComplete = false;

  constructor(
    private readonly downstream: Observer<T>,
    private readonly validate: Validate<T>,
    private readonly call: Validating,
  ) {}

  /** The attempt of which this is the downstream. */
  of(attempt: Try): this {
    this.attempt = attempt;
    return this;
  }

  start(): void {
    this.attempt!.start();
  }

  unsubscribe(): void {
    this.isOver = true;
    this.attempt!.unsubscribe();
  }

  fail(error: unknown): void {
    if (this.isComplete) {
      this.error(error);
    } else {
      this.attempt!.fail(error);
    }
  }

  readOnce<R>(error: unknown, read: (error: unknown) => R): R {
    return this.attempt!.readOnce(error, read);
  }

  next(value: T): void {
    this.values.push(value);
  }

  error(error: unknown): void {
    if (!this.isOver) {
      this.isOver = true;
      this.isBroken = this.attempt!.isBroken;
      this.downstream.error(error);
    }
  }

  complete(): void {
    this.isComplete = true;
    try {
      const result = this.validate(this.values);
      if (isPromiseLike(result)) {
        result.then(
          (accepted) => this.accept(accepted),
          (thrown) => this.reject(thrown),
        );
      } else {
        this.accept(result);
      }
    } catch (thrown) {
      this.reject(thrown);
    }
  }

  private accept(result: unknown): void {
    if (this.isOver) {
      return;
    }
    this.call.validated(result);
    for (const value of this.values) {
      if (this.isOver) {
        return;
      }
      this.downstream.next(value);
    }
    if (!this.isOver) {
      this.isOver = true;
      this.downstream.complete();
    }
  }

  private reject(thrown: unknown): void {
    if (!this.isOver) {
      this.call.rejected();
      this.error(new AnswerRejectedError(thrown, this.values));
    }
  }
}
