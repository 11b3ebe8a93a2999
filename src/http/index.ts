/**
 * Reading the stream of a server of one's own.
 *
 * @module rxjs-resilience/http
 */
export type { BodyFormat } from './content-type';
export { type EventsOptions, eventsOf, type ServerEvent } from './events-of';
export { ResponseError } from './response-error';
