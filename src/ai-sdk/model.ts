/**
 * What the middleware reads of the parameters of a call of a language model.
 *
 * @category AI SDK
 */
export interface ModelParams {
  /** The messages. */
  readonly prompt: unknown;
  /** The most tokens that the answer may have. */
  readonly maxOutputTokens?: number | undefined;
  /** What the model may call. */
  readonly tools?: readonly unknown[] | undefined;
  /** The schema of the answer. */
  readonly responseFormat?: object | undefined;
  /** Aborting it cancels the call. */
  readonly abortSignal?: AbortSignal | undefined;
}

/**
 * What the middleware needs of a language model.
 *
 * @category AI SDK
 */
export interface GuardedModel {
  /** The name of the provider, such as `openai.chat`. */
  readonly provider: string;
  /** The name of the model. */
  readonly modelId: string;
  /** Asks for a whole answer. */
  doGenerate(params: never): PromiseLike<unknown>;
  /** Asks for an answer in parts. */
  doStream(params: never): PromiseLike<StreamResult<unknown>>;
}

/**
 * What a model gives for a stream.
 *
 * @category AI SDK
 */
export interface StreamResult<Part> {
  /** The answer in parts. */
  readonly stream: ReadableStream<Part>;
  /** What is told of the response. */
  readonly response?:
    | {
        /** Its headers, which may tell of limits. */
        readonly headers?: unknown;
      }
    | undefined;
}

/**
 * A middleware for `wrapLanguageModel` of the AI SDK, by structure: nothing of the SDK is imported.
 *
 * @category AI SDK
 */
export interface ResilientMiddleware {
  /** The version of the interface that it is made for. */
  readonly specificationVersion: 'v3';
  /** Guards `doGenerate` of a model. */
  wrapGenerate<R>(call: {
    readonly doGenerate: () => PromiseLike<R>;
    readonly params: ModelParams;
    readonly model: GuardedModel;
  }): Promise<R>;
  /** Guards `doStream` of a model. */
  wrapStream<R extends StreamResult<unknown>>(call: {
    readonly doStream: () => PromiseLike<R>;
    readonly params: ModelParams;
    readonly model: GuardedModel;
  }): Promise<R>;
}

/** A model as it is called: with the parameters of the call, and the signal of one attempt. */
export interface CalledModel<R> {
  doGenerate(params: ModelParams): PromiseLike<R>;
  doStream(params: ModelParams): PromiseLike<R>;
}
