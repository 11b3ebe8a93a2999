import type { Clock } from '../internal/time/clock';
import type { Followed } from '../limiter/cycle';
import { isOtherPace } from '../limiter/pace';
import { Reactions } from '../limiter/reactions';
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
  readonly #throttlePause: number;
  readonly #isPaced: boolean;
  #reactions: Reactions | undefined;
  #told: number | undefined;

  constructor(
    private readonly clock: Clock,
    { maxPause = 60_000, throttlePause = 1_000, pace = true }: HearingConfig,
    private readonly hearer: Hearer,
  ) {
    this.maxPause = maxPause;
    this.#throttlePause = throttlePause;
    this.#isPaced = pace;
  }

  /** Calls per second; undefined until one is throttled. */
  get perSecond(): number | undefined {
    return this.#current?.perSecond;
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
    const due = this.#current?.due(now);
    return due === undefined || due <= now ? undefined : due;
  }

  /** When the next call is asked for that could be at `from`: `Infinity` if none waits. */
  awaits(from: number): number {
    if (this.#reactions === undefined) {
      return from;
    }
    const now = this.clock.now();
    const own = Math.max(now, from);
    const due = Math.max(own, this.due ?? own);
    this.#current?.binds(due > own ? own : Number.POSITIVE_INFINITY, now);
    return due > own ? due : from;
  }

  /** A call begins: it is followed from the first throttled one on. */
  granted(cost: Units): Followed | undefined {
    const reactions = this.#current;
    if (reactions === undefined) {
      return undefined;
    }
    const since = this.clock.now();
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
    const ms = this.#pauseFor(call, hint);
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

  get #current(): Reactions | undefined {
    if (this.#reactions !== undefined && this.clock.now() >= this.#reactions.forgottenAt) {
      this.#reactions = undefined;
    }
    return this.#reactions;
  }

  /** Reacts to a throttled call: the pause if there is no hint. */
  #pauseFor(call: Followed | undefined, hint: number | undefined): number {
    const now = this.clock.now();
    const reactions = this.#current;
    if (reactions !== undefined) {
      return reactions.throttled(call ?? {}, hint, 0, now);
    }
    if (this.#isPaced || this.#throttlePause > 0) {
      this.#reactions = new Reactions(now, this.#isPaced, this.#throttlePause);
    }
    return this.#throttlePause;
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
