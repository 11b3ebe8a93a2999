/**
 * What a fake provider has seen so far.
 *
 * @category Fakes
 */
export interface FakeServer {
  /** Requests that came in. */
  readonly requests: number;
  /** Of these, how many were refused with a 429. */
  readonly refused: number;
  /** How many failed by a fault: a server error, a cut, a garbled chunk, a failure inside. */
  readonly failed: number;
  /** How many were answered to the end. */
  readonly answered: number;
  /** How many the caller gave up: unsubscribed, or the connection was closed. */
  readonly aborted: number;
  /** Requests that run now. */
  readonly inFlight: number;
  /** The most that ran at once. */
  readonly mostInFlight: number;
  /** Tokens of prompts that were let in. */
  readonly inputTokens: number;
  /** Tokens of answers that were written, also those that nobody read to the end. */
  readonly outputTokens: number;
  /** Tokens of input and output that the provider would charge. */
  readonly tokensBilled: number;
}

/** Counts for {@link FakeServer}. */
export class ServerBooks implements FakeServer {
  requests = 0;
  refused = 0;
  failed = 0;
  answered = 0;
  aborted = 0;
  inFlight = 0;
  mostInFlight = 0;
  inputTokens = 0;
  outputTokens = 0;

  get tokensBilled(): number {
    return this.inputTokens + this.outputTokens;
  }

  begin(): void {
    this.requests += 1;
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
  }

  end(outcome: 'refused' | 'failed' | 'answered' | 'aborted', outputTokens: number): void {
    this.inFlight -= 1;
    this[outcome] += 1;
    this.outputTokens += outputTokens;
  }
}
