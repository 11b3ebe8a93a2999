import { Observable, type Observer, Subscriber } from 'rxjs';
import type { CallOptions, CallStatus } from '../../client/call-options';
import type { Attempt } from '../../client/open';
import type { FakeProvider } from '../../testing/fake-provider';
import type { FakeShape } from '../../testing/shapes/shapes';
import type { SimulatedRequest } from '../simulate-config';
import type { Books, GuardName } from './books';

type Provider = FakeProvider<FakeShape>;
type Open = (signal: AbortSignal, attempt: Attempt) => Observable<unknown>;

const guardOf: { readonly [reason: string]: GuardName } = { permit: 'limiter', breaker: 'breaker', retry: 'retry' };

/** One call: opens its attempts, and writes into the books what becomes of it. */
export class SimulatedCall implements Observer<unknown> {
  readonly #begun: number;
  /** Attempts that run now. */
  #running = 0;
  #isSent = false;
  #hasValue = false;
  /** ms in which no attempt ran, until the last attempt began. */
  #waited = 0;
  #idleSince: number;
  /** Guards that held it up. */
  readonly #heldUp: GuardName[] = [];

  constructor(
    private readonly books: Books,
    private readonly now: () => number,
    private readonly request: SimulatedRequest,
  ) {
    this.#begun = now();
    this.#idleSince = this.#begun;
    books.arrived(this.#tenant);
  }

  get options(): CallOptions<never> {
    const { input, output, tokens = { input, output }, key, tenant, priority } = this.request;
    const options = { tokens, onStatus: (status: CallStatus) => this.#hear(status) };
    const wanted = { ...options, ...(key !== undefined && { key }), ...(priority !== undefined && { priority }) };
    return tenant === undefined ? wanted : ({ ...wanted, tenant } as CallOptions<never>);
  }

  openAt(provider: Provider): Open {
    return (_signal, attempt) =>
      new Observable<unknown>((destination) => {
        this.#begin();
        const asked = new AttemptSubscriber(destination, this.books, () => this.#end());
        asked.add(() => asked.end());
        provider.open(this.request, attempt).subscribe(asked);
        return asked;
      });
  }

  next(): void {
    if (!this.#hasValue) {
      this.#hasValue = true;
      this.books.firstToken.add(this.now() - this.#begun);
      this.books.recentWait.add(this.#waited);
    }
  }

  complete(): void {
    const { input, output } = this.request;
    this.#tellWait();
    this.books.answered(this.now() - this.#begun, input + output, this.#tenant);
  }

  error(error: unknown): void {
    this.#tellWait();
    const guard = this.books.failed(error);
    if (guard !== undefined) {
      this.#holdUp(guard);
    }
  }

  get #tenant(): string | undefined {
    const { tenant, key } = this.request;
    return tenant ?? (typeof key === 'string' ? key : undefined);
  }

  #hear(status: CallStatus): void {
    if (status.phase === 'waiting') {
      this.#holdUp(guardOf[status.for]!);
    }
  }

  #holdUp(guard: GuardName): void {
    if (!this.#heldUp.includes(guard)) {
      this.#heldUp.push(guard);
      this.books.heldUp[guard] += 1;
    }
  }

  #begin(): void {
    const now = this.now();
    this.books.sent(now, this.#running > 0 ? 'running' : this.#isSent ? 'failed' : 'nothing');
    this.#isSent = true;
    if (this.#running === 0) {
      this.#waited += now - this.#idleSince;
      this.books.running += 1;
    }
    this.#running += 1;
  }

  #end(): void {
    this.#running -= 1;
    if (this.#running === 0) {
      this.#idleSince = this.now();
      this.books.running -= 1;
    }
  }

  #tellWait(): void {
    if (this.#isSent) {
      this.books.waited(this.#waited, this.#tenant);
    }
  }
}

/** Hands an attempt on, and tells once that it has ended, before anybody begins the next one. */
class AttemptSubscriber extends Subscriber<unknown> {
  #isOver = false;

  constructor(
    private readonly receiver: Subscriber<unknown>,
    private readonly books: Books,
    private readonly ended: () => void,
  ) {
    super(receiver);
  }

  protected override _error(error: unknown): void {
    if ((error as { readonly status?: unknown }).status === 429) {
      this.books.sums.throttled += 1;
    }
    this.end();
    this.receiver.error(error);
  }

  protected override _complete(): void {
    this.end();
    this.receiver.complete();
  }

  end(): void {
    if (!this.#isOver) {
      this.#isOver = true;
      this.ended();
    }
  }
}
