import type { Subscription } from 'rxjs';
import type { Clock } from '../internal/time/clock';
import { Timer } from '../internal/time/timer';
import { LimiterUnavailableError } from './limiter-unavailable-error';
import type { RunScript } from './redis-client';
import type { Script } from './script';

/** A command that failed is sent again after so many ms, until its deadline: a reconnect is nothing to hear of. */
const again = 100;
/** While Redis is away and a command hangs in the client, another one is tried after so many deadlines. */
const patience = 10;

/** What becomes of a question: the first two exclude each other. */
export interface Hearing {
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
  readonly hearing: Hearing;
  readonly deadline: number;
  /** Whether the client is still at it. */
  isSent: boolean;
  error?: unknown;
  retry?: Subscription;
}

/** What the owner of a link wants to hear. */
export interface LinkListener {
  away(error: LimiterUnavailableError): void;
  back(): void;
}

/**
 * The way to Redis: every question has a deadline, for a client may wait for a connection for ever. While Redis is away
 * there is one question at a time, which finds out whether it is back.
 */
export class Link {
  #away: LimiterUnavailableError | undefined;
  /** In the order of their deadlines. */
  readonly #open = new Set<Question>();
  /** Questions past their deadline that the client still has. */
  #hanging = 0;
  #lastAsked = 0;
  readonly #timer: Timer;

  constructor(
    private readonly run: RunScript,
    private readonly clock: Clock,
    private readonly key: string,
    private readonly deadline: number,
    private readonly listener: LinkListener,
  ) {
    this.#timer = new Timer(clock, 'last', () => this.#expire());
  }

  get isAway(): boolean {
    return this.#away !== undefined;
  }

  /** Whether nothing is asked. */
  get isIdle(): boolean {
    return this.#open.size === 0;
  }

  /** Why it is no use to ask now, if it is not. */
  get objection(): LimiterUnavailableError | undefined {
    const hangs = this.#hanging > 0 && this.clock.now() < this.#lastAsked + patience * this.deadline;
    return this.#open.size > 0 || hangs ? this.#away : undefined;
  }

  ask(script: Script, keys: readonly string[], args: readonly string[], hearing: Hearing): void {
    this.#lastAsked = this.clock.now();
    const question: Question = {
      ...{ script, keys, args, hearing },
      deadline: this.#lastAsked + this.deadline,
      isSent: false,
    };
    this.#open.add(question);
    this.#timer.set(question.deadline);
    this.#send(question);
  }

  #send(question: Question): void {
    question.isSent = true;
    const { script, keys, args } = question;
    this.run(script, keys, args).then(
      (reply) => {
        question.isSent = false;
        try {
          script.check(reply);
        } catch (error) {
          this.#failed(question, error);
          return;
        }
        this.#answered(question, reply);
      },
      (error: unknown) => {
        question.isSent = false;
        this.#failed(question, error);
      },
    );
  }

  #answered(question: Question, reply: unknown): void {
    const isInTime = this.#open.delete(question);
    if (this.#away !== undefined) {
      this.#away = undefined;
      this.listener.back();
    }
    if (isInTime) {
      question.hearing.answered?.(reply);
    } else {
      this.#hanging -= 1;
      question.hearing.late?.(reply);
    }
    this.#rest();
  }

  #failed(question: Question, error: unknown): void {
    if (this.#open.has(question)) {
      question.error = error;
      question.retry = this.clock.after(again, () => this.#send(question));
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
    this.#rest();
  }

  #giveUp(question: Question): void {
    const { deadline, key } = this;
    this.#open.delete(question);
    question.retry?.unsubscribe();
    this.#hanging += question.isSent ? 1 : 0;
    const error = new LimiterUnavailableError({ key, deadline, cause: question.error });
    const wasThere = this.#away === undefined;
    this.#away = error;
    if (wasThere) {
      this.listener.away(error);
    }
    question.hearing.unavailable?.(error);
  }

  #rest(): void {
    const [first] = this.#open;
    this.#timer.set(first === undefined ? Number.POSITIVE_INFINITY : first.deadline);
  }
}
