import { NEVER, type Observable, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ContentReading } from '../../src/guard/content-reading';
import { routerReaders } from '../../src/provider';
import type { Route } from '../../src/routing/route';
import { type CallAtRoute, RouteAttempt } from '../../src/routing/route-attempt';

function rig(source: Observable<unknown> = NEVER) {
  const told: unknown[] = [];
  const route = { begins: () => told.push('begins'), ends: (hasFailed: unknown) => told.push(['ends', hasFailed]) };
  const owner: CallAtRoute = { readers: routerReaders, cameOrWent: (isThere: boolean) => told.push(isThere ? 'came' : 'went'), heard: () => told.push('heard') };
  const downstream = { next: () => undefined, error: () => undefined, complete: () => undefined };
  const reading = new ContentReading<unknown>(() => true, true);
  return { told, attempt: new RouteAttempt(owner, route as unknown as Route, downstream, reading, source) };
}

describe('RouteAttempt', () => {
  it('counts its call at the route from its start to its end', () => {
    const { told, attempt } = rig(of(1));
    attempt.start();
    expect(told).toEqual(['begins', 'came', 'heard', ['ends', false], 'went']);
  });

  it('C4: is not counted if it has ended before it began', () => {
    const { told, attempt } = rig();
    attempt.unsubscribe();
    attempt.start();
    expect([told, attempt.closed]).toEqual([[], true]);
  });

  it('has neither failed nor answered when it is unsubscribed before content', () => {
    const { told, attempt } = rig();
    attempt.start();
    attempt.unsubscribe();
    expect(told).toEqual(['begins', 'came', ['ends', undefined], 'went']);
  });
});
