import { Observable, VirtualTimeScheduler } from 'rxjs';

/** Virtual time without an end, for what takes hours. */
export const endlessTime = (): VirtualTimeScheduler => new VirtualTimeScheduler(undefined, Number.POSITIVE_INFINITY);

/** Emits each value at its time, ms from the subscription, then completes or errors 1 ms later. */
export function timeline<T>(
  scheduler: VirtualTimeScheduler,
  items: readonly (readonly [at: number, value: T])[],
  error?: unknown,
): Observable<T> {
  return new Observable((subscriber) => {
    for (const [at, value] of items) {
      subscriber.add(scheduler.schedule(() => subscriber.next(value), at));
    }
    const end = () => (error === undefined ? subscriber.complete() : subscriber.error(error));
    subscriber.add(scheduler.schedule(end, (items.at(-1)?.[0] ?? 0) + 1));
  });
}

/** An error as the SDKs of OpenAI and Anthropic make it. */
export function apiError(
  status: number | undefined,
  body: { readonly message?: string; readonly code?: string; readonly type?: string; readonly error?: object } = {},
  headers: Readonly<Record<string, string>> = {},
): Error {
  const { message = JSON.stringify(body), code, type } = body;
  return Object.assign(new Error(message), { status, headers, error: body, code, type });
}
