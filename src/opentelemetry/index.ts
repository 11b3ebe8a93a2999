/**
 * Metrics and traces of OpenTelemetry. `@opentelemetry/api` is an optional peer.
 *
 * @module rxjs-resilience/opentelemetry
 */
export { type ObserveOptions, observe } from './observe';
export type { Observed, ObservedCall, ObservedEvent } from './observed';
