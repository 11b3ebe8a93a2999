import { Cycle, type Followed } from './cycle';
import { Pace } from './pace';
import type { Reacting } from './reacting';

/** The longest pause without a hint, in ms. */
const longestPause = 30_000;
/** So much of a pause counts as time in which calls could have begun, in ms. */
const countedPause = 60_000;
/** A bucket asks for no longer pauses than this, in ms; most hints are in whole seconds. */
const shortPause = 2_000;
/** After so many ms without a throttled call all is forgotten. */
const memory = 600_000;

/**
 * How a limiter answers throttled calls: with pauses, one probe, and a pace. Pure: it is told the time, in ms. It is made
 * for the first throttled call. A call counts only for the time since the last reaction in which it was granted.
 */
export class Reactions implements Reacting {
  private cycle: Cycle;
  /** How many reactions in a row came without a sign that the provider takes calls. */
  private row = 0;
  /** One call at a time until the provider takes one. */
  private isProbing = true;
  private lastThrottled: number;
  /** Undefined if there shall be none. */
  private readonly pace: Pace | undefined;

  constructor(
    now: number,
    isPaced: boolean,
    private readonly throttlePause: number,
  ) {
    this.cycle = new Cycle(now);
    this.lastThrottled = now;
    this.pace = isPaced ? new Pace(now) : undefined;
  }

  get perSecond(): number | undefined {
    return this.pace?.perSecond;
  }

  get current(): Cycle {
    return this.cycle;
  }

  get forgottenAt(): number {
    return this.lastThrottled + memory;
  }

  admits(now: number): boolean {
    if (this.pace === undefined) {
      return true;
    }
    this.look(now);
    return this.isProbing ? this.cycle.unproven.size === 0 : this.pace.admits(now);
  }

  due(now: number, ahead = 0): number {
    if (this.pace === undefined) {
      return now;
    }
    this.look(now);
    if (!this.isProbing) {
      return this.pace.due(ahead);
    }
    const probe = this.cycle.unproven.size === 0 ? now : this.cycle.provenAt;
    return ahead === 0 ? probe : Math.max(probe, this.pace.due(ahead));
  }

  awaits(from: number, now: number): number {
    const own = Math.max(now, from);
    const due = Math.max(own, this.due(now));
    const isHeldUp = due > own;
    this.pace?.binds(isHeldUp ? own : Number.POSITIVE_INFINITY, now, this.isProbing);
    return isHeldUp ? due : from;
  }

  rests(now: number): void {
    this.pace?.binds(Number.POSITIVE_INFINITY, now, this.isProbing);
  }

  granted(call: Followed, now: number): void {
    this.cycle.granted += 1;
    if (!this.cycle.isProven) {
      this.cycle.unproven.add(call);
    }
    if (!this.isProbing) {
      this.pace?.take(now);
    }
  }

  accepted({ cycle }: Followed, _inFlight: number, now: number): void {
    cycle.prove();
    this.look(now);
  }

  ended(call: Followed, now: number): void {
    call.cycle.proves(now);
    call.cycle.unproven.delete(call);
  }

  paused(until: number): void {
    this.cycle.pausedUntil = Math.max(this.cycle.pausedUntil, until);
  }

  throttled(call: Partial<Followed>, hint: number | undefined, _inFlight: number, now: number): number {
    this.lastThrottled = now;
    const { cycle } = this;
    if (call.cycle !== cycle) {
      return 0; // it was granted before the last reaction
    }
    this.look(now);
    const wasProven = cycle.proves(now);
    this.cycle = new Cycle(now);
    if (wasProven) {
      this.slowDown(cycle, hint ?? 0, now);
      return 0;
    }
    this.row += 1;
    this.isProbing = true;
    this.pace?.forgetWaits(now);
    return Math.min(longestPause, this.throttlePause * 2 ** this.row);
  }

  /**
   * A provider that asks for long pauses counts by the minute: then the pause belongs to the time in which it took so many
   * calls.
   */
  private slowDown(cycle: Cycle, hint: number, now: number): void {
    if (this.pace !== undefined) {
      const isWindow = hint > shortPause || cycle.pausedUntil - cycle.begun > shortPause;
      const pause = hint > shortPause ? Math.min(countedPause, hint) : 0;
      const seconds = (this.pace.waited(now) + pause) / 1_000;
      this.pace.throttle(Math.max(1, cycle.granted - 1) / seconds, isWindow, now);
    }
  }

  /** Goes on at the pace once the provider has taken a call. */
  private look(now: number): void {
    if (this.cycle.proves(now)) {
      this.row = 0;
      if (this.isProbing) {
        this.isProbing = false;
        this.pace?.begin(now);
      }
    }
  }
}

/** Where the reactions of a limiter are kept. */
interface Keeper {
  /** Undefined until a call is throttled, and again when none was for long. */
  reactionsAt(now: number): Reacting | undefined;
  react(reactions: Reacting): void;
}

/** What a limiter does about throttled calls. */
interface ReactionSettings {
  readonly isPaced: boolean;
  readonly throttlePause: number;
}

/** Reacts to a throttled call: the ms to pause if there is no hint. */
export function reactTo(
  call: Partial<Followed>,
  hint: number | undefined,
  inFlight: number,
  now: number,
  keeper: Keeper,
  { isPaced, throttlePause }: ReactionSettings,
): number {
  const reactions = keeper.reactionsAt(now);
  if (reactions !== undefined) {
    return reactions.throttled(call, hint, inFlight, now);
  }
  if (isPaced || throttlePause > 0) {
    keeper.react(new Reactions(now, isPaced, throttlePause));
  }
  return throttlePause;
}
