import { asyncScheduler, type SchedulerLike, Subscription, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type EventOf, Policy } from '../../../src/internal/policy/policy';
import { Clock } from '../../../src/internal/time/clock';
import { FakeScheduler } from '../../support/fake-scheduler';
import { run } from '../../support/run';

type CounterEvent = EventOf<'budget'> & { readonly type: 'counted'; readonly count: number };

/** The smallest policy: a counter. */
class Counter extends Policy<'budget', { readonly count: number }, CounterEvent> {
  count = 0;
  told = 0;
  readonly watching: boolean[] = [];

  constructor(scheduler?: SchedulerLike) {
    super('budget', new Clock(scheduler));
  }

  get state() {
    return { count: this.count };
  }

  add(): void {
    this.count += 1;
    if (this.isHeard) {
      this.told += 1;
      this.tell({ type: 'counted', count: this.count });
    }
    this.changed();
  }

  tellAnyway(): void {
    this.tell({ type: 'counted', count: this.count });
  }

  protected override watch(): void {
    this.watching.push(this.isWatched);
  }
}

describe('Policy', () => {
  it('shows its scheduler', () => {
    const scheduler = new FakeScheduler();
    expect(new Counter(scheduler).scheduler).toBe(scheduler);
    expect(new Counter().scheduler).toBe(asyncScheduler);
  });

  describe('state$', () => {
    it('C9: replays the current state on subscribe, then every change', () => {
      run(({ cold, expectObservable }) => {
        const counter = new Counter();
        cold('--a-a').subscribe(() => counter.add());
        expectObservable(counter.state$).toBe('   a-b-c', { a: { count: 0 }, b: { count: 1 }, c: { count: 2 } });
        expectObservable(counter.state$, '---^').toBe('---bc', { b: { count: 1 }, c: { count: 2 } });
      });
    });

    it('C9: a listener that changes the policy does not show others an old state after a new one', () => {
      const counter = new Counter();
      const seen: number[] = [];
      counter.state$.subscribe(({ count }) => {
        if (count === 1) {
          counter.add();
        }
      });
      counter.state$.subscribe(({ count }) => seen.push(count));
      counter.add();
      expect(seen).toEqual([...seen].sort());
      expect(seen[0]).toBe(0);
      expect(seen.at(-1)).toBe(2);
    });

    it('C9: a listener that changes the policy while the first state is replayed sees the change', () => {
      const counter = new Counter();
      const seen: number[] = [];
      counter.state$.subscribe(({ count }) => {
        seen.push(count);
        if (count === 0) {
          counter.add();
        }
      });
      expect(seen).toEqual([0, 1]);
    });

    it('C9: a listener may subscribe again, or go, inside next', () => {
      const counter = new Counter();
      const seen: string[] = [];
      const first = new Subscription();
      first.add(
        counter.state$.subscribe(({ count }) => {
          seen.push(`first ${count}`);
          if (count === 1) {
            first.unsubscribe();
            counter.state$.subscribe((state) => seen.push(`second ${state.count}`));
          }
        }),
      );
      counter.add();
      counter.add();
      expect(seen).toEqual(['first 0', 'first 1', 'second 1', 'second 2']);
    });

    it('C10: says when somebody begins and when the last one ceases to watch', () => {
      const counter = new Counter();
      expect(counter.watching).toEqual([]);
      const one = counter.state$.subscribe();
      const other = counter.state$.subscribe();
      one.unsubscribe();
      other.unsubscribe();
      expect(counter.watching).toEqual([true, true, true, false]);
    });

    it('C10: keeps no subscription of somebody who wants the current state only', () => {
      const counter = new Counter();
      const seen: number[] = [];
      counter.state$.pipe(take(1)).subscribe(({ count }) => seen.push(count));
      expect(counter.watching).toEqual([true, false]);
      counter.add();
      expect(seen).toEqual([0]);
    });

    it('C9: shows no state twice in a row', () => {
      const counter = new Counter();
      const seen: number[] = [];
      counter.state$.subscribe(({ count }) => seen.push(count));
      counter.add();
      counter.count -= 1;
      counter.add();
      counter.add();
      expect(seen).toEqual([0, 1, 2]);
    });

    it('C9: is not asked for its state while nobody watches', () => {
      const counter = new Counter();
      counter.state$.subscribe().unsubscribe();
      Object.defineProperty(counter, 'state', {
        get() {
          throw new Error('nobody wants to know');
        },
      });
      expect(() => counter.add()).not.toThrow();
    });
  });

  describe('events$', () => {
    it('C9: is hot, and every event says when and from which policy', () => {
      run(({ cold, expectObservable }) => {
        const counter = new Counter();
        cold('--a-a').subscribe(() => counter.add());
        const event = (at: number, count: number) => ({ type: 'counted', policy: 'budget', at, count });
        expectObservable(counter.events$).toBe('--b-c', { b: event(2, 1), c: event(4, 2) });
        expectObservable(counter.events$, '---^').toBe('----c', { c: event(4, 2) });
      });
    });

    it("C9: shows the time of the scheduler's clock", () => {
      const scheduler = new FakeScheduler((elapsed) => 1_700_000_000_000 + elapsed);
      const counter = new Counter(scheduler);
      const seen: number[] = [];
      counter.events$.subscribe(({ at }) => seen.push(at));
      counter.add();
      scheduler.run(5);
      counter.add();
      expect(seen).toEqual([1_700_000_000_000, 1_700_000_000_005]);
    });

    it('C9: costs one branch while nobody listens', () => {
      const counter = new Counter();
      counter.add();
      const listening = counter.events$.subscribe();
      counter.add();
      listening.unsubscribe();
      counter.add();
      expect(counter.told).toBe(1);
      expect(() => counter.tellAnyway()).not.toThrow();
      expect(() => new Counter().tellAnyway()).not.toThrow();
    });

    it('C9: a listener may change the policy: who listened all the time hears of everything', () => {
      const counter = new Counter();
      const heard: number[] = [];
      counter.events$.subscribe(({ count }) => {
        heard.push(count);
        if (count < 3) {
          counter.add();
        }
      });
      counter.add();
      expect(heard).toEqual([1, 2, 3]);
    });

    it('C10: a listener that goes is forgotten', () => {
      const counter = new Counter();
      const heard: number[] = [];
      counter.events$.pipe(take(1)).subscribe(({ count }) => heard.push(count));
      counter.add();
      counter.add();
      expect(heard).toEqual([1]);
      expect(counter.told).toBe(1);
    });
  });

  it('C10: holds no timer of its own', () => {
    const scheduler = new FakeScheduler();
    const counter = new Counter(scheduler);
    counter.state$.subscribe();
    counter.events$.subscribe();
    counter.add();
    expect(scheduler.delays).toEqual([]);
  });
});
