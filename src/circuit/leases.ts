import { OrderedSet } from './ordered-set';

/** Something whose lease ends unless it is renewed. */
interface Leased {
  leaseUntil: number | undefined;
}

/** The probes in flight, and when each of them has been silent for too long. All leases are equally long. */
export class Leases<Probe extends Leased> {
  /** In the order in which the leases end, because a renewed one goes to the end. */
  readonly #running = new OrderedSet<Probe>();

  /** @param length ms */
  constructor(private readonly length: number) {}

  begin(probe: Probe, now: number): void {
    probe.leaseUntil = now + this.length;
    this.#running.add(probe);
  }

  /** Does nothing for a probe that has no lease any more. */
  renew(probe: Probe, now: number): void {
    if (this.#running.delete(probe)) {
      this.begin(probe, now);
    }
  }

  end(probe: Probe): void {
    this.#running.delete(probe);
  }

  /** Takes out a probe whose lease has ended, if there is one. */
  overdue(now: number): Probe | undefined {
    const { first } = this.#running;
    if (first === undefined || first.leaseUntil! > now) {
      return undefined;
    }
    this.#running.delete(first);
    return first;
  }

  /** When the next lease ends. */
  get next(): number {
    return this.#running.first?.leaseUntil ?? Number.POSITIVE_INFINITY;
  }

  clear(): void {
    this.#running.clear();
  }
}
