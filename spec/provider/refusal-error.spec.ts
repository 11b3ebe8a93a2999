import { afterEach, describe, expect, it } from 'vitest';
import { hasReached, isUnreached, markReached } from '../../src/provider/reached';
import { RefusalError } from '../../src/provider/refusal-error';

class CircuitOpenError extends RefusalError {
  static override readonly brandName: string = 'CircuitOpenError';
  constructor(names: { policyName?: string | undefined; key?: string | undefined } = {}, options?: ErrorOptions) {
    super('The circuit is open', options);
    this.label(names);
  }
}

const { stackTraceLimit } = Error;
afterEach(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

describe('RefusalError', () => {
  it('has the names that are known, and no others', () => {
    expect(Object.entries(new CircuitOpenError({ policyName: 'a', key: 'b' }))).toEqual([['policyName', 'a'], ['key', 'b']]);
    expect(Object.entries(new CircuitOpenError({ policyName: '' }))).toEqual([['policyName', '']]);
    expect(Object.entries(new CircuitOpenError({ key: '' }))).toEqual([['key', '']]);
    expect(Object.keys(new CircuitOpenError({ policyName: undefined, key: undefined }))).toEqual([]);
  });

  it('has a message and a cause', () => {
    const cause = new Error('x');
    expect(new CircuitOpenError({}, { cause })).toMatchObject({ message: 'The circuit is open', name: 'CircuitOpenError', cause });
  });

  it('has no trace, and leaves the limit of traces as it was', () => {
    expect(new CircuitOpenError().stack).not.toContain('\n');
    for (const limit of [stackTraceLimit, 3, 0]) {
      Error.stackTraceLimit = limit;
      new CircuitOpenError();
      expect(Error.stackTraceLimit).toBe(limit);
    }
    expect(Reflect.deleteProperty(Error, 'stackTraceLimit')).toBe(true);
    new CircuitOpenError();
    expect('stackTraceLimit' in Error).toBe(false);
  });
});

describe('a refusal', () => {
  it.each(['CircuitOpenError', 'PermitRefusedError', 'TokenBudgetExceededError', 'KeyLimitError'])('has not reached a source until it is marked: %s', (name) => {
    class Refusal extends CircuitOpenError {
      static override readonly brandName = name;
    }
    const error = new Refusal();
    expect([isUnreached(error), hasReached(error)]).toEqual([true, false]);
    markReached(error);
    markReached(error);
    expect([isUnreached(error), hasReached(error)]).toEqual([false, true]);
    const frozen = Object.freeze(new Refusal());
    markReached(frozen);
    expect([isUnreached(frozen), hasReached(frozen)]).toEqual([true, false]);
  });

  it('is no other error, which is not marked', () => {
    for (const error of [new Error('x'), { name: 'CircuitOpenError' }, undefined, null, 'CircuitOpenError']) {
      markReached(error);
      expect([isUnreached(error), hasReached(error)]).toEqual([false, false]);
    }
  });
});
