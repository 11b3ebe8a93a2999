import { map, type Observable } from 'rxjs';
import {
  type Admission,
  CircuitBreaker,
  type Permit,
  RateLimiter,
  type Reservation,
  TokenBudget,
  type Units,
} from '../../src/index';

/** Something that a policy gave to a call, and what the call made of it. */
export interface Given<Kind extends string = string> {
  readonly kind: Kind;
  /** The number of the call, where calls have numbers. */
  readonly call: number | undefined;
  readonly at: number;
  /** What was said of it, in order: one word too many is a fault. */
  readonly ends: string[];
}

/** A permit, a reservation or an admission. */
export type Tracked =
  | (Given<'permit'> & { readonly cost: Units; final: Units })
  | (Given<'reservation'> & { readonly cost: number; final: number })
  | (Given<'admission'> & { readonly isProbe: boolean });

type Dimensions = 'requests' | 'tokens';

/** A limiter that remembers its permits. */
export class TrackedLimiter extends RateLimiter<Dimensions> {
  readonly given: (Given<'permit'> & { readonly cost: Units; final: Units })[] = [];

  override acquire(...[cost, options]: Parameters<RateLimiter<Dimensions>['acquire']>): Observable<Permit<Dimensions>> {
    return super.acquire(cost, options).pipe(map((permit) => this.#tracked(permit, options?.call)));
  }

  #tracked(permit: Permit<Dimensions>, call: number | undefined): Permit<Dimensions> {
    const { cost } = permit;
    const given = { kind: 'permit' as const, call, at: this.scheduler.now(), ends: [] as string[], cost, final: cost };
    this.given.push(given);
    return {
      cost,
      settle: (actual) => {
        given.ends.push('settle');
        given.final = { ...cost, ...actual };
        permit.settle(actual);
      },
      refund: () => {
        given.ends.push('refund');
        given.final = { requests: 0, tokens: 0 };
        permit.refund();
      },
    };
  }
}

/** A budget that remembers its reservations. */
export class TrackedBudget extends TokenBudget {
  readonly given: (Given<'reservation'> & { readonly cost: number; final: number })[] = [];

  override reserve(tokens: number, call?: number): Observable<Reservation> {
    return super.reserve(tokens, call).pipe(map((reservation) => this.#tracked(reservation, call)));
  }

  #tracked(reservation: Reservation, call: number | undefined): Reservation {
    const cost = reservation.tokens;
    const given = {
      kind: 'reservation' as const,
      call,
      at: this.scheduler.now(),
      ends: [] as string[],
      cost,
      final: cost,
    };
    this.given.push(given);
    return {
      get tokens() {
        return reservation.tokens;
      },
      report: (total) => reservation.report(total),
      settle: (actual) => {
        given.ends.push('settle');
        given.final = actual;
        reservation.settle(actual);
      },
      refund: () => {
        given.ends.push('refund');
        given.final = 0;
        reservation.refund();
      },
    };
  }
}

/** A breaker that remembers its admissions. */
export class TrackedBreaker extends CircuitBreaker {
  readonly given: (Given<'admission'> & { readonly isProbe: boolean })[] = [];

  override admit(call?: number): Admission {
    return this.#tracked(super.admit(call), call);
  }

  override turn(options: Parameters<CircuitBreaker['turn']>[0] = {}): Observable<Admission | undefined> {
    return super.turn(options).pipe(map((probe) => probe && this.#tracked(probe, options.call)));
  }

  #tracked(admission: Admission, call: number | undefined): Admission {
    const { isProbe } = admission as Admission & { readonly isProbe: boolean };
    const given = { kind: 'admission' as const, call, at: this.scheduler.now(), ends: [] as string[], isProbe };
    this.given.push(given);
    const ending = (verdict: 'succeed' | 'ignore') => () => {
      given.ends.push(verdict);
      admission[verdict]();
    };
    const tracked: Admission = {
      begin: () => admission.begin?.() ?? true,
      value: () => admission.value(),
      succeed: ending('succeed'),
      ignore: ending('ignore'),
      fail: (error?: unknown) => {
        given.ends.push('fail');
        admission.fail(error);
      },
    };
    return Object.assign(tracked, { isProbe });
  }
}
