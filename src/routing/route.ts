import { Subject } from 'rxjs';
import type { CallOptions } from '../client/call-options';
import { type Chain, chainOfOne } from '../guard/chain';
import type { Asking, Ending, Guard } from '../guard/guard';
import type { Clock } from '../internal/time/clock';
import { classOf, mayHelpElsewhere, readError } from '../provider';
import { FailureShare } from './failure-share';
import type { RouteClient, RouteConfig } from './resilient-router-config';
import { type Outlook, RoutePolicies } from './route-policies';

/** With what a call ends at a route that it leaves for another one, while it waits. */
export const moved: unknown = Symbol('moved to another route');

/** A call while it is at a route. */
export interface RouteAsking extends Asking {
  /** It has begun there, or is there no more. */
  cameOrWent(isThere: boolean): void;
}

/** One route of a router, and what the router knows of it. */
export class Route {
  readonly client: RouteClient;
  readonly weight: number;
  readonly order: number;
  /** For every call that goes here. */
  readonly chain: Chain;
  inFlight = 0;
  /** Its breaker has just let calls in again: the next one goes here. */
  isBack = false;
  /** Emits when it was removed, and no call is here any more. */
  readonly gone = new Subject<void>();
  private isRemoved = false;
  private wasOpen = false;
  private readonly policies: RoutePolicies;
  private readonly failures = new FailureShare();

  constructor(
    readonly name: string,
    { client, weight = 1, order = 0 }: RouteConfig,
    private readonly clock: Clock,
  ) {
    this.client = client;
    this.weight = weight;
    this.order = order;
    this.policies = new RoutePolicies(client);
    this.chain = chainOfOne(new RouteGuard(this));
  }

  /** The share of its calls that failed lately. */
  get failureShare(): number {
    return this.failures.of(this.clock.now());
  }

  /** What it would do with a call now. */
  outlook(options: CallOptions<unknown>, isTimed: boolean): Outlook {
    const outlook = this.policies.outlook(options, isTimed);
    if (this.policies.hasOneBreaker) {
      const isOpen = outlook.openFor !== undefined;
      if (this.wasOpen && !isOpen) {
        this.isBack = true;
        this.failures.back(this.clock.now());
      }
      this.wasOpen = isOpen;
    }
    return outlook;
  }

  /** It was removed: calls that are here go on. */
  leave(): void {
    this.isRemoved = true;
    this.goIfEmpty();
  }

  begins(): void {
    this.inFlight += 1;
    this.isBack = false;
  }

  /** @param hasFailed Undefined if that call says nothing of the route. */
  ends(hasFailed: boolean | undefined): void {
    this.inFlight -= 1;
    if (hasFailed !== undefined) {
      this.failures.count(hasFailed, this.clock.now());
    }
    this.goIfEmpty();
  }

  private goIfEmpty(): void {
    if (this.isRemoved && this.inFlight === 0) {
      this.gone.next();
    }
  }
}

/** Counts the calls of a route, and which of them failed. */
class RouteGuard implements Guard<Route, RouteAsking> {
  constructor(private readonly route: Route) {}

  enter(attempt: RouteAsking): Route {
    this.route.begins();
    attempt.cameOrWent(true);
    return this.route;
  }

  end(route: Route, ending: Ending, error: unknown, attempt: RouteAsking): void {
    route.ends(
      ending === 'error' ? hasFailed(error, attempt) : ending === 'complete' || attempt.hasContent ? false : undefined,
    );
    attempt.cameOrWent(false);
  }

  release(route: Route, attempt: RouteAsking): void {
    route.ends(undefined);
    attempt.cameOrWent(false);
  }
}

/** Whether an error says that something is wrong with the route. A wrong request does not, nor does a full queue. */
function hasFailed(error: unknown, attempt: RouteAsking): boolean | undefined {
  if (error === moved) {
    return undefined;
  }
  const kind = classOf(attempt.readOnce(error, readError));
  const isFailure =
    kind === 'throttled' || kind === 'transient' || kind === 'unknown' || (kind === 'fatal' && mayHelpElsewhere(error));
  return isFailure || undefined;
}
