import { asyncScheduler, Observable, Subscriber, type Unsubscribable } from 'rxjs';
import type { Frame } from '../internal/time/soon';
import { stepEnds } from '../internal/time/step';
import type { Receiver } from './guard';

/**
 * Emits the one hold that a policy gives, then completes; or errors.
 *
 * @param ask Called for each subscription: what is there at once, or undefined; then the receiver is told.
 * @param release Gives back what comes when nothing is wanted any more.
 */
export function grantsOf<H>(ask: (receiver: Receiver<H>) => H | undefined, release: (hold: H) => void): Observable<H> {
  return new Observable<H>((subscriber) => {
    const receiver = new SubscriberReceiver(subscriber, release);
    const hold = ask(receiver);
    if (hold !== undefined) {
      receiver.granted(hold);
    }
  });
}

class SubscriberReceiver<H> implements Receiver<H> {
  constructor(
    private readonly subscriber: Subscriber<H>,
    private readonly release: (hold: H) => void,
  ) {}

  get closed(): boolean {
    return this.subscriber.closed;
  }

  granted(hold: H): void {
    if (this.subscriber.closed) {
      this.release(hold); // a listener of the grant's event has unsubscribed
    } else {
      this.subscriber.next(hold);
      this.subscriber.complete();
    }
  }

  refused(error: unknown): void {
    this.subscriber.error(error);
  }

  refuse(error: unknown, frame?: Frame): void {
    refuse(this.subscriber, error, frame);
  }

  stands(place: Unsubscribable): void {
    this.subscriber.add(place);
  }
}

/** Hands the first value of a foreign policy's Observable to a receiver; it may come at once. */
export function firstGrant<H>(grants: Observable<H>, receiver: Receiver<H>): void {
  stepEnds();
  const waiting = new GrantSubscriber(receiver);
  grants.subscribe(waiting);
  if (!waiting.closed) {
    receiver.stands(waiting);
  }
}

class GrantSubscriber<H> extends Subscriber<H> {
  constructor(private readonly receiver: Receiver<H>) {
    super();
  }

  protected override _next(hold: H): void {
    try {
      this.unsubscribe(); // its place in the queue is given up before the call begins
    } finally {
      this.receiver.granted(hold);
    }
  }

  protected override _error(refusal: unknown): void {
    try {
      this.unsubscribe();
    } finally {
      this.receiver.refused(refusal);
    }
  }

  protected override _complete(): void {
    this.unsubscribe();
    this.receiver.refused(new TypeError('A policy completed without granting anything'));
  }
}

/**
 * Delivers a refusal that is already decided, in the same frame but not synchronously: `mergeMap`
 * recurses over inner Observables that end synchronously, and stops without an error after about 600 of them.
 */
export function refuse(
  subscriber: Pick<Subscriber<never>, 'add' | 'error'>,
  error: unknown,
  frame: Frame = asyncScheduler,
): void {
  subscriber.add(frame.schedule(() => subscriber.error(error), 0));
}
