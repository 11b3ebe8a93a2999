import type { Observable } from 'rxjs';

/**
 * An event of a client or a router, as far as all are alike.
 *
 * @category OpenTelemetry
 */
export interface ObservedEvent {
  /** Which kind of policy it comes from. */
  readonly policy: string;
  /** What happened. */
  readonly type: string;
  /** The number of the call, where a call caused it. */
  readonly call?: number | undefined;
  /** The key of the call or of the policy, where policies are `keyed`. */
  readonly key?: string | undefined;
  /** What the policy is called. */
  readonly name?: string | undefined;
  /** Which client of a router. */
  readonly route?: string | undefined;
}

/**
 * What can be observed: a `ResilientClient`, or what has its events and its state.
 *
 * @category OpenTelemetry
 */
export interface Observed {
  /** What happens. */
  readonly events$: Observable<ObservedEvent>;
  /** The snapshot of now. */
  readonly state: object;
}

/**
 * A call, for which attributes can be made.
 *
 * @category OpenTelemetry
 */
export interface ObservedCall {
  /** What the option `meta` of the call says. */
  readonly meta: object | undefined;
  /**
   * The key of the call, where policies are `keyed`, if it is a string. Of a call with several, such as
   * `{ user, organisation }`, put what attributes need into its `meta`.
   */
  readonly key?: string | undefined;
}
