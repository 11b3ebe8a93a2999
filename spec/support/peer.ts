import type { Answer } from './fault-server';

/** A streaming call of an SDK. */
export type OpenStream = (signal?: AbortSignal) => Promise<AsyncIterable<unknown>>;

/** What goes wrong before the first byte of an answer. */
export type Refusal = 'throttled' | 'exhausted' | 'overloaded' | 'invalid';

/** An official SDK, and what its provider sends. */
export interface Peer {
  readonly name: string;
  /** A streaming call, without retries of the SDK's own. */
  open(url: string, options?: { readonly timeout?: number }): OpenStream;
  /** How the provider streams 'Hello', ' world': 9 tokens in, 2 out. */
  readonly pieces: readonly string[];
  /** How many of the pieces it takes to the first text, and how many values the SDK makes of these. */
  readonly start: { readonly pieces: number; readonly values: number };
  readonly refusals: Readonly<Record<Refusal, Answer>>;
}

/** The whole answer, as it should be. */
export const wholeAnswer = (peer: Peer): Answer => ({ pieces: peer.pieces });

/** The answer up to its first text, then `more`. */
export const startOfAnswer = (peer: Peer, ...more: readonly string[]): Answer => ({
  pieces: [...peer.pieces.slice(0, peer.start.pieces), ...more],
});

/** A server-sent event. */
export const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;

/** One that also has its type as a name. */
export const namedEvent = (data: object & { readonly type: string }): string => `event: ${data.type}\n${event(data)}`;
