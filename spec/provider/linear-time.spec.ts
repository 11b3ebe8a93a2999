import { describe, expect, it } from 'vitest';
import {
  classifyError, estimateRequest, estimateTokens, isFinalChunk, parseDuration, rateLimitOf, retryAfterOf, textOf, usageOf,
} from '../../src/provider';

/** The shortest of several runs, in ms of the processor's time: what the work takes when nothing disturbs it. */
function timeOf(work: () => void): number {
  const times = Array.from({ length: 3 }, () => {
    const begin = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(begin);
    return (user + system) / 1_000;
  });
  return Math.min(...times);
}

/**
 * Eight times the input takes some eight times as long; were it the square, it took 64 times as long. Other work on the
 * machine can only make a measurement longer, so one good one of several is enough.
 */
function expectLinear(work: (size: number) => () => void, size = 50_000): void {
  const [small, large] = [work(size), work(size * 8)];
  const growth = () => timeOf(large) / Math.max(timeOf(small), 0.5);
  let least = growth();
  for (let round = 0; round < 4 && least >= 24; round++) {
    least = Math.min(least, growth());
  }
  expect(least).toBeLessThan(24);
}

const errorWith = (message: string) => new Error(message);

describe('time grows with the input and not faster', { timeout: 60_000 }, () => {
  it.each<[string, (size: number) => string]>([
    ['letters',        (size) => 'a'.repeat(size)],
    ['digits',         (size) => '1'.repeat(size)],
    ['white space',    (size) => `retry${' '.repeat(size)}`],
    ['phrases',        (size) => 'try again in '.repeat(size / 10)],
    ['parts',          (size) => `try again in ${'1m '.repeat(size / 3)}`],
    ['braces',         (size) => '{'.repeat(size)],
    ['brackets',       (size) => '['.repeat(size)],
    ['opened objects', (size) => '{"error":'.repeat(size / 9)],
    ['commas',         (size) => ','.repeat(size)],
    ['weekdays',       (size) => 'Sat,'.repeat(size / 4)],
    ['numbers',        (size) => '1,'.repeat(size / 2)],
    ['an open string', (size) => `"${'\\"'.repeat(size / 2)}`],
    ['parameters',     (size) => `"a"${';a=1'.repeat(size / 4)}`],
    ['members',        (size) => '"a";r=1,'.repeat(size / 8)],
    ['durations',      (size) => '1s'.repeat(size / 2)],
    ['underscores',    (size) => '_'.repeat(size)],
    ['keys',           (size) => 'api key '.repeat(size / 8)],
    ['limits',         (size) => 'limit 1,'.repeat(size / 8)],
    ['waits',          (size) => 'wait for at least '.repeat(size / 18)],
    ['surrogates',     (size) => '\ud83d\ude00'.repeat(size / 2)],
  ])('for %s', (_, text) => {
    expectLinear((size) => {
      const input = text(size);
      const headers = { 'retry-after': input, 'retry-after-ms': input, ratelimit: input, 'ratelimit-policy': input, 'x-ratelimit-reset-tokens': input, 'x-ratelimit-limit-tokens': input };
      return () => {
        classifyError(errorWith(input));
        classifyError({ code: input, type: input, status: input, error: input });
        classifyError({ status: 429, message: input });
        classifyError(new SyntaxError(input));
        retryAfterOf(errorWith(input), 0);
        retryAfterOf(headers, 0);
        rateLimitOf(headers, 0);
        parseDuration(input);
        estimateTokens(input);
        textOf({ choices: [{ delta: { content: input } }] });
      };
    });
  });

  it('for long lists', () => {
    expectLinear((size) => {
      const choices = Array.from({ length: size }, () => ({ delta: { content: 'x' } }));
      const messages = choices.map(({ delta }) => delta);
      return () => {
        textOf({ choices });
        usageOf({ choices, usage: { prompt_tokens: 1 } });
        isFinalChunk({ choices });
        estimateRequest({ messages });
      };
    }, 10_000);
  });

  it('for long chains of causes and layers', () => {
    expectLinear((size) => {
      let error: object = new Error('end');
      for (let count = 0; count < size; count++) {
        error = { cause: error, error, errors: [error], details: [error] };
      }
      return () => {
        classifyError(error);
        retryAfterOf(error);
      };
    }, 1_000);
  });

  it('for many headers', () => {
    expectLinear((size) => {
      const headers = new Map(Array.from({ length: size }, (_, index) => [`x-header-${index}`, 'x'] as const));
      return () => {
        retryAfterOf(headers);
        rateLimitOf(headers);
      };
    }, 10_000);
  });

  it('for a message of 10 MB', () => {
    const error = errorWith(`${'try again in 5s '.repeat(650_000)}{"error":{}}`);
    expect(retryAfterOf(error)).toBe(5_000);
    expect(classifyError(error)).toBe('unknown');
  });

  it.each<[string, (text: string) => unknown]>([
    ['a message',        (text) => ({ status: 429, message: text })],
    ['a body',           (text) => ({ status: 429, body: text, error: { message: text, code: text, type: text } })],
    ['a name',           (text) => ({ name: text, message: text })],
    ['headers',          (text) => ({ status: 429, headers: { 'retry-after': text, ratelimit: text, date: text } })],
  ])('but for little of %s: 10 MB are read in some ms', (_, errorOf) => {
    for (const text of ['per '.repeat(2_500_000), '\n'.repeat(10_000_000), 'limit 1 requested: '.repeat(500_000)]) {
      const error = errorOf(text);
      const read = () => [classifyError(error), retryAfterOf(error, 0), rateLimitOf(error, 0)];
      read(); // texts that were joined of many are made one
      expect(timeOf(read)).toBeLessThan(50);
    }
  });
});
