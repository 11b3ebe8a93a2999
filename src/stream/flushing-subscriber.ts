import { Subscriber } from 'rxjs';

/** Keeps something of its source for later, and lets it go before the end, or an error, does. */
export abstract class FlushingSubscriber<T, R> extends Subscriber<T> {
  constructor(protected readonly downstream: Subscriber<R>) {
    super(downstream as unknown as Subscriber<T>);
  }

  /** Lets go what is kept. */
  protected abstract flush(): void;

  protected override _error(error: unknown): void {
    this.flush();
    this.downstream.error(error);
    this.unsubscribe();
  }

  protected override _complete(): void {
    this.flush();
    this.downstream.complete();
    this.unsubscribe();
  }
}
