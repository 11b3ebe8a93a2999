import { expect, it } from 'vitest';
import { perDay, TokenBudget, tokenBudget } from '../../src/index';
import { endlessTime, timeline } from '../support/timeline';

// What people reported in public of other libraries, in a small version of our own.

it('T2: the input that a stream tells at its beginning is not undone by a 0 at its end', () => {
  const scheduler = endlessTime();
  const budget = new TokenBudget({ limits: perDay(50_000), scheduler });
  const events = [
    { type: 'message_start', message: { usage: { input_tokens: 20_000, output_tokens: 1 } } },
    { type: 'content_block_delta', delta: { type: 'text_delta', text: 'Hi' } },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { input_tokens: 0, output_tokens: 70 } },
    { type: 'message_stop' },
  ];
  timeline(scheduler, events.map((event, at) => [at, event] as const)).pipe(tokenBudget(budget, { estimate: { input: 20_000, output: 100 } })).subscribe();
  scheduler.flush();
  expect(budget.remaining).toBe(50_000 - 20_070);
});
