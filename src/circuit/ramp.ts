/** How those go that have waited until the breaker closed: one, then two for each that has content or completes. */
export class Ramp<Call> {
  #room = 1;
  /** Those that went, and have neither had content nor ended. */
  readonly #out = new Set<Call>();

  /** Whether one may go. If all that went have ended without content, another one does: nobody must wait for good. */
  get hasRoom(): boolean {
    return this.#room > 0 || this.#out.size === 0;
  }

  /** One goes. It counts as out only if its call begins at once. */
  go(): void {
    this.#room = Math.max(0, this.#room - 1);
  }

  begin(call: Call): void {
    this.#out.add(call);
  }

  /** A call has content, or has completed. False if that counts for nobody. */
  succeed(call: Call): boolean {
    const counts = this.#out.delete(call);
    this.#room += counts ? 2 : 0;
    return counts;
  }

  /** A call has ended in another way. */
  end(call: Call): void {
    this.#out.delete(call);
  }
}
