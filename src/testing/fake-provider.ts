import { Observable, type Subscriber } from 'rxjs';
import { Answering, type Sink } from './answering';
import { FakeCore, type FakeHeaders } from './fake-core';
import type { FakeProviderConfig } from './fake-provider-config';
import type { FakeProviderError } from './fake-provider-error';
import type { FakeRequest } from './fake-request';
import type { FakeServer } from './fake-server';
import { brokenChunk, brokenConnection } from './faults';
import { type FakeRequestHandler, handlerOf } from './handler';
import type { FakeChunk, FakeShape } from './shapes/shapes';

/**
 * A provider that is made up, see {@link fakeProvider}.
 *
 * @category Fakes
 */
export interface FakeProvider<S extends FakeShape> {
  /**
   * An answer in chunks of the provider's shape. Each subscription is a request: it is let in or refused then, and
   * unsubscribing aborts it. It errors with a `FakeProviderError` where the provider would answer with an HTTP status.
   *
   * @param request how large it is, or the body of a request. Default: no input, 50 tokens of output.
   * @param attempt what hears the headers of the response, if there are any: what a client hands to `open`.
   */
  open(
    request?: FakeRequest | object,
    attempt?: { sync?(headers: { readonly [name: string]: string }): void },
  ): Observable<FakeChunk<S>>;
  /**
   * The same provider over HTTP, for `http.createServer` of Node: its paths, its server-sent events, its errors and
   * headers, also for requests without streaming. In real time only.
   */
  readonly handler: FakeRequestHandler;
  /** What it has seen until now. */
  readonly server: FakeServer;
}

/**
 * A provider that is made up, for tests and simulations: it answers in the chunks of OpenAI, Anthropic or Gemini at its
 * speed, enforces limits with that provider's 429 and headers, and fails as it is told to. In virtual time an hour takes
 * no time, and every run is the same.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Fakes
 *
 * @example
 * ```ts
 * import { map } from 'rxjs';
 * import { ResilientClient, textOf } from 'rxjs-resilience';
 * import { fakeProvider, fixedWindow, VirtualScheduler } from 'rxjs-resilience/testing';
 *
 * const scheduler = new VirtualScheduler();
 * const provider = fakeProvider({ limits: fixedWindow({ limit: 1, window: 60_000 }), scheduler });
 * const client = new ResilientClient({ retryBackoff: { jitter: 'none' }, scheduler });
 *
 * for (const name of ['first', 'second']) {
 *   client
 *     .call((_signal, attempt) => provider.open({ input: 10, output: 2 }, attempt))
 *     .pipe(map(textOf))
 *     .subscribe({ complete: () => console.log(`${name} after ${scheduler.now()} ms`) });
 * }
 * scheduler.flush();
 * console.log(provider.server.requests, provider.server.refused);
 * // -> first after 220 ms
 * // -> second after 60270 ms
 * // -> 3 1
 * ```
 */
export function fakeProvider<S extends FakeShape = 'openai'>(config: FakeProviderConfig<S> = {}): FakeProvider<S> {
  const core = new FakeCore<FakeChunk<S>>(config);
  return {
    open: (request = {}, attempt) =>
      new Observable((subscriber) => {
        const answering = new Answering(core, new SubscriberSink(subscriber, attempt), request);
        subscriber.add(() => answering.leave());
        answering.start();
      }),
    handler: handlerOf(core),
    server: core.books,
  };
}

/** Tells an answer to its subscriber. */
class SubscriberSink<C> implements Sink<C> {
  readonly begin?: (headers: FakeHeaders) => void;

  constructor(
    private readonly subscriber: Subscriber<C>,
    attempt: { sync?(headers: FakeHeaders): void } | undefined,
  ) {
    if (attempt?.sync !== undefined) {
      this.begin = (headers) => {
        // Without hints there is nothing to hear, and reading nothing costs as much as reading all.
        if (Object.keys(headers).length > 0) {
          attempt.sync!(headers);
        }
      };
    }
  }

  chunk(chunk: C): void {
    this.subscriber.next(chunk);
  }

  end(): void {
    this.subscriber.complete();
  }

  failInside(chunk: C): void {
    this.subscriber.next(chunk);
    this.subscriber.complete();
  }

  refuse(error: FakeProviderError): void {
    this.subscriber.error(error);
  }

  cut(): void {
    this.subscriber.error(brokenConnection());
  }

  garble(): void {
    this.subscriber.error(brokenChunk());
  }
}
