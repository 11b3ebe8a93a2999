import type { MonoTypeOperatorFunction, Observable, Subscriber } from 'rxjs';
import { whenGranted } from '../internal/gate';
import { type Ending, type Guard, GuardedSubscriber, operate } from '../internal/operate';
import { Options, show } from '../internal/options';
import { refuse } from '../internal/refuse';
import type { Admission, Breaker } from './breaker';
import { LocalAdmission } from './local-admission';

/**
 * Options of {@link circuitBreak}.
 *
 * @category Operators
 */
export interface CircuitBreakOptions {
  /** Whether a call fails at once while the breaker is open, or waits for its turn. Default `'error'`. */
  readonly whenOpen?: 'error' | 'wait' | undefined;
  /** How long it waits, in ms; 0 never waits. Default `Infinity`. */
  readonly maxWait?: number | undefined;
}

/**
 * Subscribes to the source if the breaker lets the call through, and tells the breaker how the call ended.
 *
 * ![Opens after two failures, refuses while it is open, and closes after a probe that
 * succeeds](../../docs/marbles/circuit-break-1.svg)
 *
 * One subscription is one outcome: complete is a success, an error what the breaker's `outcome` says, and an
 * unsubscription a success only if a value has come.
 *
 * @param breaker A `CircuitBreaker`, or anything that implements `Breaker`; never a config, which would make a breaker
 * of its own for every call.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @returns A function that returns an Observable that mirrors the source, or errors with `CircuitOpenError`.
 * @category Operators
 *
 * @example
 * ```ts
 * import { defer } from 'rxjs';
 * import { CircuitBreaker, circuitBreak } from 'rxjs-resilience';
 *
 * const breaker = new CircuitBreaker({ failureThreshold: 3 });
 *
 * defer(() => Promise.resolve('hello')).pipe(circuitBreak(breaker)).subscribe(console.log); // -> hello
 * ```
 */
export function circuitBreak<T>(breaker: Breaker, options: CircuitBreakOptions = {}): MonoTypeOperatorFunction<T> {
  checkBreaker('circuitBreak', breaker);
  new Options('circuitBreak', options, ['whenOpen', 'maxWait'])
    .oneOf('whenOpen', ['error', 'wait'])
    .amount('maxWait', 'or Infinity');
  const waits = options.whenOpen === 'wait';
  if (waits && breaker.turn === undefined) {
    throw new TypeError("circuitBreak: whenOpen: 'wait' needs a breaker with turn(), got one without");
  }

  return operate<T, T>((source, destination) => {
    if (waits) {
      whenGranted(breaker.turn!({ maxWait: options.maxWait }), destination, (probe) => {
        probe?.begin?.();
        begin(source, destination, probe ?? breaker.admit()); // nothing can have happened since the turn was given
      });
      return undefined;
    }
    let admission: Admission;
    try {
      admission = breaker.admit();
    } catch (refusal) {
      refuse(destination, refusal, breaker.scheduler);
      return undefined;
    }
    begin(source, destination, admission);
    return undefined;
  });
}

function begin<T>(source: Observable<T>, destination: Subscriber<T>, admission: Admission): void {
  if (destination.closed) {
    admission.ignore(); // a listener of the breaker's has unsubscribed this call
  } else {
    source.subscribe(new GuardedSubscriber(destination, guardOf(admission)));
  }
}

/** Throws unless this is a breaker; for a config it says why that will not do. */
export function checkBreaker(owner: string, breaker: unknown): void {
  if (typeof (breaker as Breaker | undefined)?.admit !== 'function') {
    throw new TypeError(
      `${owner}: breaker must be a CircuitBreaker that many calls share, not a config: ` +
        `make it once, new CircuitBreaker({ … }), outside of the pipe; got ${show(breaker)}`,
    );
  }
}

/** What tells a breaker what becomes of one call: a local admission does so itself. */
export function guardOf(admission: Admission): Guard<unknown> {
  return admission instanceof LocalAdmission ? admission : new AdmissionGuard(admission);
}

class AdmissionGuard implements Guard<unknown> {
  #hasDelivered = false;

  constructor(private readonly admission: Admission) {}

  value(): undefined {
    this.#hasDelivered = true;
    this.admission.value();
  }

  end(ending: Ending, error?: unknown): void {
    if (ending === 'error') {
      this.admission.fail(error);
    } else if (ending === 'complete' || this.#hasDelivered) {
      this.admission.succeed();
    } else {
      this.admission.ignore();
    }
  }
}
