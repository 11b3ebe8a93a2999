import type { Unsubscribable } from 'rxjs';
import type { Frame } from '../internal/time/soon';

/** How an attempt ended. */
export type Ending = 'complete' | 'error' | 'unsubscribe';

/** How a hold ends: with its attempt, or without one, because the source was never subscribed. */
export type HoldEnding = Ending | 'release';

/** Receives what a policy gives, now or after a wait: an attempt, or the subscriber of an Observable. */
export interface Receiver<H> {
  /** Nothing is wanted any more; what is granted all the same goes back. */
  readonly closed: boolean;
  /** The end of a wait, or what came at once. */
  granted(hold: H): void;
  /** It has waited in vain. Told downstream at once. */
  refused(error: unknown): void;
  /** It is refused now. Downstream hears of it in the same frame, but not synchronously. */
  refuse(error: unknown, frame?: Frame): void;
  /** It waits; unsubscribing `place` gives its place up. */
  stands(place: Unsubscribable): void;
}

/** What the values of an attempt say. It is read once for all guards, before they hear of the value. */
export interface Reading<T> {
  /** @param hasContent Whether content has come before. */
  read(value: T, hasContent: boolean): void;
  /** The failure that the last value reported: it is not delivered, and the attempt fails with this. */
  readonly failure?: unknown;
  /** Whether the last value is content; absent where every value is. */
  readonly isContent?: boolean | undefined;
  /** Whether a final value has come, and no content since: whatever the connection does now, the answer is whole. */
  readonly isWhole?: boolean | undefined;
  /** Whether a value that is no content was made before the provider was asked: the guards do not hear of it. */
  isAnnouncement?(value: T): boolean;
  /** The source has completed: an error if something is missing. */
  missing?(): Error | undefined;
}

/** What a call wants of every queue in which it has to stand. */
export interface Wants {
  readonly priority?: number | undefined;
  readonly maxWait?: number | undefined;
  /** The tenant that it counts for, where the queue is fair. */
  readonly tenant?: string | undefined;
}

/**
 * An attempt as its guards see it; for a queue, how it wants to wait.
 *
 * @typeParam W What its call wants of the guards.
 * @typeParam R What its values said.
 */
export interface Asking<W = unknown, R = unknown> extends Receiver<unknown>, Wants {
  readonly wants: W;
  readonly reading: R;
  /** Whether a value has come that is more than an announcement. */
  readonly hasValue: boolean;
  /** Whether the last value is content. */
  readonly isContent: boolean;
  /** Whether content has come. */
  readonly hasContent: boolean;
  /** The number of its call, where calls are numbered. */
  readonly call: number | undefined;
  /** It stands before first attempts in a queue. */
  readonly retry: boolean;
  /** Called when it begins to wait for a permit. */
  readonly onWait: ((wait: Wait) => void) | undefined;
  /** How long it may still wait for an open breaker, in ms. */
  readonly turnWait: number | undefined;
  /** Called when it begins to wait for an open breaker. */
  readonly onTurn: ((wait: Wait) => void) | undefined;
  /** What `read` makes of an error. It is called once for all guards that ask, and for the retry: reading is most of what a failure costs. */
  readOnce<R>(error: unknown, read: (error: unknown) => R): R;
  /** Only inside `enter`: gives all holds back and starts again. A second time without a wait refuses the attempt. */
  again(refusal: unknown, frame?: Frame): void;
  /** Ends it: its source is stopped first, then all guards hear of the error, then downstream. */
  cut(error: unknown): void;
  /** As if its source had failed: as `cut`, but an answer that is whole completes. */
  fail(error: unknown): void;
}

/** Where somebody stands in a queue. */
export interface Wait {
  readonly ahead: number;
  /** The earliest end of the wait that can be foreseen: ms on the scheduler's clock. */
  readonly until?: number | undefined;
}

/**
 * Stands between an attempt and its source: made once for each policy and client. What a call wants comes with the
 * attempt, and what an attempt is given, its hold, stays with it.
 *
 * @typeParam H The hold: a permit, a reservation or an admission.
 */
export interface Guard<H, A extends Asking = Asking> {
  /** Would it let the attempt in now? Changes and tells nothing. */
  check?(attempt: A): boolean;
  /** Whether it would still refuse an attempt like this one when so many ms have passed. Changes and tells nothing. */
  refuses?(attempt: A, delay: number): boolean;
  /** Whether attempts have to wait until it lets any in. */
  readonly makesWait?: boolean;
  /** Entered ahead of its turn, because `check` said no. As `enter`, which is called if this is absent. */
  object?(attempt: A): H | undefined;
  /**
   * Asks the policy. Returns the hold, or undefined: then it has called `refuse` or `again` once, or calls `granted` or
   * `refused` once, maybe before it returns. What it throws is the error of the attempt, delivered at once.
   *
   * @param held What `object` gave.
   */
  enter(attempt: A, held: H | undefined): H | undefined;
  /** Hears of a value before downstream does. An error that it returns ends the attempt after that value. */
  value?(hold: H, attempt: A): Error | undefined;
  /** Asked when it has heard of content: whether it must hear of more values. Default: it must. */
  hearsOn?(hold: H, attempt: A): boolean;
  /** The first value of the attempt has come, and it is no failure. */
  accepted?(hold: H, attempt: A): void;
  /**
   * The holds of the attempt are about to end. A policy at which calls wait lets none of them go until `grant`, and
   * grants nothing to a listener that asks. A guard that has this has `unblock` and `grant`, too.
   */
  block?(): void;
  /** The attempt has ended: corrects the books and tells events. */
  end(hold: H, ending: Ending, error: unknown, attempt: A): void;
  /** Instead of `end`: the source was never subscribed, everything goes back. */
  release(hold: H, attempt: A): void;
  /**
   * All holds have ended: it may grant again. Every policy of the attempt is unblocked before the first one grants.
   *
   * @returns Whether anybody waits, so that `grant` must be called.
   */
  unblock?(): boolean;
  /**
   * Those who wait may go.
   *
   * @param isAbandoned The attempt was unsubscribed, and others that wait may be unsubscribed with it: they go later.
   */
  grant?(isAbandoned: boolean): void;
}
