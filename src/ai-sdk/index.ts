/**
 * Guards for the language models of the Vercel AI SDK.
 *
 * @module rxjs-resilience/ai-sdk
 */
export type { GuardingClient, MiddlewareArguments, MiddlewareOptions, ModelCall } from './middleware-options';
export type { GuardedModel, ModelParams, ResilientMiddleware, StreamResult } from './model';
export { resilientMiddleware } from './resilient-middleware';
