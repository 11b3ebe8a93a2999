import { type Observable, Subscriber } from 'rxjs';

/** Takes the first value that `grants` emits and hands it to `begin`; errors go to `destination`. */
export function whenGranted<G>(grants: Observable<G>, destination: Subscriber<never>, begin: (grant: G) => void): void {
  grants.subscribe(new Gate(destination, begin));
}

class Gate<G> extends Subscriber<G> {
  readonly #downstream: Subscriber<never>;
  readonly #begin: (grant: G) => void;

  constructor(destination: Subscriber<never>, begin: (grant: G) => void) {
    super(destination);
    this.#downstream = destination;
    this.#begin = begin;
  }

  protected override _next(grant: G): void {
    this.unsubscribe();
    try {
      this.#begin(grant);
    } catch (thrown) {
      this.#downstream.error(thrown);
    }
  }

  protected override _complete(): void {
    this.#downstream.error(new TypeError('A policy completed without granting anything'));
  }
}
