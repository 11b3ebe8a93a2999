/** The probes in flight and when each will have been silent for too long. Every lease is equally long. */
export class Leases<Probe> {
  /** The lease that ends first stands first, for a renewed one goes to the end. */
  readonly #ends = new Map<Probe, number>();

  /** @param length ms */
  constructor(private readonly length: number) {}

  begin(probe: Probe, now: number): void {
    this.#ends.set(probe, now + this.length);
  }

  /** Does nothing for a probe that has no lease any more. */
  renew(probe: Probe, now: number): void {
    if (this.#ends.delete(probe)) {
      this.begin(probe, now);
    }
  }

  end(probe: Probe): void {
    this.#ends.delete(probe);
  }

  /** Takes out a probe whose lease has ended, if there is one. */
  overdue(now: number): Probe | undefined {
    const [first] = this.#ends;
    if (first === undefined || first[1] > now) {
      return undefined;
    }
    this.#ends.delete(first[0]);
    return first[0];
  }

  /** When the next lease ends. */
  get next(): number {
    const [first] = this.#ends.values();
    return first ?? Number.POSITIVE_INFINITY;
  }

  clear(): void {
    this.#ends.clear();
  }
}
