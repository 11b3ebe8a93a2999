import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig, type Rolldown } from 'tsdown';
import ts from 'typescript';

export default defineConfig({
  entry: [
    'src/index.ts',
    ...['redis', 'http', 'core', 'testing', 'ai-sdk', 'opentelemetry', 'lab'].map((room) => `src/${room}/index.ts`),
    'src/lab/cli/main.ts',
  ],
  format: ['esm', 'cjs'],
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/],
  // One output file per source file, so that bundlers drop whole rooms that are not imported.
  unbundle: true,
  // With `src` in the package, "go to definition" in an editor ends in the TypeScript source.
  dts: { sourcemap: true },
  sourcemap: true,
  outputOptions: (options) => ({
    ...options,
    sourcemapExcludeSources: true,
    entryFileNames: (chunk) => fileNameOf(options.entryFileNames, chunk),
  }),
  outExtensions: ({ format }) => (format === 'cjs' ? { js: '.cjs', dts: '.d.cts' } : { js: '.js', dts: '.d.ts' }),
  plugins: [lowerPrivateNames(), licenceOf('eventsource-parser', 'http'), inlinedPlots()],
});

type FileNames = Exclude<Rolldown.OutputOptions['entryFileNames'], undefined>;

/** The one package that is bundled stands beside those who import it. */
function fileNameOf(names: FileNames | undefined, chunk: Rolldown.PreRenderedChunk): string {
  const name = typeof names === 'function' ? names(chunk) : (names ?? '[name].js');
  return chunk.name.startsWith('node_modules/') ? name.replace('[name]', 'http/eventsource-parser') : name;
}

/** Adds the licence of a package that is bundled. Its source is not in ours: no map leads there. */
function licenceOf(name: string, room: string): Rolldown.Plugin {
  return {
    name: 'licence',
    generateBundle(_options, bundle) {
      const source = readFileSync(`node_modules/${name}/LICENSE`, 'utf8');
      this.emitFile({ type: 'asset', fileName: `${room}/${name}.LICENSE`, source });
      for (const [file, output] of Object.entries(bundle)) {
        if (file.startsWith(`${room}/${name}.`) && output.type === 'asset') {
          delete bundle[file];
        } else if (file.startsWith(`${room}/${name}.`) && output.type === 'chunk') {
          output.code = output.code.replace(/\n\/\/# sourceMappingURL=.*/, '');
        }
      }
    },
  };
}

/** Puts the text of uPlot, and its licence, where the sources read it from the folder in which it is installed. */
function inlinedPlots(): Rolldown.Plugin {
  const read = (name: string) => readFileSync(`node_modules/uplot/${name}`, 'utf8');
  return {
    name: 'inlined-plots',
    transform: {
      filter: { id: /\/src\/lab\/page\/plot-library\.ts$/ },
      handler: () => {
        const library = { script: read('dist/uPlot.iife.min.js'), style: read('dist/uPlot.min.css') };
        return { code: `export const plotLibrary = () => (${JSON.stringify(library)});`, map: null };
      },
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'lab/page/uplot.LICENSE', source: read('LICENSE') });
    },
  };
}

/**
 * Makes short plain names of `#names`, and of what TypeScript calls private. A class with `#names`, or with fields that are
 * defined instead of assigned (`useDefineForClassFields` in tsconfig.json), costs 30 to 100 ns more for each object in
 * Node 20; and the names of fields are a twentieth of what users bundle, because minifiers must leave them as they are.
 */
function lowerPrivateNames() {
  const short = shortNames();
  return {
    name: 'lower-private-names',
    transform: {
      filter: { id: /\/src\/.*(?<!\.d)\.ts$/ },
      handler: (code: string, id: string) => ({ code: withShortInfinity(lowered(code, id, short)), map: null }),
    },
  };
}

/** Minifiers make `1/0` of the short name only. Padded, as below. */
function withShortInfinity(code: string): string {
  return code.replaceAll('Number.POSITIVE_INFINITY', (long) => 'Infinity'.padEnd(long.length));
}

/** From the last to the first, and padded with spaces: so most other columns stay, and the source map with them. */
export function lowered(code: string, id: string, namesOf: (owner: ts.ClassDeclaration) => ShortNames): string {
  const edits = nodesOf(parse(id, code))
    .filter(ts.isClassDeclaration)
    .flatMap((owner) => {
      const names = namesOf(owner);
      return privateUses(owner).map((use) => ({ ...use, own: names.get(use.name.text)! }));
    })
    .sort((a, b) => b.name.getStart() - a.name.getStart());
  let text = code;
  for (const { name, own, isTaken, isPut } of edits) {
    const padded = isTaken ? `${own}: ${name.text}` : isPut ? `${name.text}: ${own}` : own.padEnd(name.text.length);
    text = text.slice(0, name.getStart()) + padded + text.slice(name.getEnd());
  }
  return text;
}

type ShortNames = ReadonlyMap<string, string>;

/**
 * The most frequent name of a class is the shortest one. All classes have the same short names, which compresses best; but a
 * class has none of those that it extends.
 */
export function shortNames(): (owner: ts.ClassDeclaration) => ShortNames {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const classes = files
    .flatMap((file) => nodesOf(parse(file, readFileSync(`src/${file}`, 'utf8'))))
    .filter(ts.isClassDeclaration);
  const inherited = (owner: ts.ClassDeclaration): number => {
    const name = baseOf(owner);
    const bases = classes.filter((each) => each.name?.text === name);
    if (bases.length > 1) {
      throw new Error(`There are two classes ${name}, one of which ${owner.name?.text} extends: rename one`);
    }
    return bases.reduce((_, base) => inherited(base) + new Set(privateUses(base).map((use) => use.name.text)).size, 0);
  };
  return (owner) => shortNamesOf(owner, inherited(owner));
}

function shortNamesOf(owner: ts.ClassDeclaration, from: number): ShortNames {
  const counts = new Map<string, number>();
  for (const { name } of privateUses(owner)) {
    counts.set(name.text, (counts.get(name.text) ?? 0) + 1);
  }
  const byCount = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return new Map(byCount.map(([name], index) => [name, `_${(from + index).toString(36)}`]));
}

function baseOf({ heritageClauses }: ts.ClassDeclaration): string | undefined {
  return heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0]?.expression.getText();
}

/** Where a private name stands. */
interface PrivateUse {
  readonly name: ts.Identifier | ts.PrivateIdentifier;
  /** In `const { name } = this`, where it is the name of a variable as well, which stays. */
  readonly isTaken?: boolean;
  /** In `{ name }` of a parameter that is a field, where it is the name of a property as well, which stays. */
  readonly isPut?: boolean;
}

function privateUses(owner: ts.ClassDeclaration): PrivateUse[] {
  const hard = nodesOf(owner)
    .filter(ts.isPrivateIdentifier)
    .map((name) => ({ name }));
  return [...hard, ...softUses(owner)];
}

/** Of what TypeScript calls private: nothing but the class uses that, and it does so by `this`. A spec checks the types. */
function softUses(owner: ts.ClassDeclaration): PrivateUse[] {
  const names = softNames(owner);
  const has = (name: ts.Node): name is ts.Identifier => ts.isIdentifier(name) && names.has(name.text);
  return nodesOf(owner).flatMap((node): PrivateUse[] => {
    if (ts.isPropertyAccessExpression(node) && isThis(node.expression) && has(node.name)) {
      return [{ name: node.name }];
    }
    if ((ts.isClassElement(node) && node.parent === owner && isPrivate(node)) || isPrivateParameter(node)) {
      return [{ name: (node as ts.NamedDeclaration).name as ts.Identifier }];
    }
    if (ts.isBindingElement(node) && isThis((node.parent.parent as ts.VariableDeclaration).initializer)) {
      const taken = node.propertyName ?? node.name;
      return has(taken) ? [{ name: taken, isTaken: node.propertyName === undefined }] : [];
    }
    return ts.isConstructorDeclaration(node) ? parameterUses(node) : [];
  });
}

/** A parameter that becomes a field is a variable of the constructor as well. */
function parameterUses(made: ts.ConstructorDeclaration): PrivateUse[] {
  const names = new Set(made.parameters.filter(isPrivateParameter).map(({ name }) => name.getText()));
  return nodesOf(made)
    .filter(ts.isIdentifier)
    .filter((name) => names.has(name.text) && !isNameIn(name.parent, name))
    .map((name) => ({ name, isPut: ts.isShorthandPropertyAssignment(name.parent) }));
}

/** Whether it stands there for a property, or is declared there. */
function isNameIn(parent: ts.Node, name: ts.Identifier): boolean {
  const isProperty = ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent);
  return (isProperty && parent.name === name) || ts.isBindingElement(parent) || isPrivateParameter(parent);
}

function softNames(owner: ts.ClassDeclaration): ReadonlySet<string> {
  const parameters = owner.members.filter(ts.isConstructorDeclaration).flatMap((made) => [...made.parameters]);
  return new Set(
    [...owner.members.filter(isPrivate), ...parameters.filter(isPrivateParameter)].map(({ name }) => name!.getText()),
  );
}

function isPrivateParameter(node: ts.Node): node is ts.ParameterDeclaration {
  return ts.isParameter(node) && isPrivate(node);
}

function isPrivate(node: ts.Node): boolean {
  const kinds = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []).map(({ kind }) => kind) : [];
  return kinds.includes(ts.SyntaxKind.PrivateKeyword) && !kinds.includes(ts.SyntaxKind.StaticKeyword);
}

function isThis(node: ts.Expression | undefined): boolean {
  return node?.kind === ts.SyntaxKind.ThisKeyword;
}

function parse(file: string, code: string): ts.SourceFile {
  return ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true);
}

function nodesOf(node: ts.Node): ts.Node[] {
  return [node, ...node.getChildren().flatMap(nodesOf)];
}
