import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { RateLimiter } from '../../src/limiter/rate-limiter';
import type { RateLimiterConfig, RateLimiterState } from '../../src/limiter/rate-limiter-config';
import { type CallLimits, type Limits, perDay } from '../../src/quota/limits';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What an editor offers at the place of `|` in a program, with what it says of it. */
function completionsAt(program: string): Map<string, string> {
  const file = `${root}spec/limiter/completed.ts`;
  const text = `import { RateLimiter, TokenBudget, perDay } from '../../src/index';\n${program.replace('|', '')}`;
  const snapshotOf = (name: string) => (name === file ? text : ts.sys.readFile(name));
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile).config, ts.sys, root);
  const service = ts.createLanguageService({
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    getScriptFileNames: () => [file],
    getScriptVersion: () => '1',
    getScriptSnapshot: (name) => {
      const content = snapshotOf(name);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCurrentDirectory: () => root,
    getCompilationSettings: () => options,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
  });
  const place = text.indexOf('\n') + 1 + program.indexOf('|');
  const names = service.getCompletionsAtPosition(file, place, {})?.entries.map(({ name }) => name) ?? [];
  const sentenceOf = (name: string) =>
    ts.displayPartsToString(service.getCompletionEntryDetails(file, place, name, undefined, undefined, undefined, undefined)?.documentation);
  return new Map(names.map((name) => [name, sentenceOf(name)]));
}

describe('the types of a limiter', () => {
  it('C15: an editor completes the four dimensions of calls, and says what they are', { timeout: 60_000 }, () => {
    const completions = completionsAt('export const limiter = new RateLimiter({ limits: { | } });');
    expect(completions.get('requests')).toBe('How many requests may begin.');
    expect(completions.get('tokens')).toBe('How many tokens may be used, input and output together.');
    expect([completions.has('inputTokens'), completions.has('outputTokens')]).toEqual([true, true]);
  });

  it('C15: knows its dimensions from its limits', () => {
    const limiter = new RateLimiter({ limits: { images: perDay(5), tokens: [perDay(5)] }, name: 'x', initial: null });
    expectTypeOf(limiter).toEqualTypeOf<RateLimiter<'images' | 'tokens'>>();
    expectTypeOf(limiter.state).toEqualTypeOf<RateLimiterState<'images' | 'tokens'>>();
    expectTypeOf(new RateLimiter({ limits: perDay(5) })).toExtend<RateLimiter<'requests'>>();
    // @ts-expect-error: a typo
    expect(() => limiter.tryAcquire({ token: 5 })).toThrow(TypeError);
    expectTypeOf<Limits<'a'>>().toExtend<RateLimiterConfig<'a'>['limits']>();
  });

  it('C15: what calls of a client take has four dimensions', () => {
    const limits: CallLimits[] = [
      { requests: perDay(5), tokens: [perDay(5)], inputTokens: perDay(5), outputTokens: perDay(5) },
      // @ts-expect-error: a typo
      { request: perDay(5) },
      // @ts-expect-error: a typo
      { requests: perDay(5), token: perDay(5) },
    ];
    expect(limits).toHaveLength(3);
  });
});
