import { EMPTY, NEVER, Observable, of, Subject, Subscriber, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { firstGrant, grantsOf } from '../../src/guard/grants';
import type { Asking, Receiver } from '../../src/guard/guard';
import { chainOfOne } from '../../src/guard/guard-chain';
import { guarded } from '../../src/guard/guarded';
import { run } from '../support/run';

/** Subscribes the source as soon as something is granted. */
function gated<T>(grants: Observable<unknown>, begun: unknown[] = []) {
  const enter = (attempt: Asking) => entered(attempt, grants, (hold) => begun.push(hold));
  return guarded<T, object>(chainOfOne({ enter, end: () => undefined, release: () => undefined }), () => ({}));
}

/** Shows what was granted before the attempt hears of it. */
function entered(attempt: Asking, grants: Observable<unknown>, seen: (hold: unknown) => void): undefined {
  const receiver: Receiver<unknown> = {
    get closed() {
      return attempt.closed;
    },
    granted: (hold) => {
      seen(hold);
      attempt.granted(hold);
    },
    refused: (error) => attempt.refused(error),
    refuse: (error, scheduler) => attempt.refuse(error, scheduler),
    stands: (place) => attempt.stands(place),
  };
  firstGrant(grants, receiver);
}

describe('firstGrant', () => {
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

  it('C4: gives the place in the queue up on unsubscription', () => {
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

  it('C4: does not begin for an attempt that is gone when the grant comes', () => {
    const begun: unknown[] = [];
    const grants = new Subject<string>();
    const destination = new Subscriber<never>();
    NEVER.pipe(gated(grants, begun)).subscribe(destination);
    expect(grants.observed).toBe(true);
    destination.unsubscribe();
    expect(grants.observed).toBe(false);
    grants.next('grant');
    expect(begun).toEqual([]);
  });

  it('has left the queue before it begins', () => {
    const order: string[] = [];
    const grants = new Observable<string>((subscriber) => {
      subscriber.next('grant');
      return () => order.push('left');
    });
    const source = new Observable<never>(() => void order.push('begun'));
    source.pipe(gated(grants)).subscribe();
    expect(order).toEqual(['left', 'begun']);
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
    const begun: unknown[] = [];
    for (let index = 0; index < 100_000; index += 1) {
      NEVER.pipe(gated(permits, begun)).subscribe();
    }
    for (const subscriber of waiting) {
      subscriber.next('grant');
    }
    expect(begun).toHaveLength(100_000);
  });
});

describe('grantsOf', () => {
  it('gives back what comes when nothing is wanted any more', () => {
    const released: string[] = [];
    let receiver: Receiver<string> | undefined;
    const grants = grantsOf<string>((asked) => {
      receiver = asked;
      return undefined;
    }, (hold) => released.push(hold));
    const subscription = grants.subscribe();
    expect(receiver!.closed).toBe(false);
    subscription.unsubscribe();
    receiver!.granted('late');
    expect(receiver!.closed).toBe(true);
    expect(released).toEqual(['late']);
  });

  it('C10: leaves the queue once, and only if it still stands there', () => {
    const left: string[] = [];
    const heard: unknown[] = [];
    const grants = (ask: (receiver: Receiver<string>) => void) =>
      grantsOf<string>((receiver) => {
        receiver.stands({ unsubscribe: () => left.push('left') });
        ask(receiver);
        return undefined;
      }, () => undefined).subscribe({ next: (hold) => heard.push(hold), error: (error) => heard.push(error) });
    grants(() => undefined).unsubscribe();
    expect(left).toEqual(['left']);
    grants((receiver) => receiver.refused('no'));
    expect(heard).toEqual(['no']);
  });
});
