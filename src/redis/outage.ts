import type { Clock } from '../internal/time/clock';
import { Timer } from '../internal/time/timer';
import type { LimiterUnavailableError } from './limiter-unavailable-error';

/** While Redis is away it is asked again after so many ms. */
const probeEvery = 100;
/** While a question hangs in the client, another one is asked after so many deadlines. */
const deadlinesUntilRetry = 10;
/** So many deadlines after the last call, nobody wants to know any more whether Redis is back. */
const deadlinesUntilForgotten = 5;
/** Where something is to be sent, so many ms: for ever would keep a process alive that is done. It goes with the next call. */
const longestProbing = 30_000;

/** That Redis is away, and when it is asked again whether it is back: while calls are made, and for a while where something is to be sent. */
export class Outage {
  error: LimiterUnavailableError | undefined;
  #lastAsked = 0;
  #lastCall = Number.NEGATIVE_INFINITY;
  readonly #waiting: (() => boolean)[] = [];
  readonly #whenBack: (() => void)[] = [];
  readonly #timer: Timer;

  constructor(
    private readonly clock: Clock,
    private readonly deadline: number,
    probe: () => void,
  ) {
    this.#timer = new Timer(clock, 'first', () => this.error !== undefined && probe());
  }

  /** @param isAsking Whether a question is open. @param hangs Whether one is past its deadline without an answer. */
  errorForCall(isAsking: boolean, hangs: boolean): LimiterUnavailableError | undefined {
    if (this.error === undefined) {
      return undefined;
    }
    const now = this.clock.now();
    const isForgotten = !this.#isWanted(now);
    this.#lastCall = now;
    if (isForgotten && !isAsking && !(hangs && now < this.#retryAt)) {
      return undefined;
    }
    this.plan(hangs);
    return this.error;
  }

  whenBack(isWaiting: () => boolean, work: () => void): void {
    this.#waiting.push(isWaiting);
    this.#whenBack.push(work);
  }

  asked(now: number): void {
    this.#lastAsked = now;
  }

  /** Returns whether it was there until now. */
  begin(error: LimiterUnavailableError): boolean {
    const wasThere = this.error === undefined;
    this.error = error;
    if (wasThere) {
      this.#lastCall = this.clock.now();
    }
    return wasThere;
  }

  /** Sets the timer for the next question, if somebody wants to know. To be called when one has failed. */
  plan(hangs: boolean): void {
    const now = this.clock.now();
    if (this.error !== undefined && this.#isWanted(now)) {
      this.#timer.set(hangs ? Math.max(this.#retryAt, now) : now + probeEvery);
    }
  }

  end(): void {
    this.error = undefined;
    this.#timer.set(Number.POSITIVE_INFINITY);
  }

  isBack(): void {
    for (const work of this.#whenBack) {
      work();
    }
  }

  get #retryAt(): number {
    return this.#lastAsked + deadlinesUntilRetry * this.deadline;
  }

  #isWanted(now: number): boolean {
    const isKept = this.#waiting.some((isWaiting) => isWaiting());
    const usual = deadlinesUntilForgotten * this.deadline;
    return now <= this.#lastCall + (isKept ? Math.max(longestProbing, usual) : usual);
  }
}
