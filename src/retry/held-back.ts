/** Receives the values that were held back. */
export interface Recipient<T> {
  deliver(value: T): void;
}

/** Holds the values of one attempt back until content comes; if the attempt fails before, they are dropped. */
export class HeldBack<T> {
  /** Whether content has come, or so many values that they count as content. */
  hasContent = false;
  private held: T[] = [];
  /** How many of them were delivered. */
  private delivered = 0;
  private isFlushing = false;

  constructor(
    private readonly recipient: Recipient<T>,
    private readonly most: number,
  ) {}

  /** Whether nothing is held back any more: what comes next may pass at once. */
  get isOver(): boolean {
    return this.hasContent && !this.isFlushing;
  }

  /** @param isContent Whether this value is content. */
  next(value: T, isContent: boolean): void {
    this.held.push(value);
    if (!this.hasContent && (isContent || this.held.length > this.most)) {
      this.hasContent = true;
      this.flush();
    }
    // Else it came while those before it are delivered: its turn comes.
  }

  /** Delivers what is held back, in order. */
  flush(): void {
    this.isFlushing = true;
    while (this.delivered < this.held.length) {
      this.delivered += 1; // first: an error that comes meanwhile flushes the rest
      this.recipient.deliver(this.held[this.delivered - 1]!);
    }
    this.held = [];
    this.delivered = 0;
    this.isFlushing = false;
  }
}
