import { EMPTY, NEVER, Observable, of, Subject, Subscriber, Subscription, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { whenGranted } from '../../src/internal/gate';
import { Offer, type Waiting } from '../../src/internal/offer';
import { operate } from '../../src/internal/operate';
import { run } from '../support/run';

/** Subscribes the source as soon as something is granted. */
function gated<T>(grants: Observable<unknown>, begun: unknown[] = []) {
  return operate<T, T>((source, destination) =>
    whenGranted(grants, destination as Subscriber<never>, (grant) => {
      begun.push(grant);
      source.subscribe(destination);
    }),
  );
}

describe('whenGranted', () => {
  it('L2: begins synchronously where something is granted synchronously', () => {
    const begun: unknown[] = [];
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a-b|');
      expectObservable(source.pipe(gated(of('grant'), begun))).toBe('a-b|');
      expectSubscriptions(source.subscriptions).toBe('^--!');
    });
    expect(begun).toEqual(['grant']);
  });

  it('L2: waits for the grant, then begins', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('       a-b|');
      const grants = cold('    ---g|');
      const expected = '       ---a-b|';
      expectObservable(source.pipe(gated(grants))).toBe(expected);
      expectSubscriptions(grants.subscriptions).toBe('^--!');
      expectSubscriptions(source.subscriptions).toBe('---^--!');
    });
  });

  it('takes the first grant only', () => {
    const begun: unknown[] = [];
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a|');
      const grants = cold('g(hi)');
      expectObservable(source.pipe(gated(grants, begun))).toBe('a|');
      expectSubscriptions(grants.subscriptions).toBe('(^!)');
    });
    expect(begun).toEqual(['g']);
  });

  it('waits for ever where nothing is granted', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a|');
      expectObservable(source.pipe(gated(NEVER))).toBe('-----');
      expectSubscriptions(source.subscriptions).toBe([]);
    });
  });

  it('C8: passes a refusal on, the same object, and never begins', () => {
    const refusal = new Error('no');
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a|');
      const grants = cold('--#', undefined, refusal);
      expectObservable(source.pipe(gated(grants))).toBe('--#', undefined, refusal);
      expectSubscriptions(source.subscriptions).toBe([]);
    });
    const heard: unknown[] = [];
    of(1).pipe(gated(throwError(() => refusal))).subscribe({ error: (error) => heard.push(error) });
    expect(heard[0]).toBe(refusal);
  });

  it('says so where a policy completes without granting anything', () => {
    const heard: unknown[] = [];
    of(1).pipe(gated(EMPTY)).subscribe({ error: (error) => heard.push(error) });
    expect(heard).toEqual([new TypeError('A policy completed without granting anything')]);
  });

  it('C4: gives the place in line up on unsubscription', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a|');
      const grants = cold('----g');
      expectObservable(source.pipe(gated(grants)), '--!').toBe('---');
      expectSubscriptions(grants.subscriptions).toBe('^-!');
      expectSubscriptions(source.subscriptions).toBe([]);
    });
  });

  it('C4: unsubscribes the source once it has begun', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a-b-c|');
      expectObservable(source.pipe(gated(timer(2))), '-----!').toBe('--a-b-');
      expectSubscriptions(source.subscriptions).toBe('--^--!');
    });
  });

  it('C4: does not begin for somebody who is gone when the grant comes', () => {
    const begun: unknown[] = [];
    const grants = new Subject<string>();
    const destination = new Subscriber<never>();
    whenGranted(grants, destination, (grant) => begun.push(grant));
    expect(grants.observed).toBe(true);
    destination.unsubscribe();
    expect(grants.observed).toBe(false);
    grants.next('grant');
    expect(begun).toEqual([]);
  });

  it('C5: what begin throws goes to the error channel', () => {
    const heard: unknown[] = [];
    const failing = operate<number, number>((_source, destination) =>
      whenGranted(of('grant'), destination as Subscriber<never>, () => {
        throw 'oops';
      }),
    );
    of(1).pipe(failing).subscribe({ error: (error) => heard.push(error) });
    expect(heard).toEqual(['oops']);
  });

  it('has left the line before it begins', () => {
    const order: string[] = [];
    const grants = new Observable<string>((subscriber) => {
      subscriber.next('grant');
      return () => order.push('left');
    });
    const source = new Observable<never>(() => void order.push('begun'));
    source.pipe(gated(grants)).subscribe();
    expect(order).toEqual(['begun', 'left']); // synchronously: the teardown is known only after subscribe has returned
    order.length = 0;
    const later = new Subject<string>();
    source.pipe(gated(new Observable<string>((subscriber) => {
      later.subscribe(subscriber);
      return () => order.push('left');
    }))).subscribe();
    later.next('grant');
    expect(order).toEqual(['left', 'begun']);
  });

  it('C6: 100,000 grants that wait for each other do not overflow the stack', () => {
    const waiting: Subscriber<string>[] = [];
    const permits = new Observable<string>((subscriber) => void waiting.push(subscriber));
    let begun = 0;
    for (let index = 0; index < 100_000; index += 1) {
      whenGranted(permits, new Subscriber<never>(), () => {
        begun += 1;
      });
    }
    for (const subscriber of waiting) {
      subscriber.next('grant');
    }
    expect(begun).toBe(100_000);
  });
});

describe('whenGranted, with an Offer', () => {
  /** Lets everybody wait, until somebody is served by hand. */
  class Counter extends Offer<string> {
    readonly waiting: Waiting<string>[] = [];

    take(): undefined {}

    wait(waiting: Waiting<string>): void {
      this.waiting.push(waiting);
      waiting.add(new Subscription(() => this.left.push(waiting)));
    }

    readonly left: Waiting<string>[] = [];
  }

  function waiting() {
    const offer = new Counter();
    const heard: unknown[] = [];
    const destination = new Subscriber<never>({ next() {}, error: (error: unknown) => heard.push(error), complete() {} });
    whenGranted(offer, destination, (grant) => heard.push(grant));
    return { offer, heard, destination, gate: offer.waiting[0]! };
  }

  it('C10: whoever was served does not leave the line once more when the call ends', () => {
    const { offer, heard, destination, gate } = waiting();
    gate.next('grant');
    destination.unsubscribe();
    expect(heard).toEqual(['grant']);
    expect(offer.left).toEqual([]);
  });

  it('C10: whoever is refused does not leave the line once more', () => {
    const { offer, heard, gate } = waiting();
    gate.error('no');
    expect(heard).toEqual(['no']);
    expect(offer.left).toEqual([]);
  });

  it('C10: whoever ends the call leaves the line, and is seen to have gone', () => {
    const { offer, destination, gate } = waiting();
    expect(gate.closed).toBe(false);
    destination.unsubscribe();
    expect(offer.left).toEqual([gate]);
    expect(gate.closed).toBe(true);
  });
});
