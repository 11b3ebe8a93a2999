import type { Observer, Subscriber, Unsubscribable } from 'rxjs';
import type { Try } from '../guard/try';
import { checkNumber } from '../internal/options';
import type { Clock } from '../internal/time/clock';
import { Timer } from '../internal/time/timer';
import { reportUnhandled } from '../internal/unhandled';
import type { Hedge } from './hedge-config';
import { type Race, Racer } from './racer';
import type { RetryBudget } from './retry-budget';

/** The options of hedges, with defaults filled in. */
export interface HedgeSettings {
  readonly after: number | (() => number);
  readonly max: number;
  readonly retryBudget: RetryBudget | undefined;
  readonly onHedge: ((hedge: Hedge) => void) | undefined;
  readonly clock: Clock;
}

/** What is hedged. */
export interface Hedged<T> {
  /** The source, for `n` = 0, or a hedge. What it throws is the error of the call. */
  begin(n: number, downstream: Observer<T>): Try;
  /** Whether the next hedge is worth it at once when a source has failed with this error. */
  helpsAtOnce(error: unknown, failed: Try): boolean;
  /** Whether no other source can do better. */
  isFatal(error: unknown, failed: Try): boolean;
}

/** One call that is hedged: a race of its source and its hedges, which the first wins that has content. */
export class Hedging<T> implements Race<T>, Unsubscribable {
  private readonly racers = new Set<Racer<T>>();
  /** How many sources were begun. */
  private begun = 0;
  /** How many hedges were decided. */
  private hedges = 0;
  private hasWinner = false;
  private hasStopped = false;
  /** When a source was last subscribed, on the clock. */
  private since = 0;
  private timer: Timer | undefined = undefined;
  /** Set while `start` of a source has not returned yet. */
  private starting: Racer<T> | undefined = undefined;
  /** Set while sources are being begun. */
  private isBeginning = false;
  /** How many more shall begin. */
  private due = 0;

  constructor(
    private readonly hedged: Hedged<T>,
    private readonly downstream: Pick<Subscriber<T>, 'next' | 'error' | 'complete' | 'closed'>,
    private readonly settings: HedgeSettings,
  ) {}

  start(): void {
    this.settings.retryBudget?.attempt();
    this.guarded(() => this.begin());
  }

  /** Ends what runs and what waits; downstream is told nothing. */
  unsubscribe(): void {
    this.hasStopped = true;
    this.endOthers(undefined);
  }

  get isStopped(): boolean {
    return this.hasStopped || this.downstream.closed;
  }

  won(racer: Racer<T>): void {
    this.hasWinner = true;
    this.endOthers(racer);
  }

  deliver(value: T): void {
    this.downstream.next(value);
  }

  completed(racer: Racer<T>): void {
    this.won(racer);
    racer.flush();
    this.downstream.complete();
  }

  failed(racer: Racer<T>, error: unknown): void {
    if (this.starting === racer) {
      racer.failure = { error }; // only when `start` has returned has its teardown run
    } else {
      this.guarded(() => this.drop(racer, error));
    }
  }

  /** A source has failed: goes on without it, begins the next one, or passes the error on. */
  private drop(racer: Racer<T>, error: unknown): void {
    this.racers.delete(racer);
    racer.unsubscribe(); // a failed source is torn down before the next begins
    if (this.isStopped) {
      return;
    }
    const { attempt } = racer;
    if (this.hasWinner || attempt.isBroken || this.hedged.isFatal(error, attempt)) {
      this.fail(error);
      return;
    }
    const isHelped = this.hedged.helpsAtOnce(error, attempt) && this.hedge();
    if (!isHelped && this.racers.size === 0) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.unsubscribe();
    this.downstream.error(error);
  }

  /** Begins the next hedge if there may be one. */
  private hedge(): boolean {
    const { max, retryBudget, onHedge, clock } = this.settings;
    if (this.hedges >= max || retryBudget?.tryRetry() === false) {
      return false;
    }
    this.hedges += 1;
    onHedge?.({ n: this.hedges, after: clock.now() - this.since });
    this.begin();
    return true;
  }

  /** Begins a source, and the next one while they fail at once: in a loop, because a recursion would overflow the stack. */
  private begin(): void {
    this.due += 1;
    if (this.isBeginning) {
      return;
    }
    this.isBeginning = true;
    try {
      while (this.due > 0 && !this.isStopped && !this.hasWinner) {
        this.due -= 1;
        this.beginOne();
      }
    } finally {
      this.isBeginning = false;
    }
  }

  private beginOne(): void {
    const racer = new Racer<T>(this);
    racer.attempt = this.hedged.begin(this.begun, racer);
    this.begun += 1;
    this.racers.add(racer);
    this.arm();
    this.starting = racer;
    try {
      racer.attempt.start();
    } finally {
      this.starting = undefined;
    }
    if (racer.failure !== undefined && !this.isStopped) {
      this.drop(racer, racer.failure.error);
    }
  }

  /** The next hedge begins when no content has come for a while. */
  private arm(): void {
    const { after, max, clock } = this.settings;
    if (this.hedges >= max) {
      this.timer?.set(Number.POSITIVE_INFINITY);
      return;
    }
    const ms = checkNumber('hedge', 'after', typeof after === 'function' ? after() : after, isDuration, 'at least 0');
    this.since = clock.now();
    this.timer ??= new Timer(clock, 'last', () => this.guarded(() => this.hedge())); // content at that very time wins
    this.timer.set(Number.POSITIVE_INFINITY);
    this.timer.set(this.since + ms);
  }

  /** What a callback of the user's throws is the error of the call. */
  private guarded(work: () => void): void {
    try {
      if (!this.isStopped) {
        work();
      }
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  /** What their teardown throws is none of this call's: its answer has come, or its end. */
  private endOthers(winner: Racer<T> | undefined): void {
    this.timer?.set(Number.POSITIVE_INFINITY);
    for (const racer of [...this.racers]) {
      if (racer !== winner) {
        this.racers.delete(racer);
        try {
          racer.unsubscribe();
        } catch (thrown) {
          reportUnhandled(thrown);
        }
      }
    }
  }
}

function isDuration(ms: number): boolean {
  return ms >= 0;
}
