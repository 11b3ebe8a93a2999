import type { Subscription } from 'rxjs';
import type { AvailabilityEvent } from '../internal/policy/policy';
import type { Clock } from '../internal/time/clock';
import { Timer } from '../internal/time/timer';
import { instanceName } from './instance-name';
import { isLasting, LimiterMisconfiguredError } from './limiter-misconfigured-error';
import { LimiterUnavailableError } from './limiter-unavailable-error';
import { Outage } from './outage';
import type { RunScript } from './redis-client';
import type { Script } from './script';
import type { SharedConfig } from './shared-config';
import type { SharedKeys } from './shared-quota';

/** A question that failed is sent again after so many ms, until its deadline: a reconnect is not an outage. */
const retryDelay = 100;
/** A deadline that is noticed so many ms too late was missed by this process: the answer gets as much time again. */
const busyAfter = 20;
const graceOfBusy = 100;

/** So many questions are asked again after an outage because their answers were lost. */
const mostLost = 100;

/** Why there is no answer. */
export type NoAnswer = LimiterUnavailableError | LimiterMisconfiguredError;

/** What becomes of a question: `answered` or `unavailable` is called, not both. */
export interface ReplyHandlers {
  answered?(reply: unknown): void;
  /** There was no answer before the deadline, or none that makes sense. */
  unavailable?(error: NoAnswer): void;
  /** The answer came after the deadline. If it was lost, the question is asked again to hear it. */
  late?(reply: unknown): void;
}

interface Question {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly args: readonly string[];
  readonly handlers: ReplyHandlers;
  deadline: number;
  /** Whether the client has it and has not answered. */
  isSent: boolean;
  /** Whether the last error was what makes the question right: twice in a row that is an error like others. */
  isTold?: boolean;
  /** Whether it got more time because the process was busy. */
  isExtended: boolean;
  error?: unknown;
  retry?: Subscription;
}

/**
 * How one policy asks Redis. Every question has a deadline, because a client may wait for a connection for ever. While
 * Redis is away, one question at a time in the background finds out whether it is back.
 */
export class Link {
  /** Names this policy object in Redis. */
  readonly instance = instanceName();
  /** How long Redis may take to answer, in ms. */
  readonly deadline: number;
  readonly #outage: Outage;
  /** In the order of their deadlines. */
  readonly #open = new Set<Question>();
  /** Questions past their deadline that the client has not answered. */
  #hanging = 0;
  /** Questions whose late answers were lost on the way. */
  #lost: Question[] = [];
  readonly #timer: Timer;
  #beforeAsking: (() => void) | undefined = undefined;

  constructor(
    private readonly run: RunScript,
    private readonly clock: Clock,
    readonly quota: SharedKeys,
    private readonly config: SharedConfig,
    private readonly tell: (event: AvailabilityEvent) => void,
  ) {
    this.deadline = config.deadline ?? 1_000;
    this.#timer = new Timer(clock, 'last', () => this.#expire());
    this.#outage = new Outage(clock, this.deadline, () => this.#probe());
  }

  get isAway(): boolean {
    return this.#outage.error !== undefined;
  }

  /** Whether no question is open. */
  get isIdle(): boolean {
    return this.#open.size === 0;
  }

  /** While Redis is away: the error for a call. The call that asks for it first after a silence is to ask Redis itself. */
  get outage(): LimiterUnavailableError | undefined {
    return this.#outage.errorForCall(this.#open.size > 0, this.#hanging > 0);
  }

  /** `work` is done each time that Redis answers again; `isWaiting` says whether it is asked for until then. */
  whenBack(isWaiting: () => boolean, work: () => void): void {
    this.#outage.whenBack(isWaiting, work);
  }

  /** `work` is done before each question. */
  beforeAsking(work: () => void): void {
    this.#beforeAsking = work;
  }

  /** Runs a script on the quota. `mark` is one more key, for scripts that take one. */
  ask(script: Script, args: readonly string[], handlers: ReplyHandlers = {}, ...mark: readonly string[]): void {
    this.#beforeAsking?.();
    const keys = [...this.quota.keys, ...mark];
    this.#begin({ script, keys, args, handlers, deadline: 0, isSent: false, isExtended: false });
  }

  #begin(question: Question): void {
    const now = this.clock.now();
    this.#outage.asked(now);
    question.deadline = now + this.deadline;
    this.#open.add(question);
    this.#timer.set(question.deadline);
    this.#send(question);
  }

  #probe(): void {
    if (this.#open.size === 0) {
      this.ask(this.quota.probe, []);
    }
  }

  #send(question: Question): void {
    question.isSent = true;
    this.run(question.script, question.keys, [...this.quota.header, ...question.args]).then(
      (reply) => this.#answered(question, reply),
      (error: unknown) => this.#failed(question, error),
    );
  }

  #answered(question: Question, reply: unknown): void {
    question.isSent = false;
    const isInTime = this.#open.delete(question);
    this.#hanging -= isInTime ? 0 : 1;
    this.#isBack();
    if (isInTime) {
      question.handlers.answered?.(reply);
    } else {
      question.handlers.late?.(reply);
    }
    this.#setTimer();
  }

  #failed(question: Question, error: unknown): void {
    question.isSent = false;
    const isOpen = this.#open.has(question);
    this.#hanging -= isOpen ? 0 : 1;
    const wasTold = question.isTold;
    question.isTold = isOpen && !wasTold && this.quota.learn?.(error) === true;
    if (question.isTold) {
      this.#send(question);
    } else if (isLasting(error)) {
      this.#open.delete(question);
      this.#isBack();
      if (isOpen) {
        const { key, name: policyName } = this.config;
        question.handlers.unavailable?.(new LimiterMisconfiguredError({ key, cause: error, policyName }));
      }
      this.#setTimer();
    } else if (isOpen) {
      question.error = error;
      question.retry = this.clock.after(retryDelay, () => this.#send(question));
    } else {
      this.#lose(question);
      this.#outage.plan(this.#hanging > 0); // a client that held on to a question has let it go: it may be connected again
    }
  }

  /** Redis has answered: first it is asked once more what it said that was never heard. */
  #isBack(): void {
    if (this.isAway) {
      this.#outage.end();
      const lost = this.#lost;
      this.#lost = [];
      for (const question of lost) {
        this.#askAgain(question);
      }
      this.tell({ type: 'available' });
      this.#outage.isBack();
    }
  }

  #lose(question: Question): void {
    if (!this.isAway) {
      this.#askAgain(question);
    } else if (question.handlers.late !== undefined && this.#lost.length < mostLost) {
      this.#lost.push(question);
    }
  }

  /** Scripts that grant something say again what they said. */
  #askAgain({ handlers: { late }, ...question }: Question): void {
    if (late !== undefined) {
      this.#begin({ ...question, handlers: { answered: late, late }, isExtended: false });
    }
  }

  #expire(): void {
    const now = this.clock.now();
    const due = [...this.#open].filter(({ deadline }) => deadline <= now);
    for (const question of due) {
      if (now - question.deadline > busyAfter && !question.isExtended) {
        question.isExtended = true;
        question.deadline = now + graceOfBusy;
      } else {
        this.#giveUp(question);
      }
    }
    this.#outage.plan(this.#hanging > 0);
    this.#setTimer();
  }

  #giveUp(question: Question): void {
    this.#open.delete(question);
    question.retry?.unsubscribe();
    this.#hanging += question.isSent ? 1 : 0;
    const { key, name: policyName } = this.config;
    const { error: cause } = question;
    const error = new LimiterUnavailableError({ key, deadline: this.deadline, cause, policyName });
    if (this.#outage.begin(error)) {
      this.tell({ type: 'unavailable', error });
    }
    if (!question.isSent) {
      this.#lose(question);
    }
    question.handlers.unavailable?.(error);
  }

  #setTimer(): void {
    let first = Number.POSITIVE_INFINITY;
    for (const { deadline, isExtended } of this.#open) {
      first = Math.min(first, deadline);
      if (!isExtended) {
        break; // those behind were asked later
      }
    }
    this.#timer.set(first);
  }
}
