import type { Observable, Observer } from 'rxjs';
import { Attempt } from '../guard/attempt';
import type { Chain } from '../guard/chain';
import type { Reading, Wants } from '../guard/guard';
import type { RouteAsking } from './route';

const noWants: Wants = {};

/** A call that goes to routes. */
export interface CallAtRoute {
  /** It has begun at its route, or is there no more. */
  cameOrWent(isThere: boolean): void;
  /** Its route has said something. */
  heard(): void;
}

/** A call at one route. */
export class RouteAttempt extends Attempt<unknown, Wants, Reading<unknown>> implements RouteAsking {
  constructor(
    private readonly owner: CallAtRoute,
    downstream: Observer<unknown>,
    chain: Chain,
    reading: Reading<unknown>,
    source: Observable<unknown>,
  ) {
    super(downstream, chain, noWants, reading, source);
  }

  cameOrWent(isThere: boolean): void {
    this.owner.cameOrWent(isThere);
  }

  protected override accepts(): void {
    this.owner.heard();
  }
}
