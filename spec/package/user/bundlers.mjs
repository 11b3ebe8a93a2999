// Each bundler as a user has it: little is configured, and nothing is minified. Packages that are `external` stay apart.
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** For each bundler, what makes one file of a program and of all that it imports, and the ending of that file. */
export const bundlers = {
  esbuild: {
    ending: '.cjs',
    async bundle(program, file, external) {
      const { build } = await import('esbuild');
      await build({ entryPoints: [program], outfile: file, bundle: true, platform: 'node', external });
    },
  },
  rollup: {
    ending: '.mjs',
    async bundle(program, file) {
      const { rollup } = await import('rollup');
      const bundle = await rollup({ input: program, plugins: [resolving], onwarn: fail });
      await bundle.write({ file });
    },
  },
  vite: {
    ending: '.mjs',
    async bundle(program, file, external) {
      const { build } = await import('vite');
      const output = { entryFileNames: basename(file) };
      const options = {
        minify: false,
        outDir: dirname(file),
        emptyOutDir: false,
        rolldownOptions: { output, external },
      };
      await build({
        logLevel: 'error',
        configFile: false,
        ssr: { noExternal: true },
        build: { ssr: program, ...options },
      });
    },
  },
  webpack: {
    ending: '.cjs',
    async bundle(program, file, external) {
      const { default: webpack } = await import('webpack');
      const config = {
        mode: 'production',
        target: 'node',
        entry: resolve(program),
        output: { path: resolve(dirname(file)), filename: basename(file) },
        externals: external,
        externalsType: 'commonjs',
        optimization: { minimize: false },
        performance: { hints: false },
      };
      const stats = await new Promise((done, failed) => {
        webpack(config, (error, result) => (error ? failed(error) : done(result)));
      });
      if (stats.hasErrors() || stats.hasWarnings()) {
        fail({ message: stats.toString({ all: false, errors: true, warnings: true }) });
      }
    },
  },
};

/** What rollup lacks: our packages are looked for as Node does for an ES module; others stay where they are. */
const resolving = {
  name: 'resolving',
  resolveId(id, from) {
    if (from === undefined || id.startsWith('.')) {
      return null;
    }
    return id.startsWith('rxjs-resilience') ? fileURLToPath(import.meta.resolve(id)) : { id, external: true };
  },
};

function fail({ message }) {
  throw new Error(message);
}
