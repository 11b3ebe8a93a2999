import type { Observer } from 'rxjs';
import type { Try } from '../guard/try';
import { checkNumber } from '../internal/options';
import { Timer } from '../internal/time/timer';
import { reportUnhandled } from '../internal/unhandled';
import type { Hedged, HedgeSettings } from './hedged';
import { type Race, Racer } from './racer';

/** Where the winner's values go. */
export type Downstream<T> = Observer<T> & { readonly closed?: boolean };

interface Failure {
  readonly error: unknown;
  readonly attempt: Try;
}

/** One call that is hedged: a race of its source and its hedges, which the first wins that has content. */
export class Hedging<T> implements Race<T>, Try {
  private readonly racers = new Set<Racer<T>>();
  /** How many sources were begun. */
  private begun = 0;
  /** How many hedges were decided. */
  private hedges = 0;
  /** The winner, or what failed last. */
  private last: Try | undefined = undefined;
  private failure: Failure | undefined = undefined;
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
    private readonly downstream: Downstream<T>,
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
    return this.hasStopped || this.downstream.closed === true;
  }

  won(racer: Racer<T>): void {
    this.hasWinner = true;
    this.last = racer.attempt;
    this.hedged.won?.(racer.attempt);
    this.endOthers(racer);
  }

  get isContent(): boolean {
    return this.last?.isContent !== false;
  }

  get isBroken(): boolean | undefined {
    return this.last?.isBroken;
  }

  readOnce<R>(error: unknown, read: (error: unknown) => R): R {
    return this.last === undefined ? read(error) : this.last.readOnce(error, read);
  }

  /** Ends all sources as if they had failed. */
  fail(error: unknown): void {
    for (const { attempt } of [...this.racers]) {
      attempt.fail(error);
    }
  }

  /** The wait of a source is over: it goes on. */
  resume(attempt: Try): void {
    const racer = [...this.racers].find((each) => each.attempt === attempt);
    if (racer !== undefined) {
      this.guarded(() => this.run(racer));
    }
  }

  /** A source is subscribed now, its guards passed. For sources that are not subscribed when they begin. */
  connected(): void {
    if (!this.isStopped && !this.hasWinner) {
      this.guarded(() => this.arm());
    }
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
      this.passOn({ error, attempt });
      return;
    }
    if (this.failure === undefined || this.hedged.isRefused?.(error, attempt) !== true) {
      this.failure = { error, attempt };
    }
    const isHelped = this.hedged.helpsAtOnce(error, attempt) && this.hedge();
    if (!isHelped && this.racers.size === 0) {
      this.passOn(this.failure);
    }
  }

  private passOn({ error, attempt }: Failure): void {
    this.last = attempt;
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
    if (this.isStopped) {
      return; // a callback of the user's has unsubscribed
    }
    this.racers.add(racer);
    if (this.settings.isArmedLater !== true) {
      this.arm();
    }
    this.run(racer);
  }

  private run(racer: Racer<T>): void {
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
    if (!this.isStopped) {
      this.timer.set(this.since + ms); // else `after` has unsubscribed
    }
  }

  /** What a callback of the user's throws is the error of the call. */
  private guarded(work: () => void): void {
    try {
      if (!this.isStopped) {
        work();
      }
    } catch (thrown) {
      this.unsubscribe();
      this.downstream.error(thrown);
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
