import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { isFinalChunk, perDay, perMinute, ResilientClient, usageOf } from '../../src/index';

/** A last chunk that counts how often it is looked at. */
function countingChunk(): { chunk: object; looks: () => number } {
  let looks = 0;
  const chunk = {
    get choices() {
      looks += 1;
      return [{ delta: { content: 'Hi' }, finish_reason: 'stop' }];
    },
    usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 },
  };
  return { chunk, looks: () => looks };
}

describe('a call', () => {
  it.each<[string, object]>([
    ['all defaults',                 {}],
    ['the default readers by name',  { usage: usageOf }],
    ['an overrun that is an error',  { overrun: 'error' }],
  ])('reads a chunk once for limits, budget and end, with %s', (_, options) => {
    const client = new ResilientClient({ rateLimit: { limits: { tokens: perMinute(1_000) } }, tokenBudget: { limits: perDay(1_000) } });
    const { chunk, looks } = countingChunk();
    const seen: unknown[] = [];
    client.call(() => of(chunk), { tokens: { input: 100, output: 100 }, isFinal: isFinalChunk, ...options }).subscribe((value) => seen.push(value));

    expect(looks()).toBe(1); // first: a matcher would look, too
    expect(seen[0]).toBe(chunk);
    expect(client.budget.remaining).toBe(979);
    expect(client.limiter.state.limits.tokens[0]!.used).toBe(21);
  });
});
