import { takeUntil } from 'rxjs';
import { AbortListeners } from '../client/abort-listeners';
import type { CallOptions } from '../client/call-options';
import type { Attempt } from '../client/open';
import type { ResilientClient } from '../client/resilient-client';
import type { ResilientClientConfig } from '../client/resilient-client-config';
import { filledIn, Options } from '../internal/options';
import { failureOf, isFinalChunk, ProviderFailureError } from '../provider';
import { read } from '../provider/read';
import { isPromiseLike } from '../stream/opened';
import { decided } from './decided';
import { estimateParams } from './estimate-params';
import { checkOptions, type GuardingClient, type MiddlewareArguments, type ModelCall } from './middleware-options';
import type { CalledModel, ResilientMiddleware, StreamResult } from './model';
import { type Opened, ResultStream } from './result-stream';

/**
 * A middleware for `wrapLanguageModel` of the AI SDK 6 and 7: every call of a model, of `streamText`, `generateText`, `Output`,
 * tools and agents, passes all guards of a client. In a tool loop each step is a call.
 *
 * - An error inside a stream is a failure: it is retried, and the breaker counts it. Parts before the first content are
 *   held back, so that nothing is given twice. What fails after content is told by an `error` part.
 * - Cancelling the stream, or aborting `abortSignal`, stops the request, and ends a wait.
 * - What the answer has used settles budget and limiter. Headers of the response correct the limiter.
 * - The client retries alone: an error that it gives up with has `isRetryable: false` for the AI SDK.
 *
 * @param client The client, of whose policies all models that it guards take.
 * @param options Options of each call, or a function that is given the call: its `type`, `params` and `model`.
 * @throws TypeError that names the option and shows the value. Of a function, the call fails with it.
 * @category AI SDK
 *
 * @example
 * ```ts
 * import { openai } from '@ai-sdk/openai';
 * import { streamText, wrapLanguageModel } from 'ai';
 * import { perMinute, ResilientClient } from 'rxjs-resilience';
 * import { resilientMiddleware } from 'rxjs-resilience/ai-sdk';
 *
 * const client = new ResilientClient({ retryBackoff: {}, rateLimit: { limits: perMinute(500) }, circuitBreak: {} });
 * const model = wrapLanguageModel({ model: openai.chat('gpt-4.1-mini'), middleware: resilientMiddleware(client) });
 *
 * for await (const text of streamText({ model, prompt: 'Say hello.' }).textStream) {
 *   process.stdout.write(text);
 * }
 * // -> Hello from the provider.
 * ```
 */
export function resilientMiddleware<C extends ResilientClientConfig, L, B, K, Key>(
  client: ResilientClient<C, L, B, K, Key>,
  ...[options = {}]: MiddlewareArguments<Key>
): ResilientMiddleware {
  new Options('resilientMiddleware', { client }, ['client'])
    .required('client')
    .having('client', 'call', 'a ResilientClient')
    .having('client', 'run', 'a ResilientClient');
  if (typeof options !== 'function') {
    checkOptions(options);
  }
  return new Middleware(client as unknown as GuardingClient, options as Chosen);
}

type Chosen = CallOptions<unknown> | ((call: ModelCall) => CallOptions<unknown>);

class Middleware implements ResilientMiddleware {
  readonly specificationVersion = 'v3';
  private readonly aborts = new AbortListeners();
  /** Not bound otherwise: the SDK takes them apart from the object. */
  readonly wrapGenerate: ResilientMiddleware['wrapGenerate'];
  readonly wrapStream: ResilientMiddleware['wrapStream'];

  constructor(
    private readonly client: GuardingClient,
    private readonly options: Chosen,
  ) {
    this.wrapGenerate = ({ params, model }) => this.generate({ type: 'generate', params, model });
    this.wrapStream = ({ params, model }) => this.stream({ type: 'stream', params, model });
  }

  private async generate<R>(call: ModelCall): Promise<R> {
    const model = call.model as unknown as CalledModel<R>;
    const open = async (signal: AbortSignal, attempt: Attempt) => {
      const result = await model.doGenerate({ ...call.params, abortSignal: signal });
      sync(result, attempt);
      return result;
    };
    const { validate, ...options } = this.optionsOf(call);
    try {
      return (await this.client.run(open, {
        failure: failureOfResult,
        ...options,
        isFinal: () => true,
        isContent: hasContent,
        ...(validate === undefined ? {} : { validate: withoutResult(validate) }),
        signal: call.params.abortSignal,
      })) as R;
    } catch (error) {
      throw decided(error);
    }
  }

  private async stream<R extends StreamResult<unknown>>(call: ModelCall): Promise<R> {
    const model = call.model as unknown as CalledModel<R>;
    const { abortSignal } = call.params;
    const opened: Opened<R>[] = [];
    const open = async (signal: AbortSignal, attempt: Attempt) => {
      const result = await model.doStream({ ...call.params, abortSignal: signal });
      opened.push({ result, signal });
      sync(result, attempt);
      return result.stream;
    };
    const parts = this.client.call(open, { isFinal: isFinalChunk, ...this.optionsOf(call) });
    const stoppable = abortSignal === undefined ? parts : parts.pipe(takeUntil(this.aborts.of(abortSignal)));
    return new ResultStream(opened, abortSignal).read(stoppable);
  }

  private optionsOf(call: ModelCall): CallOptions<unknown> {
    const chosen = typeof this.options === 'function' ? this.options(call) : this.options;
    checkOptions(chosen);
    const { provider, modelId } = call.model;
    const usual = {
      ...(chosen.tokens === undefined ? { tokens: estimateParams(call.params) } : {}),
      meta: { operation: 'chat', provider: provider.split('.', 1)[0], model: modelId },
    };
    return { ...filledIn(chosen, usual), afterValues: 'error' };
  }
}

/** Hands on what the provider says of its limits. */
function sync(result: unknown, attempt: Attempt): void {
  const headers = read(read(result, 'response'), 'headers');
  if (headers !== undefined) {
    attempt.sync(headers as Parameters<Attempt['sync']>[0]);
  }
}

function reasonOf(result: unknown): unknown {
  const reason = read(result, 'finishReason');
  return read(reason, 'unified') ?? reason;
}

function failureOfResult(result: unknown): unknown {
  return reasonOf(result) === 'error' ? new ProviderFailureError({ value: result }) : failureOf(result);
}

/** An answer that stopped for no reason before it said anything has failed. */
function hasContent(result: unknown): boolean {
  const content = read(result, 'content');
  return !Array.isArray(content) || content.length > 0 || reasonOf(result) !== 'stop';
}

/** The result of the model is what the AI SDK must be given, whatever `validate` makes of it. */
function withoutResult(
  validate: NonNullable<CallOptions<unknown>['validate']>,
): (values: readonly unknown[]) => unknown {
  return (values) => {
    const validated = validate(values);
    return isPromiseLike(validated) ? validated.then(() => undefined) : undefined;
  };
}
