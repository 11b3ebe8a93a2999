import fc from 'fast-check';
import { estimateTokens } from 'rxjs-resilience';

/** How a refusal says how long to wait. */
export interface Hint {
  readonly by: 'retry-after' | 'retry-after-ms' | 'message';
  readonly ms: number;
}

/** What the server does with one request. */
export type Fault =
  | { readonly kind: 'none' | 'error 500' | 'dead before headers' | 'silence' }
  | { readonly kind: 'overloaded 529'; readonly hint: Hint | undefined }
  | { readonly kind: 'throttled 429'; readonly hint: Hint | undefined; readonly tellsLimits: boolean }
  | { readonly kind: 'slow first byte'; readonly ms: number }
  /** A reset, an end in the middle of an event, no more bytes, a clean end, an event that is no JSON: in the text. */
  | {
      readonly kind: 'dead in mid-stream' | 'cut in an event' | 'stall' | 'clean end in the text' | 'malformed event';
      readonly after: number;
    }
  /** A clean end before the final chunk, or after it and before usage and `[DONE]`; a reset after the final chunk. */
  | { readonly kind: 'clean end, not final' | 'clean end, no [DONE]' | 'dead after the end' };

/** When the user walks away. `after` is in ms from the time that the call is there; for `reading` in chunks. */
export interface Stop {
  readonly during: 'waiting' | 'retrying' | 'connecting' | 'streaming' | 'reading';
  readonly after: number;
}

/** One call, as client and server know it in advance: a seed makes the same plans in all processes. */
export interface Plan {
  readonly id: string;
  readonly words: number;
  /** ms from word to word. */
  readonly pace: number;
  readonly by: 'openai' | 'fetch';
  readonly afterValues: 'error' | 'restart' | 'continue';
  readonly stop: Stop | undefined;
  /** By attempt. */
  readonly faults: readonly Fault[];
  readonly priority: number;
  /** How much less is reserved than the answer takes. */
  readonly underestimate: number;
  /** ms until the user asks again. */
  readonly pause: number;
}

/** Attempts that a call has at most. */
export const attempts = 5;
export const clients = ['a', 'b'] as const;
/** Calls that a client makes at most. */
export const mostCallsPerSecond = 150;

const upTo = (max: number, min = 0) => fc.integer({ min, max });
const kind = <const K>(...kinds: readonly K[]) => fc.constantFrom(...kinds);
const hintOf = (longest: number) =>
  fc.option(fc.record({ by: kind('retry-after', 'retry-after-ms', 'message'), ms: upTo(longest, 20) }), {
    nil: undefined,
    freq: 4,
  });

const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 62, arbitrary: fc.constant({ kind: 'none' } as const) },
  { weight: 9, arbitrary: fc.record({ kind: kind('error 500', 'dead before headers', 'silence') }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('overloaded 529'), hint: hintOf(1_500) }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('throttled 429'), hint: hintOf(400), tellsLimits: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('slow first byte'), ms: upTo(2_500, 100) }) },
  {
    weight: 14,
    arbitrary: fc.record({
      kind: kind('dead in mid-stream', 'cut in an event', 'stall', 'clean end in the text', 'malformed event'),
      after: upTo(12),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: kind('clean end, not final', 'clean end, no [DONE]', 'dead after the end') }),
  },
);

/** Often at once, from within the callback that says so. */
const soon = fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: upTo(400, 1) });
const stop: fc.Arbitrary<Stop | undefined> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(undefined) },
  {
    weight: 3,
    arbitrary: fc.record({ during: kind('waiting', 'retrying', 'connecting', 'streaming'), after: soon }),
  },
  { weight: 1, arbitrary: fc.record({ during: kind('reading'), after: upTo(20, 1) }) },
);

const plan: fc.Arbitrary<Omit<Plan, 'id'>> = fc.record({
  words: upTo(24, 4),
  pace: upTo(180, 10),
  by: kind('openai', 'fetch'),
  afterValues: kind('error', 'restart', 'continue'),
  stop,
  faults: fc.array(fault, { minLength: attempts, maxLength: attempts }),
  priority: kind(0, 0, 0, 1),
  underestimate: kind(0, 0, 0, 30),
  pause: upTo(300, 50),
});

/** The calls of a client, in the order in which they begin. */
export function plansOf(client: string, seed: number, seconds: number): readonly Plan[] {
  const ownSeed = seed * clients.length + clients.indexOf(client as 'a');
  const numRuns = Math.ceil(seconds * mostCallsPerSecond);
  const drawn = fc.sample(fc.noBias(plan), { seed: ownSeed, numRuns });
  return drawn.map((each, index) => ({ ...each, id: `${client}${index + 1}` }));
}

/** When the server is down: it refuses everything. ms since the first request. */
export function outagesOf(seed: number, seconds: number): readonly { readonly from: number; readonly until: number }[] {
  const drawn = fc.sample(fc.record({ gap: upTo(6_000, 2_000), length: upTo(900, 300) }), { seed, numRuns: seconds });
  let until = 0;
  return drawn.map(({ gap, length }) => {
    const from = until + gap;
    until = from + length;
    return { from, until };
  });
}

/** A word that no other answer has, nor this one elsewhere; its bytes are more than its characters. */
export function wordsOf({ id, words }: Plan): readonly string[] {
  return Array.from({ length: words }, (_, index) => `${id}·${index} `);
}

export function answerOf(plan: Plan): string {
  return wordsOf(plan).join('');
}

/** What the client expects of an attempt, in tokens; mostly more than it will cost. */
export function estimateOf(plan: Plan): { readonly input: number; readonly output: number } {
  return { input: 12, output: Math.max(0, estimateTokens(answerOf(plan)) + 5 - plan.underestimate) };
}

/** What the server reports: by a count of its own, so that no estimate comes to the same. */
export function usageFor(skipped: number, sent: number): { readonly input: number; readonly output: number } {
  return { input: 9 + skipped, output: 1 + 2 * sent };
}
