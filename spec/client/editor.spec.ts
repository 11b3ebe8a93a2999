import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const file = `${root}spec/client/written-by-a-user.ts`;
const text = `
import { perMinute, ResilientClient } from '../../src/index';
export const client = new ResilientClient({
  rateLimit: { maxQueue: 5, limits: { /*dimensions*/ } },
  circuitBreak: { failureThreshold: 5, /*breaker*/ },
  tokenBudget: { limits: perMinute(5), maxTokensPerRequest: 5 },
  retryBackoff: { maxRetries: 5 },
  timeout: { first: 5 },
  defaults: { priority: 5 },
});
`;

/** What an editor shows while somebody writes the config of a client. */
describe('an editor', () => {
  let service: ts.LanguageService;

  beforeAll(() => {
    const config = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
    service = ts.createLanguageService({
      getCompilationSettings: () => options,
      getScriptFileNames: () => [file],
      getScriptVersion: () => '1',
      getScriptSnapshot: (name) => {
        const found = name === file ? text : ts.sys.readFile(name);
        return found === undefined ? undefined : ts.ScriptSnapshot.fromString(found);
      },
      getCurrentDirectory: () => root,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: (name) => name === file || ts.sys.fileExists(name),
      readFile: ts.sys.readFile,
      readDirectory: ts.sys.readDirectory,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
    });
  });

  it.each([
    ['maxQueue', 'How many calls may wait'],
    ['failureThreshold', 'Default'],
    ['maxTokensPerRequest', 'Default'],
    ['maxRetries', 'Default 3'],
    ['first', 'ms'],
    ['priority', 'Higher goes first'],
    ['rateLimit', 'How much may begin in which time'],
  ])('C15: shows what an option of a client means: %s', (option, documentation) => {
    const shown = service.getQuickInfoAtPosition(file, text.indexOf(`${option}:`) + 1);
    expect(ts.displayPartsToString(shown?.documentation)).toContain(documentation);
  });

  it('C15: completes the dimensions of a call', () => {
    const dimensions = ['inputTokens', 'outputTokens', 'requests', 'tokens'];
    expect(completed('/*dimensions*/')).toEqual(expect.arrayContaining(dimensions));
  });

  it('C15: completes the options of a guard', () => {
    expect(completed('/*breaker*/')).toEqual(expect.arrayContaining(['halfOpen', 'recoveryTimeout', 'trip']));
  });

  function completed(at: string): string[] {
    const found = service.getCompletionsAtPosition(file, text.indexOf(at), {});
    return (found?.entries ?? []).map(({ name }) => name).sort();
  }
});
