import { describe, expect, it, vi } from 'vitest';
import { TokenBudgetExceededError } from '../../src/budget/token-budget-exceeded-error';
import { CircuitOpenError } from '../../src/circuit/circuit-open-error';
import { PermitRefusedError } from '../../src/limiter/permit-refused-error';
import { brandOf } from '../../src/provider/brand';
import { BrandedError } from '../../src/provider/branded-error';

class LostError extends BrandedError {
  static override readonly brandName = 'LostError';
}

class FoundError extends BrandedError {
  static override readonly brandName = 'FoundError';
}

/** A subclass of the user's, who knows nothing of brands. */
class LostAtSeaError extends LostError {}

/** A subclass that has a brand of its own. */
class LostAtHomeError extends LostError {
  static override readonly brandName: 'LostError' = 'LostAtHomeError' as 'LostError';
}

/** The same class, made by another copy of the package. */
async function fromAnotherCopy() {
  vi.resetModules();
  const copy = await import('../../src/provider/branded-error');
  class Lost extends copy.BrandedError {
    static override readonly brandName = 'LostError';
  }
  expect(copy.BrandedError).not.toBe(BrandedError);
  return { copy: await import('../../src/provider/brand'), Lost };
}

describe('BrandedError', () => {
  it('C8: extends Error and sets name', () => {
    const cause = new Error('why');
    const error = new LostError('where', { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(BrandedError);
    expect(error).toBeInstanceOf(LostError);
    expect(error).not.toBeInstanceOf(FoundError);
    expect([error.name, error.message, error.cause]).toEqual(['LostError', 'where', cause]);
    expect(String(error)).toBe('LostError: where');
    expect(error.stack).toContain('branded-error.spec');
  });

  it('C8: name and brand do not show among the fields', () => {
    expect(Object.keys(new LostError('where'))).toEqual([]);
    expect(JSON.stringify(new LostError('where'))).toBe('{}');
  });

  it('C8: name can be changed, as that of any error', () => {
    const error = new LostError('where');
    error.name = 'Renamed';
    expect(error.name).toBe('Renamed');
    Object.defineProperty(error, 'name', { get: () => 'Redefined' });
    expect(error.name).toBe('Redefined');
  });

  it('C8: nothing without a brand is an instance', () => {
    class Unnamed extends BrandedError {}
    for (const value of [{}, new Error('x'), undefined, null, 'x']) {
      expect([value instanceof BrandedError, value instanceof Unnamed, value instanceof LostError]).toEqual([false, false, false]);
    }
  });

  it('C8: is recognised across copies of the package', async () => {
    const { copy, Lost } = await fromAnotherCopy();
    const theirs = new Lost('where');
    expect(theirs instanceof LostError).toBe(true);
    expect(theirs instanceof FoundError).toBe(false);
    expect(new LostError('where') instanceof Lost).toBe(true);
    expect(brandOf(theirs)).toBe('LostError');
    expect(copy.brandOf(new FoundError('there'))).toBe('FoundError');
  });

  it('C8: a subclass is an instance of its parents, not the other way round', async () => {
    const { Lost } = await fromAnotherCopy();
    for (const error of [new LostAtSeaError('where'), new LostAtHomeError('where')]) {
      expect(error instanceof LostError).toBe(true);
      expect(error instanceof BrandedError).toBe(true);
      expect(error instanceof FoundError).toBe(false);
    }
    expect(new LostAtSeaError('where') instanceof Lost).toBe(true);
    expect(new LostAtSeaError('where') instanceof LostAtSeaError).toBe(true);
    expect(new LostError('where') instanceof LostAtSeaError).toBe(false);
    expect(new LostError('where') instanceof LostAtHomeError).toBe(false);
    expect(new Lost('where') instanceof LostAtSeaError).toBe(false);
    expect(new LostAtSeaError('where').name).toBe('LostError');
  });

  it('C8: a class without a brand is known by its own name', () => {
    class Unbranded extends BrandedError {}
    const error = new Unbranded('where');
    expect(error.name).toBe('Unbranded');
    expect(error instanceof Unbranded).toBe(true);
    expect(new LostError('where') instanceof Unbranded).toBe(false);
  });

  it.each([undefined, null, 5, 'LostError', {}, new Error('LostError'), { name: 'LostError' }, () => 1])(
    'C8: %s is none of ours',
    (value) => {
      expect(value instanceof LostError).toBe(false);
      expect(brandOf(value)).toBeUndefined();
    },
  );

  it('C8: is not fooled by what throws or carries something else', () => {
    const hostile = new Proxy({}, { get: () => { throw new Error('no'); } });
    expect(brandOf(hostile)).toBeUndefined();
    expect(hostile instanceof LostError).toBe(false);
    expect(brandOf({ [Symbol.for('rxjs-resilience.error')]: 5 })).toBeUndefined();
    expect(brandOf({ [Symbol.for('rxjs-resilience.error')]: 'LostError' })).toBe('LostError');
  });
});

describe('a refusal', () => {
  const refusals = {
    CircuitOpenError: () => new CircuitOpenError(),
    PermitRefusedError: () => new PermitRefusedError({ reason: 'draining', cost: { requests: 1 } }),
    TokenBudgetExceededError: () =>
      new TokenBudgetExceededError({ requested: 1, remaining: 0, limit: 1, reason: 'budget' }),
  };

  it.each(Object.entries(refusals))('%s has no stack trace, and leaves those of other errors as they are', (_, refused) => {
    const before = Error.stackTraceLimit;
    expect(refused().stack).not.toContain('\n    at ');
    expect(Error.stackTraceLimit).toBe(before);
    expect(new Error('other').stack).toContain('\n    at ');
  });

  it('can be made where the limit of traces cannot be changed', () => {
    const own = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')!;
    Object.defineProperty(Error, 'stackTraceLimit', { ...own, writable: false });
    try {
      expect(refusals.CircuitOpenError()).toBeInstanceOf(CircuitOpenError);
    } finally {
      Object.defineProperty(Error, 'stackTraceLimit', own);
    }
  });
});
