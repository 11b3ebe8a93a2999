import type { Observable, Subscription } from 'rxjs';
import { decided } from './decided';
import type { StreamResult } from './model';

/** What a model gave for an attempt: beside the stream it tells of its request and its response. */
export interface Opened<R> {
  readonly result: R;
  /** Aborted if the attempt has failed, or another one was faster. */
  readonly signal: AbortSignal;
}

/**
 * Gives what a guarded call delivers as the result of `doStream`. That is told when the first part comes, so that it tells
 * of the attempt that answered. An error before rejects; a later one is a part of the stream, as the AI SDK has it.
 */
export class ResultStream<R extends StreamResult<unknown>> {
  readonly result: Promise<R>;
  private resolve!: (result: R) => void;
  private reject!: (error: unknown) => void;
  private controller!: ReadableStreamDefaultController<unknown>;
  private subscription: Subscription | undefined;
  private hasBegun = false;

  constructor(
    /** For each attempt so far. */
    private readonly opened: readonly Opened<R>[],
    private readonly signal: AbortSignal | undefined,
  ) {
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  read(parts: Observable<unknown>): Promise<R> {
    const stream = new ReadableStream<unknown>({
      start: (controller) => {
        this.controller = controller;
      },
      cancel: () => this.subscription?.unsubscribe(),
    });
    this.subscription = parts.subscribe({
      next: (part) => {
        this.begin(stream);
        this.controller.enqueue(part);
      },
      error: (error) => this.fail(error),
      complete: () => {
        this.begin(stream);
        this.controller.close();
      },
    });
    return this.result;
  }

  private begin(stream: ReadableStream<unknown>): void {
    if (!this.hasBegun) {
      this.hasBegun = true;
      const answering = this.opened.filter(({ signal }) => !signal.aborted).at(-1) ?? this.opened.at(-1);
      this.resolve({ ...answering?.result, stream } as R);
    }
  }

  private fail(error: unknown): void {
    if (!this.hasBegun) {
      this.reject(decided(error));
    } else if (this.signal?.aborted) {
      this.controller.error(error);
    } else {
      this.controller.enqueue({ type: 'error', error: decided(error) });
      this.controller.close();
    }
  }
}
