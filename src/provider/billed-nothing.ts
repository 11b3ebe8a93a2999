import { classOf } from './classify-error';
import { type ErrorReading, readError, statusOf } from './read-error';
import { hasReached } from './refusal-error';

/** A gateway or a client that gave up says nothing of what the provider did meanwhile. */
const unsure = [408, 499, 504, 524];

/** Codes of a connection that was never made. */
const neverMade =
  /^(econnrefused|enotfound|eai_\w+|enetunreach|ehostunreach|und_err_connect_timeout|err_name_not_resolved)$/m;

/**
 * Whether an error says that nothing was billed: the server answered with a status of 400 or more (but 408, 499, 504 and
 * 524), the connection was never made, or this library refused the call before it reached a source. Never throws.
 */
export function billedNothing(error: unknown): boolean {
  return billsNothing(readError(error));
}

/** As `billedNothing`, for an error that was read. */
export function billsNothing(reading: ErrorReading): boolean {
  const status = statusOf(reading);
  if (status !== undefined) {
    return !unsure.includes(status);
  }
  return (
    (classOf(reading) === 'refused' && !reading.links.some((link) => hasReached(link.error))) ||
    reading.links.some(({ codes }) => neverMade.test(codes))
  );
}
