import { Subject } from 'rxjs';
import type { CallOptions } from '../client/call-options';
import type { Clock } from '../internal/time/clock';
import { FailureShare } from './failure-share';
import type { RouteClient, RouteConfig } from './resilient-router-config';
import { type Outlook, RoutePolicies } from './route-policies';

/** With what a call ends at a route that it leaves for another one, while it waits. */
export const moved: unknown = Symbol('moved to another route');

/** One route of a router, and what the router knows of it. */
export class Route {
  readonly client: RouteClient;
  readonly weight: number;
  readonly order: number;
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
  }

  /** The share of its calls that failed lately. */
  get failureShare(): number {
    return this.failures.isSpotless ? 0 : this.failures.of(this.clock.now());
  }

  /** Whether nothing has happened lately for which its policies must be looked at: a failure, or an open breaker. */
  get isQuiet(): boolean {
    return this.failures.isSpotless && !this.wasOpen && !this.isBack;
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
