import { throwError } from 'rxjs';

/** Hands an error of which nothing downstream can be told to rxjs, which reports it as unhandled. */
export function reportUnhandled(error: unknown): void {
  throwError(() => error).subscribe();
}
