import type { Observable } from 'rxjs';
import type { CallOptions } from '../client/call-options';
import type { Open } from '../client/open';
import { show } from '../internal/options';
import type { GuardedModel, ModelParams } from './model';

/**
 * A call of a language model, for which the options of the middleware can be chosen.
 *
 * @category AI SDK
 */
export interface ModelCall {
  /** Whether the whole answer is asked for at once, or in parts. */
  readonly type: 'generate' | 'stream';
  /** What is asked. */
  readonly params: ModelParams;
  /** Who is asked. */
  readonly model: GuardedModel;
}

/**
 * What calls through the middleware want: the options of a call of a `ResilientClient`. What is left out:
 * `tokens` are estimated from the parameters, with 512 of output where those set no maximum;
 * `isFinal` is `isFinalChunk`; `meta` is `{ operation: 'chat', provider, model }`, which `observe` of `/opentelemetry` reads.
 *
 * `isFinal` and `isContent` are for the parts of streams. `afterValues` is `'error'`, because the AI SDK cannot take back
 * what it was given.
 *
 * @category AI SDK
 */
export type MiddlewareOptions = CallOptions<unknown>;

/**
 * The options of the middleware, or what chooses them for each call. A client with policies by key needs the `key`.
 *
 * @category AI SDK
 */
export type MiddlewareArguments<Key> =
  Pick<CallOptions<never>, 'key'> extends Key
    ? [options?: MiddlewareOptions | ((call: ModelCall) => MiddlewareOptions)]
    : [options: (MiddlewareOptions & Key) | ((call: ModelCall) => MiddlewareOptions & Key)];

/** What the middleware asks of a client. */
export interface GuardingClient {
  /** A call in parts. */
  call(open: Open<unknown>, options: CallOptions<unknown>): Observable<unknown>;
  /** A call as a promise. */
  run(
    open: Open<unknown>,
    options: CallOptions<unknown> & { readonly signal?: AbortSignal | undefined },
  ): Promise<unknown>;
}

/** Throws an error that names the option and shows the value. */
export function checkOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(
      `resilientMiddleware: options must be an object or a function that returns one, got ${show(options)}`,
    );
  }
  const { afterValues } = options as MiddlewareOptions;
  if (afterValues !== undefined && afterValues !== 'error') {
    throw new TypeError(
      `resilientMiddleware: afterValues must be 'error', because the AI SDK cannot take back what it was given, ` +
        `got ${show(afterValues)}`,
    );
  }
}
