import type { Cycle, Followed } from './cycle';

/** How a limiter answers calls that are throttled or accepted. Pure: it is told the time, in ms. */
export interface Reacting {
  /** The time since the last reaction. */
  readonly current: Cycle;
  /** Calls per second; undefined without a pace. */
  readonly perSecond: number | undefined;
  /** When all is forgotten unless another call is throttled. */
  readonly forgottenAt: number;
  admits(now: number): boolean;
  /** When one more call may begin, behind so many others, by what is known now. */
  due(now: number, ahead?: number): number;
  /**
   * When the next that waits may begin, which waits for nothing else from `from` on. The pace goes on meanwhile.
   *
   * @param from `Infinity` if that is not known.
   */
  awaits(from: number, now: number): number;
  /** Nobody waits. */
  rests(now: number): void;
  granted(call: Followed, now: number): void;
  /** Its first value has come, or it has completed. Asked once for a call. */
  accepted(call: Followed, inFlight: number, now: number): void;
  /** It has ended, however. */
  ended(call: Followed, now: number): void;
  /** A pause has begun, or been prolonged, because of what the provider said. */
  paused(until: number): void;
  /**
   * A call was throttled.
   *
   * @param hint How long the provider asks to wait, in ms.
   * @returns The ms to pause if there is no hint.
   */
  throttled(call: Partial<Followed>, hint: number | undefined, inFlight: number, now: number): number;
}
