import { describe, expect, it } from 'vitest';
import { CircuitOpenError } from '../../src/circuit/circuit-open-error';
import { classifyError, retryAfterOf } from '../../src/provider';

describe('CircuitOpenError', () => {
  it('C8: is an Error with a name, a message and what is known', () => {
    const cause = new Error('503');
    const error = new CircuitOpenError({ retryAfter: 5, openUntil: 1_005, cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect(error.name).toBe('CircuitOpenError');
    expect(error.message).toBe('The circuit is open; it lets a call through in 5 ms');
    expect([error.retryAfter, error.openUntil, error.cause]).toEqual([5, 1_005, cause]);
  });

  it('has no fields for what is not known', () => {
    const error = new CircuitOpenError();
    expect(['retryAfter', 'openUntil', 'cause'].filter((field) => field in error)).toEqual([]);
    expect(error.message).toBe('The circuit is open');
  });

  it('C8: carries a brand by which every copy of the package knows it', () => {
    const brand = Symbol.for('rxjs-resilience.error');
    expect((new CircuitOpenError() as unknown as Record<symbol, unknown>)[brand]).toBe('CircuitOpenError');
    const foreign = Object.assign(new Error('of another copy'), { [brand]: 'CircuitOpenError' });
    expect(foreign).toBeInstanceOf(CircuitOpenError);
  });

  it('is a refusal, with a hint when to come again', () => {
    expect(classifyError(new CircuitOpenError())).toBe('refused');
    expect(retryAfterOf(new CircuitOpenError({ retryAfter: 7 }))).toBe(7);
  });
});
