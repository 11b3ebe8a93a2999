import type { Observable, Observer } from 'rxjs';
import { Attempt } from '../guard/attempt';
import type { HoldEnding, Reading } from '../guard/guard';
import { moved, type Route } from './route';
import type { RouterReaders } from './router-parts';

/** A call that goes to routes. */
export interface CallAtRoute {
  readonly readers: RouterReaders;
  /** It has begun at its route, or is there no more. */
  cameOrWent(isThere: boolean): void;
  /** Its route has said something. */
  heard(): void;
}

/** A call at one route, which counts it and whether it failed. */
export class RouteAttempt extends Attempt<unknown, Reading<unknown>> {
  private isThere = false;

  constructor(
    private readonly owner: CallAtRoute,
    private readonly route: Route,
    downstream: Observer<unknown>,
    reading: Reading<unknown>,
    source: Observable<unknown>,
  ) {
    super(downstream, reading, source);
  }

  override start(): void {
    if (this.phase !== 'over') {
      this.isThere = true;
      this.route.begins();
      this.owner.cameOrWent(true);
      super.start();
    }
  }

  protected override accepts(): void {
    this.owner.heard();
  }

  protected override settle(ending: HoldEnding, error: unknown): unknown {
    if (this.isThere) {
      this.route.ends(ending === 'error' ? this.hasFailed(error) : this.hasAnswered(ending));
      this.owner.cameOrWent(false);
    }
    return error;
  }

  /** Whether an error says that something is wrong with the route. A wrong request does not, nor does a full queue. */
  private hasFailed(error: unknown): boolean | undefined {
    if (error === moved) {
      return undefined;
    }
    const { read, classOf, mayHelpElsewhere } = this.owner.readers;
    const kind = classOf(this.readOnce(error, read));
    const isFailure =
      kind === 'throttled' ||
      kind === 'transient' ||
      kind === 'unknown' ||
      (kind === 'fatal' && mayHelpElsewhere(error));
    return isFailure || undefined;
  }

  private hasAnswered(ending: HoldEnding): false | undefined {
    return ending === 'complete' || this.hasContent ? false : undefined;
  }
}
