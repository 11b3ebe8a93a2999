import { Observable, type Subscriber } from 'rxjs';

/** One listener for each signal, however many calls wait for it: Node warns of eleven. Gone with the last of them. */
export class AbortListeners {
  private readonly waiting = new WeakMap<AbortSignal, Set<Subscriber<never>>>();

  /** Errors with the signal's reason when it is aborted. */
  of(signal: AbortSignal): Observable<never> {
    return new Observable((subscriber) => {
      if (signal.aborted) {
        subscriber.error(signal.reason);
        return undefined;
      }
      const waiting = this.waiting.get(signal) ?? this.listen(signal);
      waiting.add(subscriber);
      return () => waiting.delete(subscriber);
    });
  }

  private listen(signal: AbortSignal): Set<Subscriber<never>> {
    const waiting = new Listeners(signal, () => this.waiting.delete(signal));
    this.waiting.set(signal, waiting);
    return waiting;
  }
}

/** Those who wait for one signal. */
class Listeners extends Set<Subscriber<never>> {
  private readonly tell = () => {
    for (const subscriber of [...this]) {
      subscriber.error(this.signal.reason);
    }
  };

  constructor(
    private readonly signal: AbortSignal,
    private readonly forget: () => void,
  ) {
    super();
    signal.addEventListener('abort', this.tell);
  }

  override delete(subscriber: Subscriber<never>): boolean {
    const wasThere = super.delete(subscriber);
    if (wasThere && this.size === 0) {
      this.signal.removeEventListener('abort', this.tell);
      this.forget();
    }
    return wasThere;
  }
}
