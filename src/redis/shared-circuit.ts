import type { AvailabilityEvent } from '../internal/policy/policy';
import type { Clock } from '../internal/time/clock';
import { Timer } from '../internal/time/timer';
import { Link, type NoAnswer } from './link';
import { circuit } from './lua/circuit';
import { type News, readNews } from './news';
import type { RunScript } from './redis-client';
import type { SharedConfig } from './shared-config';
import { tagged } from './tagged';

/** What is known decides for so many ms: a second less what messages take. Redis is asked again sooner, so that it answers in time. */
const longestKnown = 900;
const lookAgain = 800;

/** What this process has decided, and tells all others. */
export interface Decision {
  readonly kind: 'open' | 'reopen' | 'close' | 'reset' | 'give';
  /** Until when it is open, on this process's clock. */
  readonly until?: number;
  readonly openings?: number;
  readonly reason?: string;
}

interface Untold extends Decision {
  /** It counts once, however often it is sent. */
  readonly number: string;
}

/** The breaker of this process, as the conversation sees it. */
export interface SharedCircuitListener {
  /** How long it wants to hold the probe, in ms; undefined if it does not want it. */
  readonly wantedLease: number | undefined;
  /** Whether something waits for what Redis says, so that it is asked also while no calls are made. */
  readonly isAwaited: boolean;
  heard(news: News): void;
  unheard(error: NoAnswer): void;
  availability(event: AvailabilityEvent): void;
}

/** The conversation of a process with Redis about a breaker: one question at a time, what is to be told goes first. */
export class SharedCircuit {
  readonly link: Link;
  /** The epoch of which this process knows; empty if it has not heard of any yet. */
  known = '';
  #heardAt: number | undefined;
  /** When Redis is to be asked next. */
  #due = Number.NEGATIVE_INFINITY;
  #isAsking = false;
  #untold: Untold | undefined;
  #decisions = 0;
  /** Whether what is to be told was decided, or could not be told, while Redis was away. */
  #isAlone = false;
  readonly #timer: Timer;

  constructor(
    run: RunScript,
    private readonly clock: Clock,
    config: SharedConfig,
    private readonly listener: SharedCircuitListener,
  ) {
    const keys = [`${tagged(config.key)}:breaker:2`];
    const shared = { keys, header: [], probe: circuit };
    this.link = new Link(run, clock, shared, config, (event) => listener.availability(event));
    this.link.whenBack(
      () => this.#untold !== undefined || listener.isAwaited,
      () => this.ask(),
    );
    this.#timer = new Timer(clock, 'first', () => this.proceed());
  }

  /** Whether Redis knows what this process has decided. */
  get isDone(): boolean {
    return this.#untold === undefined && this.link.isIdle;
  }

  /** Whether what this process knows is too old to decide by it. While Redis is away, it decides alone. */
  get isStale(): boolean {
    return !this.link.isAway && (this.#heardAt === undefined || this.clock.now() - this.#heardAt > longestKnown);
  }

  /** In how many ms Redis is asked again; 0 while it is being asked. */
  get nextLook(): number {
    return this.#isAsking ? 0 : Math.max(0, this.#due - this.clock.now());
  }

  /** Tells others. What was decided before, and is not told yet, is out of date. */
  tell(decision: Decision): void {
    this.#decisions += 1;
    this.#untold = { ...decision, number: `${this.link.instance}:${this.#decisions}` };
    this.#isAlone = this.link.isAway || this.#heardAt === undefined;
    this.ask();
  }

  /** Asks at once, or after the answer that is under way. */
  ask(): void {
    this.askAfter(0);
    this.proceed();
  }

  /** Asks when so many ms have passed, if it was to be later; `proceed` has to be called after that. */
  askAfter(ms: number): void {
    this.#due = Math.min(this.#due, this.clock.now() + ms);
  }

  /** A call is made, or time has passed: asks if it is time to. */
  proceed(): void {
    if (!this.#isAsking && this.#isTime) {
      this.#ask();
    }
    const isNext = !this.#isAsking && !this.link.isAway && this.listener.isAwaited;
    this.#timer.set(isNext ? this.#due : Number.POSITIVE_INFINITY);
  }

  /** While Redis is away, calls keep it being asked for by the link. The first one after a silence asks itself. */
  get #isTime(): boolean {
    return this.link.isAway ? this.link.outage === undefined : this.clock.now() >= this.#due;
  }

  #ask(): void {
    const askedAt = this.clock.now();
    const decision = this.#untold;
    const lease = decision === undefined ? this.listener.wantedLease : undefined;
    this.#isAsking = true;
    this.#due = askedAt + lookAgain;
    this.link.ask(circuit, decision === undefined ? this.#lookFor(lease) : this.#argsOf(decision, askedAt), {
      answered: (reply) => this.#answered(readNews(reply as unknown[], askedAt, lease), decision),
      unavailable: (error) => {
        this.#isAsking = false;
        this.#isAlone = true;
        this.listener.unheard(error);
      },
    });
  }

  #lookFor(lease: number | undefined): string[] {
    return [lease === undefined ? 'look' : 'probe', this.known, this.link.instance, String(lease ?? 0), ''];
  }

  #argsOf({ kind, number, until = 0, openings = 0, reason = '' }: Untold, now: number): string[] {
    const length = Math.max(0, Math.ceil(until - now));
    const told = [number, this.#isAlone ? '1' : '0', String(length), String(openings), reason];
    return [kind, this.known, this.link.instance, '0', ...told];
  }

  #answered(news: News, decision: Untold | undefined): void {
    this.#isAsking = false;
    this.#heardAt = news.askedAt;
    if (this.#untold === decision) {
      this.#untold = undefined;
      this.#isAlone = false;
      this.listener.heard(news);
    } else {
      // What was decided meanwhile is newer than the answer; it follows on what was told, if that counts.
      this.known = news.counts ? news.epoch : this.known;
      this.ask();
    }
  }
}
