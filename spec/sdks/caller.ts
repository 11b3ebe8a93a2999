import type { Wire } from './wires/wire';

/** One way in which programs call a provider: a method of an SDK, or of a client for HTTP. */
export interface Caller {
  readonly name: string;
  /** The row of the table in the guide. */
  readonly sdk: string;
  readonly wire: Wire;
  readonly isStream: boolean;
  /** What a program gives to `fromStream` or `client.call`: without retries of the SDK's own, with a timeout of its own. */
  open(url: string, timeout: number, signal: AbortSignal): unknown;
}

export const prompt = 'Say hello';
export const messages = [{ role: 'user' as const, content: prompt }];

/** A signal that is aborted by the given one, or after a time, where a client has no timeout of its own. */
export const within = (signal: AbortSignal, timeout: number): AbortSignal =>
  AbortSignal.any([signal, held(AbortSignal.timeout(timeout))]);

/** Node 20 forgets a timeout that only `AbortSignal.any` refers to. */
const timeouts: AbortSignal[] = [];
const held = (signal: AbortSignal) => {
  timeouts.push(signal);
  return signal;
};

/** `fetch` has no errors for statuses: what is thrown is made by hand, with the body, which is read only once. */
export async function okOr(response: Response): Promise<Response> {
  if (response.ok) {
    return response;
  }
  const { status, headers } = response;
  throw Object.assign(new Error(`status ${status}`), { status, headers, body: await response.text() });
}
