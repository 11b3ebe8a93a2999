import type { Clock } from '../internal/time/clock';
import type { Followed } from '../limiter/cycle';
import { isOtherPace } from '../limiter/pace';
import type { Reacting } from '../limiter/reacting';
import { reactTo } from '../limiter/reactions';
import type { Units } from '../quota/limits';
import { tidy } from '../quota/meter';

/** What is done about it. */
interface Hearer {
  /** Grants nothing in any process for so long. */
  pause(ms: number, by: 'hint' | 'throttle'): void;
  /** The pace has changed by a tenth. */
  paced(perSecond: number): void;
  /** Calls may begin earlier or later now. */
  changed(): void;
}

interface HearingConfig {
  readonly maxPause?: number | undefined;
  readonly throttlePause?: number | undefined;
  readonly pace?: boolean | undefined;
}

/** How this process answers throttled calls of its own: with pauses for all processes, and a pace for itself. */
export class ProviderHearing {
  /** The longest pause, in ms, that a hint may cause. */
  readonly maxPause: number;
  readonly #settings: { readonly isPaced: boolean; readonly throttlePause: number };
  #reactions: Reacting | undefined;
  #told: number | undefined;

  constructor(
    private readonly clock: Clock,
    { maxPause = 60_000, throttlePause = 1_000, pace = true }: HearingConfig,
    private readonly hearer: Hearer,
  ) {
    this.maxPause = maxPause;
    this.#settings = { isPaced: pace, throttlePause };
  }

  /** Calls per second; undefined until one is throttled. */
  get perSecond(): number | undefined {
    return this.#reactions && this.reactionsAt(this.clock.now())?.perSecond;
  }

  /** Whether calls are let in one by one. */
  get isPacing(): boolean {
    return this.perSecond !== undefined;
  }

  /** When the pace lets the next call begin; undefined if that is now. */
  get due(): number | undefined {
    if (this.#reactions === undefined) {
      return undefined; // first, because every call asks
    }
    const now = this.clock.now();
    const due = this.reactionsAt(now)?.due(now);
    return due === undefined || due <= now ? undefined : due;
  }

  /** When the next call is asked for that could be at `from`: `Infinity` if none waits. */
  awaits(from: number): number {
    if (this.#reactions === undefined) {
      return from;
    }
    const now = this.clock.now();
    return this.reactionsAt(now)?.awaits(from, now) ?? from;
  }

  /** A call begins: it is followed from the first throttled one on. */
  granted(cost: Units): Followed | undefined {
    if (this.#reactions === undefined) {
      return undefined; // first, because every call asks
    }
    const since = this.clock.now();
    const reactions = this.reactionsAt(since);
    if (reactions === undefined) {
      return undefined;
    }
    const call = { cycle: reactions.current, since, cost };
    reactions.granted(call, since);
    this.#tell();
    return call;
  }

  /** The provider has taken a call. */
  accepted(call: Followed | undefined): void {
    if (call !== undefined && this.#reactions !== undefined) {
      this.#reactions.accepted(call, 0, this.clock.now());
      this.#changed();
    }
  }

  /** The provider has refused a call because there are too many. */
  throttled(call: Followed | undefined, hint: number | undefined): void {
    const ms = reactTo(call ?? {}, hint, 0, this.clock.now(), this, this.#settings);
    this.#changed();
    if (hint !== undefined) {
      this.#pause(Math.min(hint, this.maxPause), 'hint');
    } else if (ms > 0) {
      this.#pause(ms, 'throttle');
    }
  }

  ended(call: Followed | undefined): void {
    if (call !== undefined && this.#reactions !== undefined) {
      this.#reactions.ended(call, this.clock.now());
      this.hearer.changed();
    }
  }

  /** What answers throttled calls; forgotten when there was none for long. */
  reactionsAt(now: number): Reacting | undefined {
    if (this.#reactions !== undefined && now >= this.#reactions.forgottenAt) {
      this.#reactions = undefined;
    }
    return this.#reactions;
  }

  react(reactions: Reacting): void {
    this.#reactions = reactions;
  }

  #pause(ms: number, by: 'hint' | 'throttle'): void {
    this.#reactions?.paused(this.clock.now() + ms);
    this.hearer.pause(ms, by);
  }

  #changed(): void {
    this.#tell();
    this.hearer.changed();
  }

  #tell(): void {
    const { perSecond } = this;
    if (perSecond !== undefined && isOtherPace(perSecond, this.#told)) {
      this.#told = perSecond;
      this.hearer.paced(tidy(perSecond));
    }
  }
}
