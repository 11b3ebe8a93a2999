import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { lowered, shortNames } from '../tsdown.config';
import { filesBelow } from './support/examples';

const namesOf = shortNames();
const lower = (code: string) => lowered(code, 'x.ts', namesOf);

describe('private names in what is published', () => {
  it('are short wherever they stand, and nothing else is', () => {
    expect(lower('class A { #kept = 1; private held = 2; open = 3; all() { return this.#kept + this.held + this.open; } }')).toBe(
      'class A { _0    = 1; private _1   = 2; open = 3; all() { return this._0    + this._1   + this.open; } }',
    );
    expect(lower('class A { private held = 1; all(other: { held: 1 }) { const { held } = this; return held + other.held; } }')).toBe(
      'class A { private _0   = 1; all(other: { held: 1 }) { const { _0: held } = this; return held + other.held; } }',
    );
  });

  it('are those of parameters that become fields, where they are variables as well', () => {
    expect(lower('class A { constructor(private held: B) { f(held, { held }, held.held, { held: 1 }); } get() { return this.held; } }')).toBe(
      'class A { constructor(private _0  : B) { f(_0  , { held: _0 }, _0  .held, { held: 1 }); } get() { return this._0  ; } }',
    );
  });

  it('leave the types of all of src/ right', () => {
    const files = filesBelow('src', '.ts');
    const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile('tsconfig.json', ts.sys.readFile).config, ts.sys, '.');
    const host = ts.createCompilerHost(options);
    const readFile = host.readFile.bind(host);
    host.readFile = (file) => {
      const own = relative('.', file);
      return own.startsWith('src/') ? lowered(readFileSync(own, 'utf8'), own, namesOf) : readFile(file);
    };
    const getSourceFile = host.getSourceFile.bind(host);
    host.getSourceFile = (file, version, ...rest) =>
      relative('.', file).startsWith('src/') ? ts.createSourceFile(file, host.readFile(file)!, version) : getSourceFile(file, version, ...rest);
    const program = ts.createProgram(files, { ...options, noEmit: true, skipLibCheck: true }, host);
    const complaints = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
    expect(complaints).toEqual([]);
  }, 120_000);
});
