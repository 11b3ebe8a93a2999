import { classOf } from './classify-error';
import { hasReached } from './reached';
import { type ErrorReading, readError, statusOf } from './read-error';

/** A gateway or a client that gave up says nothing of what the provider did meanwhile. */
const unsure = [408, 499, 504, 524];

/** Codes of a connection that was never made, and what the AI SDK finds wrong before it sends anything. */
const neverSent =
  /^(?:(?:econnrefused|enotfound|eai_\w+|enetunreach|ehostunreach|und_err_connect_timeout|err_name_not_resolved)$|ai_(?:load|nosuch[mp]|unsupported|invalid(?:prompt|arg)))/m;

/**
 * Whether an error says that nothing was billed: the server answered with a status of 400 or more (but 408, 499, 504 and
 * 524), the connection was never made, an SDK sent nothing, or this library refused the call before it reached a source.
 * A list of errors says so if each of them does. Never throws.
 */
export function billedNothing(error: unknown): boolean {
  return isFree(readError(error));
}

/** As `billedNothing`, for an error that was read. */
export function billsNothing(_error: unknown, read: () => ErrorReading): boolean {
  return isFree(read());
}

function isFree(reading: ErrorReading): boolean {
  const { links, gathered } = reading;
  const status = statusOf(reading);
  if (status !== undefined) {
    return !unsure.includes(status);
  }
  return (
    (classOf(reading) === 'refused' && !links.some((link) => hasReached(link.error))) ||
    links.some(({ codes }) => neverSent.test(codes)) ||
    (gathered.length > 0 && gathered.every(isFree))
  );
}
