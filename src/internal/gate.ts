import { type Observable, Subscriber } from 'rxjs';
import { Offer } from './offer';

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
  const grant = grants instanceof Offer ? (grants as Offer<G>).take(destination) : undefined;
  if (grant !== undefined) {
    attempt(begin, grant, destination);
  } else if (!destination.closed) {
    grants.subscribe(new Gate(destination, begin, refused));
  }
}

function attempt<G>(begin: (grant: G) => void, grant: G, destination: Subscriber<never>): void {
  try {
    begin(grant);
  } catch (thrown) {
    destination.error(thrown);
  }
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
    attempt(this.#begin, grant, this.#downstream);
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
