import type { Try } from '../guard/try';
import { CallAttempt } from './call-attempt';

/** What an attempt tells the race in which it runs. */
export interface AttemptsRace {
  /** Its source is subscribed now. */
  connected(): void;
  /** Its wait is over: it goes on. */
  resume(attempt: Try): void;
}

/** An attempt of a call that is hedged. A hedge asks for what is free at once, and never waits. */
class RacingAttempt<T> extends CallAttempt<T> {
  constructor(
    private readonly race: AttemptsRace,
    /** Whether it began because others were slow. */
    private readonly isHedge: boolean,
    ...attempt: ConstructorParameters<typeof CallAttempt<T>>
  ) {
    super(...attempt);
  }

  override get maxWait(): number | undefined {
    return this.isHedge ? 0 : super.maxWait;
  }

  override get turnWait(): number {
    return this.isHedge ? 0 : super.turnWait;
  }

  override resume(): void {
    this.owner.turnOver();
    this.race.resume(this);
  }

  protected override connects(): void {
    super.connects();
    this.race.connected();
  }
}

/** @param isHedge Whether it begins because others were slow. */
export function racingAttempt<T>(
  race: AttemptsRace,
  isHedge: boolean,
  ...attempt: ConstructorParameters<typeof CallAttempt<T>>
): CallAttempt<T> {
  return new RacingAttempt<T>(race, isHedge, ...attempt);
}
