import { describe, expect, it } from 'vitest';
import { Offer, type Taker, type Waiting } from '../../src/internal/offer';

/** Has a thing, or lets whoever asks wait for it. */
class Shelf extends Offer<string> {
  readonly waiting: Waiting<string>[] = [];

  constructor(private readonly thing: (taker: Taker) => string | undefined) {
    super();
  }

  take(taker: Taker): string | undefined {
    return this.thing(taker);
  }

  wait(waiting: Waiting<string>): void {
    this.waiting.push(waiting);
  }
}

describe('Offer', () => {
  it('gives who subscribes what is there, then completes, and lets nobody wait', () => {
    const shelf = new Shelf(() => 'thing');
    const heard: string[] = [];
    shelf.subscribe({ next: (thing) => heard.push(thing), complete: () => heard.push('complete') });
    expect(heard).toEqual(['thing', 'complete']);
    expect(shelf.waiting).toEqual([]);
  });

  it('lets who subscribes wait for what is not there yet', () => {
    const shelf = new Shelf(() => undefined);
    const heard: string[] = [];
    shelf.subscribe({ next: (thing) => heard.push(thing), complete: () => heard.push('complete') });
    expect(heard).toEqual([]);
    expect(shelf.waiting).toHaveLength(1);
    shelf.waiting[0]!.next('late');
    shelf.waiting[0]!.complete();
    expect(heard).toEqual(['late', 'complete']);
  });

  it('lets nobody wait who was unsubscribed while taking', () => {
    const shelf: Shelf = new Shelf((taker) => {
      (taker as Waiting<string> & { unsubscribe(): void }).unsubscribe();
      return undefined;
    });
    shelf.subscribe();
    expect(shelf.waiting).toEqual([]);
  });
});
