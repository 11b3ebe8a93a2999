import { Options } from '../internal/options';

/** Throws unless a config of retries says how errors are read. */
export function checkRetry(owner: string, config: object | undefined): void {
  const { retryIf, retryAfter } = (config ?? {}) as { readonly retryIf?: unknown; readonly retryAfter?: unknown };
  new Options(owner, { retryIf, retryAfter }, ['retryIf', 'retryAfter']).required('retryIf', 'retryAfter');
}
