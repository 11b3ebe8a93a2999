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
 * Makes short plain names of `#names`: a class with `#names`, or with fields that are defined instead of assigned
 * (`useDefineForClassFields` in tsconfig.json), costs 30 to 100 ns more for each object in Node 20.
 */
function lowerPrivateNames() {
  const short = shortNames();
  return {
    name: 'lower-private-names',
    transform: {
      filter: { id: /\/src\/.*(?<!\.d)\.ts$/ },
      /** From the last to the first, and padded with spaces: so all other columns stay, and the source map with them. */
      handler(code: string, id: string) {
        let lowered = code;
        for (const name of nodesOf(parse(id, code)).filter(ts.isPrivateIdentifier).reverse()) {
          const padded = short.get(name.text)!.padEnd(name.text.length);
          lowered = lowered.slice(0, name.getStart()) + padded + lowered.slice(name.getEnd());
        }
        return { code: lowered, map: null };
      },
    },
  };
}

/** The most frequent name is the shortest one. The same name is the same everywhere, which compresses best. */
function shortNames(): ReadonlyMap<string, string> {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const nodes = files.sort().flatMap((file) => nodesOf(parse(file, readFileSync(`src/${file}`, 'utf8'))));
  checkBases(nodes.filter(ts.isClassDeclaration));
  const counts = new Map<string, number>();
  for (const { text } of nodes.filter(ts.isPrivateIdentifier)) {
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const byCount = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return new Map(byCount.map(([name], index) => [name, `_${index.toString(36)}`]));
}

/** Throws if a class and one that it extends have the same private name: as plain names they would be one. */
function checkBases(classes: readonly ts.ClassDeclaration[]): void {
  const owners = new Map(classes.map((owner) => [owner.name?.text, owner]));
  const baseOf = ({ heritageClauses }: ts.ClassDeclaration) =>
    owners.get(
      heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0]?.expression.getText(),
    );
  for (const owner of classes) {
    for (let base = baseOf(owner); base !== undefined; base = baseOf(base)) {
      const names = declared(base);
      for (const name of declared(owner).filter((own) => names.includes(own))) {
        throw new Error(`${owner.name?.text} and ${base.name?.text}, which it extends, both have ${name}: rename one`);
      }
    }
  }
}

function declared({ members }: ts.ClassDeclaration): string[] {
  return members.flatMap(({ name }) => (name !== undefined && ts.isPrivateIdentifier(name) ? [name.text] : []));
}

function parse(file: string, code: string): ts.SourceFile {
  return ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true);
}

function nodesOf(node: ts.Node): ts.Node[] {
  return [node, ...node.getChildren().flatMap(nodesOf)];
}
