import { type Observable, Subscriber, type Subscription, type Unsubscribable } from 'rxjs';
import { Offer, type Waiting } from './offer';

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
  const grant = takenAtOnce(grants, destination);
  if (grant === undefined) {
    onceGranted(grants, destination, begin, refused);
  } else {
    attempt(begin, grant, destination);
  }
}

/** What is granted without a wait: `whenGranted` in two steps, for those who then need no function that begins. */
export function takenAtOnce<G>(grants: Observable<G>, destination: Subscriber<never>): G | undefined {
  return grants instanceof Offer ? (grants as Offer<G>).take(destination) : undefined;
}

/** The second step, when nothing was granted at once. */
export function onceGranted<G>(
  grants: Observable<G>,
  destination: Subscriber<never>,
  begin: (grant: G) => void,
  refused?: () => void,
): void {
  if (!destination.closed) {
    const gate = new Gate(destination, begin, refused);
    if (grants instanceof Offer) {
      (grants as Offer<G>).wait(gate);
    } else {
      grants.subscribe(new GateSubscriber(destination, gate));
    }
  }
}

function attempt<G>(begin: (grant: G) => void, grant: G, destination: Subscriber<never>): void {
  try {
    begin(grant);
  } catch (thrown) {
    destination.error(thrown);
  }
}

/** Stands between a grant and those who wait for it. */
class Gate<G> implements Waiting<G> {
  #teardown: Unsubscribable | undefined;

  constructor(
    private readonly destination: Subscriber<never>,
    private readonly begin: (grant: G) => void,
    private readonly refused: (() => void) | undefined,
  ) {}

  get closed(): boolean {
    return this.destination.closed;
  }

  add(teardown: Unsubscribable): void {
    this.#teardown = teardown;
    this.destination.add(teardown);
  }

  next(grant: G): void {
    this.#over();
    attempt(this.begin, grant, this.destination);
  }

  error(refusal: unknown): void {
    this.#over();
    try {
      this.refused?.();
    } finally {
      this.destination.error(refusal);
    }
  }

  complete(): void {}

  #over(): void {
    if (this.#teardown !== undefined) {
      this.destination.remove(this.#teardown as Subscription);
      this.#teardown = undefined;
    }
  }
}

/** A gate for grants that come by an Observable like any other. */
class GateSubscriber<G> extends Subscriber<G> {
  readonly #gate: Gate<G>;

  constructor(destination: Subscriber<never>, gate: Gate<G>) {
    super(destination);
    this.#gate = gate;
  }

  protected override _next(grant: G): void {
    this.unsubscribe();
    this.#gate.next(grant);
  }

  protected override _error(refusal: unknown): void {
    this.#gate.error(refusal); // not by super: whoever hears of it may unsubscribe this
    this.unsubscribe();
  }

  protected override _complete(): void {
    this.#gate.error(new TypeError('A policy completed without granting anything'));
  }
}
