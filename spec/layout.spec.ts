import { existsSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { filesBelow } from './support/examples';

/** What each room of src/ may import from; everybody may from itself. */
const mayKnow: { readonly [room: string]: readonly string[] } = {
  internal: [],
  quota: [],
  provider: [],
  guard: ['internal'],
  limiter: ['internal', 'quota', 'provider', 'guard'],
  circuit: ['internal', 'quota', 'provider', 'guard'],
  budget: ['internal', 'quota', 'provider', 'guard'],
  retry: ['internal', 'quota', 'provider', 'guard'],
  stream: ['internal', 'quota', 'provider', 'guard'],
  client: ['internal', 'quota', 'provider', 'guard', 'limiter', 'circuit', 'budget', 'retry', 'stream'],
  routing: ['internal', 'quota', 'provider', 'guard', 'limiter', 'circuit', 'budget', 'retry', 'stream', 'client'],
  redis: ['internal', 'quota', 'provider', 'guard', 'limiter', 'circuit', 'budget'],
  http: ['internal', 'provider', 'eventsource-parser'],
  testing: ['internal', 'quota', 'provider'],
  'ai-sdk': ['internal', 'provider', 'stream', 'client'],
  opentelemetry: ['internal', 'provider', 'client', '@opentelemetry/api'],
  core: ['internal', 'quota', 'provider', 'limiter', 'circuit', 'budget', 'retry', 'stream', 'client', 'routing'],
  lab: ['internal', 'quota', 'provider', 'budget', 'client', 'testing', 'node:fs', 'node:path', 'node:url'],
};
/** Rooms that a port to something else than RxJS could take as they are. */
const pure = ['quota', 'provider'];
const mostLines = 250;
/** Where a room begins from outside: the public surface. */
const surfaces = ['src/index.ts', 'src/redis/index.ts', 'src/http/index.ts', 'src/core/index.ts', 'src/testing/index.ts', 'src/ai-sdk/index.ts', 'src/opentelemetry/index.ts', 'src/lab/index.ts'];

const files = filesBelow('src', '.ts');
const roomOf = (file: string) => relative('src', file).split('/')[0]!;

/** What a file imports, exports from elsewhere, or loads; types as well. */
function importsOf(file: string): string[] {
  return ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles.map(({ fileName }) => fileName);
}

/** The files of src/ that a file imports. */
function filesImportedBy(file: string): string[] {
  const paths = importsOf(file).filter((name) => name.startsWith('.')).map((name) => relative('.', resolve(dirname(file), name)));
  return paths.map((path) => files.find((each) => [`${path}.ts`, `${path}/index.ts`, path].includes(each)) ?? `${path}, which is not there`);
}

/** The shortest way from a file over its imports back to it, if there is one. */
function circleThrough(file: string, imported: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const seen = new Set<string>();
  for (let ways = [[file]]; ways.length > 0; ) {
    const longer = ways.flatMap((way) => (imported.get(way.at(-1)!) ?? []).map((next) => [...way, next]));
    const circle = longer.find((way) => way.at(-1) === file);
    if (circle !== undefined) {
      return circle;
    }
    ways = longer.filter((way) => !seen.has(way.at(-1)!) && seen.add(way.at(-1)!));
  }
  return undefined;
}

/** The room in which an import ends, or the name of a package. */
function target(file: string, name: string): string {
  return name.startsWith('.') ? roomOf(relative('.', resolve(dirname(file), name))) : name;
}

const arrows = files
  .filter((file) => file !== 'src/index.ts')
  .flatMap((file) => importsOf(file).map((name) => ({ file, room: roomOf(file), to: target(file, name) })));

describe('the layout of src/', () => {
  it('has the rooms that are known here, and no others', () => {
    expect([...new Set(files.filter((file) => file !== 'src/index.ts').map(roomOf))].sort()).toEqual(Object.keys(mayKnow).sort());
    expect(arrows.length).toBeGreaterThan(100);
  });

  it('lets arrows run one way', () => {
    const wrong = arrows.filter(({ room, to }) => to !== 'rxjs' && to !== room && !mayKnow[room]!.includes(to));
    expect(wrong).toEqual([]);
  });

  it('has no circle of imports between files, types included', () => {
    const imported = new Map(files.map((file) => [file, filesImportedBy(file)]));
    const found = files.flatMap((file) => {
      const circle = circleThrough(file, imported);
      return circle === undefined ? [] : [{ file, circle: circle.map((each) => relative('src', each)).join(' → ') }];
    });
    expect(found.map(({ circle }) => circle)).toEqual([]);
  });

  it(`has no file of more than ${mostLines} lines`, () => {
    const found = files
      .map((file) => ({ file, lines: readFileSync(file, 'utf8').trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > mostLines);
    expect(found).toEqual([]);
  });

  it('keeps rxjs out of the pure rooms', () => {
    expect(arrows.filter(({ room, to }) => pure.includes(room) && to === 'rxjs')).toEqual([]);
  });

  it('exports from a room only what is there: the public surface has no code of its own', () => {
    for (const surface of surfaces) {
      const { statements } = ts.createSourceFile(surface, readFileSync(surface, 'utf8'), ts.ScriptTarget.ESNext);
      expect(statements.filter((statement) => !ts.isExportDeclaration(statement)).map(({ kind }) => kind)).toEqual([]);
    }
  });

  it('has no two files that differ by case alone', () => {
    const all = ['src', 'spec', 'marbles', 'examples', 'docs'].flatMap((folder) => filesBelow(folder, ''));
    const seen = new Map<string, string>();
    const twins = all.filter((file) => {
      const twin = seen.get(file.toLowerCase());
      seen.set(file.toLowerCase(), file);
      return twin !== undefined && twin !== file;
    });
    expect(twins).toEqual([]);
  });
});

describe('the documents', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const documents = ['README.md', 'AGENTS.md', 'CONTRIBUTING.md', 'SECURITY.md', ...filesBelow('docs', '.md')];

  it.each(documents)('%s names scripts that exist', (document) => {
    const named = [...readFileSync(document, 'utf8').matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it('name folders and files of src/ and spec/ that exist', () => {
    const named = documents.flatMap((document) =>
      [...readFileSync(document, 'utf8').matchAll(/`((?:src|spec|marbles|bench|examples)\/[\w./-]*)`/g)].map(([, name]) => name!),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !existsSync(name))).toEqual([]);
  });
});
