/**
 * A provider that is made up, faults for any source, and virtual time, for tests and simulations.
 *
 * @module rxjs-resilience/testing
 */
export { type ChaosConfig, chaos } from './chaos';
export {
  type FakeDimension,
  type FakeLimit,
  type FakeLimits,
  type FixedWindow,
  fixedWindow,
} from './fake-limits';
export { type FakeProvider, fakeProvider } from './fake-provider';
export type { FakeLatency, FakeProviderConfig } from './fake-provider-config';
export { FakeProviderError } from './fake-provider-error';
export type { FakeRequest } from './fake-request';
export type { FakeServer } from './fake-server';
export type { FaultShare, Faults } from './faults';
export type { FakeHttpRequest, FakeHttpResponse, FakeRequestHandler } from './handler';
export { seededRandom } from './seeded-random';
export type { FakeAnthropicEvent } from './shapes/anthropic';
export type { FakeGeminiChunk } from './shapes/gemini';
export type { FakeOpenAIChunk } from './shapes/openai';
export type { FakeChunk, FakeShape } from './shapes/shapes';
export { VirtualScheduler } from './virtual-scheduler';
