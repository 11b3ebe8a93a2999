import { randomBytes } from 'node:crypto';
import type { Subscription } from 'rxjs';
import type { AvailabilityEvent } from '../internal/policy/policy';
import type { Clock } from '../internal/time/clock';
import { Timer } from '../internal/time/timer';
import { LimiterUnavailableError } from './limiter-unavailable-error';
import type { RunScript } from './redis-client';
import type { Script } from './script';
import type { SharedConfig } from './shared-config';
import type { SharedQuota } from './shared-quota';

/** A question that failed is sent again after so many ms, until its deadline: a reconnect is not an outage. */
const retryDelay = 100;
/** While Redis is away and a question hangs in the client, another one is asked after so many deadlines. */
const deadlinesUntilRetry = 10;

/** What becomes of a question: `answered` or `unavailable` is called, not both. */
export interface ReplyHandlers {
  answered?(reply: unknown): void;
  /** There was no answer before the deadline. */
  unavailable?(error: LimiterUnavailableError): void;
  /** The answer came after the deadline. */
  late?(reply: unknown): void;
}

interface Question {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly args: readonly string[];
  readonly handlers: ReplyHandlers;
  readonly deadline: number;
  /** Whether the client has it and has not answered. */
  isSent: boolean;
  error?: unknown;
  retry?: Subscription;
}

/**
 * How one policy asks Redis. Every question has a deadline, because a client may wait for a connection for ever. While
 * Redis is away, one question at a time finds out whether it is back.
 */
export class Link {
  /** Names this policy object in Redis. */
  readonly instance = randomBytes(9).toString('base64url');
  /** How long Redis may take to answer, in ms. */
  readonly deadline: number;
  #error: LimiterUnavailableError | undefined;
  /** In the order of their deadlines. */
  readonly #open = new Set<Question>();
  /** Questions past their deadline that the client has not answered. */
  #hanging = 0;
  #lastAsked = 0;
  readonly #timer: Timer;

  constructor(
    private readonly run: RunScript,
    private readonly clock: Clock,
    readonly quota: SharedQuota,
    private readonly config: SharedConfig,
    private readonly tell: (event: AvailabilityEvent) => void,
  ) {
    this.deadline = config.deadline ?? 1_000;
    this.#timer = new Timer(clock, 'last', () => this.#expire());
  }

  get isAway(): boolean {
    return this.#error !== undefined;
  }

  /** Whether no question is open. */
  get isIdle(): boolean {
    return this.#open.size === 0;
  }

  /** Present while Redis is away and another question finds out whether it is back: then it is no use to ask. */
  get outage(): LimiterUnavailableError | undefined {
    const hangs = this.#hanging > 0 && this.clock.now() < this.#lastAsked + deadlinesUntilRetry * this.deadline;
    return this.#open.size > 0 || hangs ? this.#error : undefined;
  }

  /** Runs a script on the quota. `mark` is one more key, for scripts that take one. */
  ask(script: Script, args: readonly string[], handlers: ReplyHandlers = {}, ...mark: readonly string[]): void {
    const { keys, header } = this.quota;
    this.#lastAsked = this.clock.now();
    const deadline = this.#lastAsked + this.deadline;
    const asked = { script, keys: [...keys, ...mark], args: [...header, ...args] };
    const question: Question = { ...asked, handlers, deadline, isSent: false };
    this.#open.add(question);
    this.#timer.set(deadline);
    this.#send(question);
  }

  #send(question: Question): void {
    question.isSent = true;
    this.run(question.script, question.keys, question.args).then(
      (reply) => this.#answered(question, reply),
      (error: unknown) => this.#failed(question, error),
    );
  }

  #answered(question: Question, reply: unknown): void {
    question.isSent = false;
    const isInTime = this.#open.delete(question);
    if (this.isAway) {
      this.#error = undefined;
      this.tell({ type: 'available' });
    }
    if (isInTime) {
      question.handlers.answered?.(reply);
    } else {
      this.#hanging -= 1;
      question.handlers.late?.(reply);
    }
    this.#setTimer();
  }

  #failed(question: Question, error: unknown): void {
    question.isSent = false;
    if (this.#open.has(question)) {
      question.error = error;
      question.retry = this.clock.after(retryDelay, () => this.#send(question));
    } else {
      this.#hanging -= 1;
    }
  }

  #expire(): void {
    const now = this.clock.now();
    for (const question of this.#open) {
      if (question.deadline > now) {
        break;
      }
      this.#giveUp(question);
    }
    this.#setTimer();
  }

  #giveUp(question: Question): void {
    this.#open.delete(question);
    question.retry?.unsubscribe();
    this.#hanging += question.isSent ? 1 : 0;
    const error = new LimiterUnavailableError({ key: this.config.key, deadline: this.deadline, cause: question.error });
    const wasThere = !this.isAway;
    this.#error = error;
    if (wasThere) {
      this.tell({ type: 'unavailable', error });
    }
    question.handlers.unavailable?.(error);
  }

  #setTimer(): void {
    const [first] = this.#open;
    this.#timer.set(first?.deadline ?? Number.POSITIVE_INFINITY);
  }
}
