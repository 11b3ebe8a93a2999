import { fromEvent, map, type Observable, share, throwError } from 'rxjs';

/** One listener for each signal, however many calls wait for it: Node warns of eleven. Gone with the last of them. */
export class AbortListeners {
  private readonly aborts = new WeakMap<AbortSignal, Observable<never>>();

  /** Errors with the signal's reason when it is aborted. */
  of(signal: AbortSignal): Observable<never> {
    if (signal.aborted) {
      return throwError(() => signal.reason);
    }
    let abort = this.aborts.get(signal);
    if (abort === undefined) {
      const fail = map((): never => {
        throw signal.reason;
      });
      abort = fromEvent(signal, 'abort').pipe(fail, share());
      this.aborts.set(signal, abort);
    }
    return abort;
  }
}
