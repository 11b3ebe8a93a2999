import { describe, expect, it } from 'vitest';
import { durationInMessage } from '../../src/provider/message-hint';

describe('durationInMessage', () => {
  it.each([
    ['try again  in\n 5s', 5_000],
    ['try again in 1m  30s', 90_000],
    ['try again in 1 minute,  30 seconds', 90_000],
    ['try again in 1 minute  and 30 seconds', 90_000],
    ['try again in 1 minute and  30 seconds', 90_000],
  ])('reads %j, with any white space between the words', (message, ms) => {
    expect(durationInMessage(message)).toBe(ms);
  });
});
