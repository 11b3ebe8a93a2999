import type { Units } from '../../src/quota/limits';
import type { NaiveLimiter, NaivePermit } from './naive-limiter';

/** What a source does next. A value may report what was used so far; a broken one makes `usage` throw. */
export type Emission =
  | { readonly kind: 'value'; readonly tokens?: number | undefined }
  | { readonly kind: 'complete' | 'fail' | 'throttle' | 'headers' | 'broken' };

/** Headers that some errors carry. */
export const headers = {
  'x-ratelimit-limit-tokens': '12',
  'x-ratelimit-remaining-tokens': '3',
  'x-ratelimit-reset-tokens': '20ms',
};
/** For how long a throttling error asks to wait, in ms. */
export const hint = 7;

/** Where a consumer has had enough. */
export interface Cut {
  readonly by: 'take' | 'unsubscribe';
  readonly at: number;
}

export interface CallPlan {
  readonly cost: Units;
  readonly priority: number;
  readonly maxWait: number | undefined;
  /** What its source does synchronously when it is subscribed to. */
  readonly prefix: readonly Emission[];
  readonly cut: Cut | undefined;
  /** Whether the consumer calls again inside of `complete` and `error`. */
  readonly isRepeated: boolean;
}

/** A consumer. */
export interface Ear {
  value(): void;
  complete(): void;
  error(what: string): void;
}

/** A call through `rateLimit`, as the rules say it. */
export class NaiveCall {
  stage: 'new' | 'waiting' | 'open' | 'done' = 'new';
  subscribed = 0;
  pulled = 0;
  #permit: NaivePermit | undefined;
  #reported: number | undefined;
  #values = 0;
  #hasDelivered = false;
  #leave: () => void = () => {};

  constructor(
    private readonly limiter: NaiveLimiter,
    private readonly plan: CallPlan,
    private readonly ear: Ear,
  ) {}

  begin(): void {
    this.stage = 'waiting';
    this.limiter.acquire(
      this.plan.cost,
      { priority: this.plan.priority, retry: false, maxWait: this.plan.maxWait },
      {
        waits: () => {},
        completed: () => {},
        granted: (permit) => this.#open(permit),
        refused: (reason) => {
          this.stage = 'done';
          this.ear.error(reason);
        },
      },
      (leave) => {
        this.#leave = leave;
      },
    );
  }

  emit(emission: Emission): void {
    if (this.stage !== 'open') {
      return;
    }
    this.pulled += 1;
    switch (emission.kind) {
      case 'value':
        this.#value(emission.tokens);
        break;
      case 'broken':
        this.#hasDelivered = true;
        this.#end('error');
        this.ear.error('broken');
        break;
      case 'complete':
        this.#end('complete');
        this.ear.complete();
        break;
      default:
        this.stage = 'done';
        if (emission.kind === 'throttle') {
          this.limiter.pause(hint);
        } else if (emission.kind === 'headers') {
          this.limiter.sync({ tokens: { limit: 12, remaining: 3, resetMs: 20 } });
        }
        this.#end('error');
        this.ear.error(emission.kind);
    }
  }

  cancel(): void {
    if (this.stage === 'open') {
      this.#end('unsubscribe');
    } else {
      this.stage = 'done';
      this.#leave();
    }
  }

  #open(permit: NaivePermit): void {
    this.stage = 'open';
    this.subscribed += 1;
    this.#permit = permit;
    for (const emission of this.plan.prefix) {
      this.emit(emission);
    }
  }

  #value(tokens: number | undefined): void {
    this.#hasDelivered = true;
    this.#reported = tokens ?? this.#reported;
    this.#values += 1;
    this.ear.value();
    if (this.#values === this.plan.cut?.at && this.stage === 'open') {
      if (this.plan.cut.by === 'take') {
        this.ear.complete();
      }
      this.#end('unsubscribe');
    }
  }

  #end(ending: 'complete' | 'error' | 'unsubscribe'): void {
    this.stage = 'done';
    const { tokens: reserved } = this.plan.cost;
    if (ending === 'error' && !this.#hasDelivered) {
      this.#permit!.settle(reserved === undefined ? {} : { tokens: 0 });
    } else if (this.#reported === undefined) {
      this.#permit!.settle();
    } else {
      const tokens = ending === 'complete' ? this.#reported : Math.max(this.#reported, reserved ?? 0);
      this.#permit!.settle({ tokens });
    }
  }
}

export interface EachPlan {
  /** What its values cost, in tokens, each in turn. */
  readonly costs: readonly number[];
  readonly prefix: number;
  readonly maxBuffer: number;
  readonly cut: Cut | undefined;
}

export type EachEar = Omit<Ear, 'value'> & { value(value: number): void };

/** A stream through `rateLimitEach`, as the rules say it: its values are 0, 1, 2, … */
export class NaiveEach {
  isOpen = true;
  hasSource = true;
  #next = 0;
  #sent = 0;
  #buffer: number[] = [];
  #isAsking = false;
  #isClosed = false;
  #leave: () => void = () => {};

  constructor(
    private readonly limiter: NaiveLimiter,
    private readonly plan: EachPlan,
    private readonly ear: EachEar,
  ) {}

  begin(): void {
    for (let count = 0; count < this.plan.prefix; count += 1) {
      this.emit('value');
    }
  }

  emit(what: 'value' | 'complete' | 'fail'): void {
    if (!this.hasSource) {
      return;
    }
    if (what === 'value') {
      this.#buffer.push(this.#next);
      this.#next += 1;
      this.#send();
      if (this.#buffer.length > this.plan.maxBuffer && this.hasSource) {
        this.#stop();
        this.limiter.soon(() => {
          if (!this.#isClosed) {
            this.ear.error('queue-full');
          }
        });
      }
    } else if (what === 'complete') {
      this.hasSource = false;
      this.#completeWhenEmpty();
    } else {
      this.#stop();
      this.ear.error('fail');
    }
  }

  cancel(): void {
    this.#isClosed = true;
    this.#stop();
  }

  #send(): void {
    while (!this.#isAsking && this.#buffer.length > 0 && this.isOpen) {
      this.#isAsking = true;
      const tokens = this.plan.costs[this.#buffer[0]! % this.plan.costs.length]!;
      this.limiter.acquire(
        { requests: 1, tokens },
        { priority: 0, retry: false, maxWait: undefined },
        {
          waits: () => {},
          completed: () => {},
          granted: (permit) => this.#granted(permit),
          refused: (reason) => {
            this.#stop();
            this.ear.error(reason);
          },
        },
        (leave) => {
          this.#leave = leave;
        },
      );
    }
  }

  #granted(permit: NaivePermit): void {
    this.#isAsking = false;
    permit.settle();
    this.ear.value(this.#buffer.shift()!);
    this.#sent += 1;
    if (this.#sent === this.plan.cut?.at) {
      if (this.plan.cut.by === 'take') {
        this.ear.complete();
      }
      this.cancel();
    }
    this.#completeWhenEmpty();
    this.#send();
  }

  #completeWhenEmpty(): void {
    if (!this.hasSource && this.isOpen && this.#buffer.length === 0) {
      this.isOpen = false;
      this.ear.complete();
    }
  }

  #stop(): void {
    this.isOpen = false;
    this.hasSource = false;
    this.#leave();
  }
}
