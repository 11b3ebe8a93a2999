/** Calls of which may begin at once what a tenth of a second allows, at least one. */
const depthInSeconds = 0.1;
/** Timers fire at whole ms: so much may be saved beyond the depth, or each wait would lose a fraction of a ms. */
const timerGrain = 0.001;
/** What a throttled call leaves of the rate at first: CUBIC's beta. */
const kept = 0.9;
/** Seconds in which the rate comes back to where it was throttled, at least. */
const shortestReturn = 10;
/** Calls in which it comes back, at least: a slow rate needs more time to be found. */
const callsOfReturn = 60;
/** The mean rate in the last second of a rise, as a share of the rate at its end: 1 / (2 ln 2). */
const lastOfRise = 0.7;
const fastest = 1e9;
/** Sums of fractions of a call that miss a whole one by less are one. */
const dust = 1e-9;

/**
 * The rate at which calls may begin, in calls per second, found by what was throttled. Pure: it is told the time, in ms.
 *
 * It rises from 1 per second to twice as much every second until the first call is throttled. From then on it follows
 * the curve of CUBIC (RFC 9438, section 4.2) with beta 0.9: quickly back to near the rate at which it was throttled,
 * slowly past it, then faster and faster. The AWS SDKs do the same with requests per second in their retry mode
 * "adaptive" (`ClientRateLimiter` of the Smithy reference). Unlike these, the time of the curve goes on only while the
 * pace is what calls wait for; otherwise a rate that nobody asks for would grow without a bound. And the peak is not the
 * rate at which it was throttled alone, but what the provider is known to take.
 */
export class Pace {
  /** ms for which calls have waited for the pace since it was last throttled. */
  private bound = 0;
  /** ms on the curve. */
  private time = 0;
  /** Where it was throttled; undefined while it rises. */
  private peak: number | undefined = undefined;
  /** Calls that may begin now, as of `at`. */
  private level = 0;
  private at: number;
  /** The rate since `at`: it goes on in steps, from one grant to the next, so that a time that was foreseen stays right. */
  private current = 1;
  /** From when on calls wait for nothing but the pace. */
  private bindsFrom = Number.POSITIVE_INFINITY;

  constructor(now: number) {
    this.at = now;
  }

  /** Calls per second. */
  get perSecond(): number {
    return this.current;
  }

  /** ms for which calls have waited for it since it was last throttled. */
  waited(now: number): number {
    return this.bound + Math.max(0, now - this.bindsFrom);
  }

  admits(now: number): boolean {
    return this.levelAt(now) >= 1 - dust;
  }

  /** When one more call may begin, behind so many others: these wait for nothing but the pace. */
  due(ahead = 0): number {
    const seconds = Math.max(0, ahead + 1 - dust - this.level) / this.current;
    const isRising = ahead > 0 && this.peak === undefined;
    return Math.ceil(this.at + (isRising ? Math.log2(1 + seconds * Math.LN2) : seconds) * 1_000);
  }

  /** A call begins. */
  take(now: number): void {
    this.goOn(now);
    this.level -= 1;
  }

  /**
   * From this time on calls wait for nothing but the pace; `Infinity` while none does. If they have done so before, nothing
   * changes, so that the rate does not depend on how often this is asked.
   */
  binds(from: number, now: number, isProbing = false): void {
    if (!isProbing && Math.max(this.bindsFrom, from) <= now) {
      return;
    }
    this.goOn(now, isProbing);
    this.bindsFrom = Math.max(now, from);
  }

  /** Nothing has begun for a while, on purpose: it begins anew from where it was, with nothing saved up. */
  begin(now: number): void {
    this.goOn(now, true);
    this.level = 0;
    this.at = now;
  }

  /**
   * A call was throttled although others were not.
   *
   * @param perSecond What the provider has taken since it was last throttled, in the mean.
   * @param isWindow Whether the provider counts by the minute: then the mean is all that is known. Of a bucket the rate of
   * now says more, because the mean goes back to when the rate was much lower.
   */
  throttle(perSecond: number, isWindow: boolean, now: number): void {
    this.goOn(now);
    const { current } = this;
    const lately = this.peak === undefined ? lastOfRise * current : (current + Math.min(current, perSecond)) / 2;
    this.peak = Math.min(current, isWindow ? perSecond : Math.max(perSecond, lately));
    this.time = 0;
    this.current = this.rate();
    this.forgetWaits(now);
    this.begin(now);
  }

  forgetWaits(now: number): void {
    this.bound = 0;
    this.bindsFrom = Math.max(this.bindsFrom, now);
  }

  /** Brings the level, the curve and the sum of the waits to this time. */
  private goOn(now: number, isProbing = false): void {
    const waited = Math.max(0, now - this.bindsFrom);
    this.bound += waited;
    this.bindsFrom = Math.max(this.bindsFrom, now);
    this.level = this.levelAt(now);
    this.at = Math.max(this.at, now);
    if (!isProbing && waited > 0) {
      this.time += waited;
      this.current = this.rate();
    }
  }

  /** More than one call is saved up only while calls wait for the pace, so that a late timer costs nothing. */
  private levelAt(now: number): number {
    const { current, at } = this;
    const perMs = current / 1_000;
    const grain = timerGrain * current;
    const idle = Math.max(0, Math.min(now, this.bindsFrom) - at);
    const level = Math.min(Math.max(this.level, 1 + grain), this.level + idle * perMs);
    const most = Math.max(1, depthInSeconds * current) + grain;
    return Math.min(most, level + Math.max(0, now - at - idle) * perMs);
  }

  private rate(): number {
    const seconds = this.time / 1_000;
    if (this.peak === undefined) {
      return Math.min(fastest, 2 ** seconds);
    }
    const back = Math.max(shortestReturn, callsOfReturn / this.peak);
    return Math.min(fastest, this.peak * (1 + (1 - kept) * (seconds / back - 1) ** 3));
  }
}

/** The pace is told when it has changed by this share, a tenth; less what floating point makes of it. */
const told = 0.1 - 1e-9;

/** Whether a pace is worth telling after the one that was told last. */
export function isOtherPace(perSecond: number, last: number | undefined): boolean {
  return last === undefined || Math.abs(perSecond - last) >= told * last;
}
