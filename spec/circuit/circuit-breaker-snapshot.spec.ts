import { describe, expect, it } from 'vitest';
import { CircuitBreaker, type CircuitBreakerConfig } from '../../src/circuit/circuit-breaker';
import { consecutiveFailures, failureRate, slowCallRate } from '../../src/circuit/trip';
import { VirtualTime } from './virtual-time';

const epoch = 1_700_000_000_000;
const trip = [
  consecutiveFailures(3),
  failureRate({ threshold: 0.75, minimumCalls: 4, calls: 4 }),
  failureRate({ threshold: 0.75, minimumCalls: 4, window: 100 }),
  slowCallRate({ slowerThan: 5, threshold: 1, minimumCalls: 3, window: 200 }),
];
const config: CircuitBreakerConfig = { trip, recoveryTimeout: (openings) => 20 * openings, halfOpen: { calls: 3, failures: 2 } };

function timeAt(wall: number): VirtualTime {
  const time = new VirtualTime();
  time.offset = wall;
  return time;
}

/** A breaker that goes on from another one's snapshot, `later` ms after it was taken. */
function restarted(old: CircuitBreaker, wall: number, changes: CircuitBreakerConfig = {}) {
  const initial = JSON.parse(JSON.stringify(old.snapshot()));
  const time = timeAt(wall);
  return { time, breaker: new CircuitBreaker({ ...config, ...changes, scheduler: time, initial }) };
}

function started() {
  const time = timeAt(epoch);
  return { time, breaker: new CircuitBreaker({ ...config, scheduler: time }) };
}

/** An old breaker that has opened twice and is open. */
function openedTwice() {
  const { time, breaker } = started();
  for (let failures = 0; failures < 3; failures += 1) {
    breaker.admit().fail();
  }
  time.pass(20);
  breaker.admit().fail();
  breaker.admit().fail();
  return { time, breaker };
}

describe('CircuitBreaker.snapshot', () => {
  it('B8: is plain JSON in every status', () => {
    const { breaker } = openedTwice();
    expect(JSON.parse(JSON.stringify(breaker.snapshot()))).toEqual(breaker.snapshot());
  });

  it('B8: goes on closed, with all its counts', () => {
    const { time, breaker: old } = started();
    old.admit().fail();
    time.pass(10);
    old.admit().succeed();
    old.admit().fail();
    const slow = old.admit();
    time.pass(5);
    expect(old.state).toMatchObject({ calls: 4, failures: 2, slowCalls: 1 });
    const { breaker, time: after } = restarted(old, epoch + 20);
    slow.fail();
    expect(breaker.state).toEqual({ status: 'closed', openings: 0, calls: 4, failures: 2, slowCalls: 1 });
    after.pass(80);
    expect(breaker.state).toMatchObject({ calls: 4, failures: 2 });
    breaker.admit().fail();
    expect(breaker.state.status).toBe('open');
  });

  it('B8: forgets what the window has forgotten meanwhile', () => {
    const { breaker: old } = started();
    old.admit().fail();
    const { breaker } = restarted(old, epoch + 250);
    breaker.admit().succeed();
    expect(breaker.state).toEqual({ status: 'closed', openings: 0, calls: 2, failures: 1, slowCalls: 0 });
  });

  it('B8: goes on open until the same time, and with its openings', () => {
    const { breaker: old } = openedTwice();
    const { breaker, time } = restarted(old, epoch + 30);
    expect(breaker.state).toEqual(old.state);
    expect(breaker.state).toMatchObject({ status: 'open', openedAt: epoch + 20, openUntil: epoch + 60, openings: 2 });
    expect(breaker.check()).toMatchObject({ retryAfter: 30 });
    time.pass(30);
    breaker.admit().fail();
    breaker.admit().fail();
    expect(breaker.state).toMatchObject({ openings: 3, openUntil: epoch + 60 + 60 });
  });

  it('B8: is half-open if its time has come while nobody ran', () => {
    const { breaker } = restarted(openedTwice().breaker, epoch + 60);
    expect(breaker.state).toEqual({ status: 'half-open', openings: 2, calls: 0, failures: 0, slowCalls: 0 });
  });

  it('B8: is half-open if that was read only by time', () => {
    const { breaker: old, time } = openedTwice();
    time.pass(40);
    const { breaker } = restarted(old, epoch + 60);
    expect(old.snapshot()).not.toHaveProperty('openUntil');
    expect(breaker.state).toEqual({ status: 'half-open', openings: 2, calls: 0, failures: 0, slowCalls: 0 });
  });

  it('B8: goes on half-open with the verdicts so far, and forgets probes in flight', () => {
    const { breaker: old, time } = openedTwice();
    time.pass(40);
    old.admit().succeed();
    const late = old.admit();
    const { breaker } = restarted(old, epoch + 70);
    expect(breaker.state).toEqual({ status: 'half-open', openings: 2, calls: 1, failures: 0, slowCalls: 0 });
    late.fail();
    const probes = [breaker.admit(), breaker.admit()];
    expect(breaker.check()).toBeDefined();
    probes[0]!.succeed();
    expect(breaker.state.status).toBe('closed');
  });

  it('B8: forgets isolation, whose functions live in the other process', () => {
    const { breaker: old } = started();
    old.isolate();
    expect(restarted(old, epoch).breaker.state.status).toBe('closed');
  });

  it.each([1, 1_000_000, epoch])('C7: stays open no longer when the clock was set back by %i ms in between', (step) => {
    const { breaker: old, time: before } = openedTwice();
    before.pass(10);
    const { breaker, time } = restarted(old, epoch + 30 - step);
    expect(breaker.check()).toMatchObject({ retryAfter: 30 });
    time.pass(30);
    expect(breaker.state.status).toBe('half-open');
  });

  it('C7: keeps nothing in its windows for longer when the clock was set back', () => {
    const single = new CircuitBreaker({ trip: trip[2], scheduler: timeAt(epoch) });
    single.admit().fail();
    const after = timeAt(epoch - 5_000);
    const next = new CircuitBreaker({ trip: trip[2], scheduler: after, initial: JSON.parse(JSON.stringify(single.snapshot())) });
    after.pass(99);
    expect(next.state.failures).toBe(1);
    after.pass(1);
    expect(next.state.failures).toBe(0);
  });

  it('does not wedge on a snapshot of a breaker that let more probes through', () => {
    const { breaker: old, time } = openedTwice();
    time.pass(40);
    old.admit().fail();
    const { breaker } = restarted(old, epoch + 60, { halfOpen: {} });
    expect(breaker.check()).toBeUndefined();
  });

  const good = started().breaker.snapshot() as object;
  it.each<[string, unknown]>([
    ['null',                   null],
    ['a number',               5],
    ['text',                   '{}'],
    ['an empty object',        {}],
    ['no time',                { ...good, at: null }],
    ['an unknown status',      { ...good, status: 'isolated' }],
    ['no openings',            { ...good, openings: undefined }],
    ['a fraction of openings', { ...good, openings: 0.5 }],
    ['negative openings',      { ...good, openings: -1 }],
    ['open without an end',    { ...good, status: 'open', openedAt: 5 }],
    ['odd verdicts',           { ...good, status: 'half-open', successes: 'many' }],
    ['no counts',              { ...good, tallies: undefined }],
    ['too few counts',         { ...good, tallies: [0] }],
    ['a broken run',           { ...good, tallies: ['0', [], { all: [], bad: [] }, { all: [], bad: [] }] }],
    ['a broken ring',          { ...good, tallies: [0, 0, { all: [], bad: [] }, { all: [], bad: [] }] }],
    ['a broken window',        { ...good, tallies: [0, [], { all: [] }, { all: [], bad: [] }] }],
  ])('C2: takes nothing else for initial: %s', (_title, initial) => {
    const make = () => new CircuitBreaker({ ...config, initial });
    expect(make).toThrow(TypeError);
    expect(make).toThrow(/initial/);
  });
});
