import type { Observer, Subscriber } from 'rxjs';
import { watched } from '../client/answer-of';
import type { CallOptions } from '../client/call-options';
import type { Open, Attempt as Opening } from '../client/open';
import type { MutableOptions } from '../client/with-defaults';
import { ContentReading } from '../guard/content-reading';
import type { Outlook } from '../retry/retries';
import type { RetryContext } from '../retry/retry-backoff-config';
import type { Settings } from '../retry/retry-settings';
import { type Retried, Retrying } from '../retry/retrying';
import { moved, type Route } from './route';
import { type CallAtRoute, RouteAttempt } from './route-attempt';
import { RoutedStatus } from './routed-status';
import type { RouterCore, Way } from './router-core';
import type { RouterReaders } from './router-parts';
import { type Candidate, scoreOf } from './strategy';
import type { WaitingCall } from './waiting-calls';
import type { Wanted } from './wanted';

const none: readonly Route[] = [];

/** One call of a router: goes from route to route until one has answered. Each retry of it goes to another route. */
export class RoutedCall implements Retried<unknown>, Outlook, WaitingCall, CallAtRoute {
  readonly afterValues: 'error' | 'restart' | 'continue';
  readonly waits = false;
  readonly isFree = false;
  private readonly number: number;
  /** Routes at which it has failed. */
  private tried: readonly Route[] = none;
  private readonly retrying: Retrying<unknown>;
  private readonly status: RoutedStatus | undefined;
  private attempt: RouteAttempt | undefined = undefined;
  /** What made the last route fail, when one has. */
  private failure: { readonly error: unknown } | undefined = undefined;
  /** Where it goes next. */
  private next: Way | undefined = undefined;
  private movedAt: number | undefined = undefined;

  constructor(
    private readonly core: RouterCore,
    private readonly wanted: Wanted,
    /** Where it is now. */
    private way: Way,
    settings: Settings<unknown>,
    private readonly destination: Subscriber<unknown>,
  ) {
    this.number = core.begins();
    const { onStatus, afterValues = 'error' } = way.options;
    this.afterValues = afterValues;
    const isHeard = onStatus !== undefined || wanted.isByRoute; // another route may have a listener
    this.status = isHeard || core.isTimed ? new RoutedStatus(destination, this) : undefined;
    this.retrying = new Retrying(this, isHeard ? this.status! : destination, settings);
    destination.add(this.retrying);
  }

  get readers(): RouterReaders {
    return this.core.readers;
  }

  get maxHeldBack(): number {
    return 16;
  }

  get outlook(): Outlook {
    return this;
  }

  start(): void {
    try {
      this.retrying.start();
    } catch (thrown) {
      (this.status ?? this.destination).error(thrown); // options that the client of the route refuses
    }
  }

  /** Whether there is no other route. */
  refuses(): boolean {
    if (this.next === undefined && !this.core.isDraining && this.status?.isBroken !== true) {
      this.next = this.core.choose(this.wanted, [...this.tried, this.way.route]);
    }
    return this.next === undefined;
  }

  /** It goes to the next route. */
  retries({ error }: RetryContext): void {
    const [last, next] = [this.way, this.next!];
    this.way = next;
    this.next = undefined;
    if (error !== moved) {
      this.tried = [...this.tried, last.route];
      this.failure = { error };
      this.core.tellFailedOver(last.route.name, next.route.name, error, this.number);
    }
  }

  begin(downstream: Observer<unknown>, delivered: readonly unknown[]): RouteAttempt {
    const { route, open, options } = this.way;
    const { isContent, usage } = options;
    const reading = isContent === undefined ? this.core.content : new ContentReading<unknown>(isContent, true);
    const opening = this.opening(watched(open, this.wanted.watch, usage), delivered);
    const source = route.client.call(opening, this.optionsWith(options, delivered));
    this.attempt = new RouteAttempt(this, route, downstream, reading, source);
    return this.attempt;
  }

  moveOn(): 'moved' | number {
    const attempt = this.attempt!;
    if (attempt.hasValue || this.movedAt === this.core.clock.now()) {
      return Number.POSITIVE_INFINITY;
    }
    try {
      const here = this.here();
      const others = this.others(here);
      const free = others.filter((other) => isFree(other) && scoreOf(other) < scoreOf(here));
      if (free.length === 0) {
        return Math.min(
          ...others.map(({ outlook: { openFor, wait } }) => (openFor ?? wait) || Number.POSITIVE_INFINITY),
        );
      }
      this.next = this.core.bestOf(free);
    } catch (thrown) {
      this.status!.isBroken = true; // a callback of the user's
      attempt.fail(thrown);
      return Number.POSITIVE_INFINITY;
    }
    this.movedAt = this.core.clock.now();
    this.status!.moves();
    attempt.fail(moved);
    return 'moved';
  }

  /** The place where it waits. If the time that was foreseen has passed, it waits no longer than a newcomer there. */
  private here(): Candidate {
    const { route, options } = this.way;
    const outlook = route.outlook(options, true);
    return { route, outlook: { ...outlook, wait: this.status!.rest(this.core.clock) ?? outlook.wait } };
  }

  /** Where it may go from where it waits: to no route of a higher order, unless its own can not take it. */
  private others({ route, outlook }: Candidate): readonly Way[] {
    const others = this.core.ways(this.wanted, [...this.tried, route]);
    return others.filter((other) => !outlook.canTake || other.route.order <= route.order);
  }

  /** The call as the next route opens it: with what others have delivered, and what made them fail. */
  private opening(open: Open<unknown>, delivered: readonly unknown[]): Open<unknown> {
    const { failure } = this;
    if (failure === undefined) {
      return open;
    }
    return (signal, attempt) => open(signal, openingAfter(failure.error, delivered, attempt));
  }

  private optionsWith(options: CallOptions<unknown>, delivered: readonly unknown[]): CallOptions<unknown> {
    const { tokens, onStatus } = options;
    if (this.status === undefined && delivered.length === 0) {
      return options;
    }
    // A copy by spreading, to which something is added, is slow to read.
    const own: MutableOptions<unknown> = Object.assign({ tokens, onStatus }, options);
    if (typeof tokens === 'function' && delivered.length > 0) {
      own.tokens = (attempt) => tokens(after(delivered, attempt));
    }
    if (this.status !== undefined) {
      own.onStatus = this.status.at(onStatus);
    }
    return own;
  }

  /** It waits at its route, or no longer. */
  waitsNow(isWaiting: boolean): void {
    if (isWaiting && this.core.isTimed && this.wanted.route === undefined) {
      this.core.waiting.add(this);
    } else {
      this.core.waiting.delete(this);
    }
  }

  cameOrWent(isThere: boolean): void {
    if (isThere) {
      this.core.tellRouted(this.way.route.name, this.number);
    } else {
      this.core.waiting.delete(this);
    }
    this.core.moves();
  }

  heard(): void {
    this.core.waiting.wake(); // a breaker may have closed
  }
}

/** Whether it could begin there now. */
function isFree({ outlook: { canTake, wait } }: Candidate): boolean {
  return canTake && wait === 0;
}

function after<A extends Pick<Opening, 'delivered'>>(delivered: readonly unknown[], attempt: A): A {
  return { ...attempt, delivered: delivered.length === 0 ? attempt.delivered : [...delivered, ...attempt.delivered] };
}

function openingAfter(error: unknown, delivered: readonly unknown[], attempt: Opening): Opening {
  return { error, ...after(delivered, attempt) };
}
