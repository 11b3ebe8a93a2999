import type { Subscriber } from 'rxjs';
import type { Waiter } from '../internal/line';
import type { Units } from '../quota/limits';
import type { Permit } from './limiter';

/** One call that stands in a limiter's line. A class, so that a million of them share one shape. */
export class Ask implements Waiter {
  seat: number | undefined = undefined;
  turn: number | undefined = undefined;

  constructor(
    readonly priority: number,
    readonly retry: boolean,
    readonly cost: Units,
    readonly since: number,
    readonly deadline: number,
    /** When it is foreseen to be granted; kept up to date while there is a forecast. */
    public until: number,
    readonly call: number | undefined,
    readonly subscriber: Subscriber<Permit>,
  ) {}
}
