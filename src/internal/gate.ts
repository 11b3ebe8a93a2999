import { type Observable, Subscriber } from 'rxjs';

/**
 * Takes the first value that `grants` emits and hands it to `begin`; errors go to `destination`, after `refused` was
 * called.
 */
export function whenGranted<G>(
  grants: Observable<G>,
  destination: Subscriber<never>,
  begin: (grant: G) => void,
  refused?: () => void,
): void {
  grants.subscribe(new Gate(destination, begin, refused));
}

class Gate<G> extends Subscriber<G> {
  readonly #downstream: Subscriber<never>;
  readonly #begin: (grant: G) => void;

  readonly #refused: (() => void) | undefined;

  constructor(destination: Subscriber<never>, begin: (grant: G) => void, refused: (() => void) | undefined) {
    super(destination);
    this.#downstream = destination;
    this.#begin = begin;
    this.#refused = refused;
  }

  protected override _next(grant: G): void {
    this.unsubscribe();
    try {
      this.#begin(grant);
    } catch (thrown) {
      this.#downstream.error(thrown);
    }
  }

  protected override _error(refusal: unknown): void {
    try {
      this.#refused?.();
    } finally {
      this.#downstream.error(refusal); // not by super: whoever heard of it may have unsubscribed this
      this.unsubscribe();
    }
  }

  protected override _complete(): void {
    this.#refused?.();
    this.#downstream.error(new TypeError('A policy completed without granting anything'));
  }
}
