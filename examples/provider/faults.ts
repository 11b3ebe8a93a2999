/** Answered with an error at once. */
export interface Refusal {
  readonly kind: 'refuse';
  readonly status: 429 | 500;
  /** Seconds. */
  readonly retryAfter?: number;
}

/** Goes wrong when so many tokens have reached the client. */
export interface Break {
  /**
   * `cut`: the connection breaks. `end`: the stream ends as if that were all, with no error and no `finish_reason`.
   * `stall`: nothing comes any more, and the connection stays open.
   */
  readonly kind: 'cut' | 'end' | 'stall';
  readonly after: number;
}

/** The first token takes so many ms more. */
export interface Delay {
  readonly kind: 'slow';
  readonly delay: number;
}

/** What goes wrong with one request. */
export type Fault = Refusal | Break | Delay;

/** The part of a request's body that faults may depend on. */
export interface ChatRequest {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly stream?: boolean;
}

/** Decides what goes wrong with which request. */
export interface Troubles {
  faultOf(request: ChatRequest): Fault | undefined;
}

/** Nothing goes wrong. */
export const noTroubles: Troubles = { faultOf: () => undefined };
