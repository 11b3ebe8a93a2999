import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: ['src/index.ts', 'src/redis/index.ts'],
  format: ['esm', 'cjs'],
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/],
  // One output file per source file, so that bundlers drop whole rooms that are not imported.
  unbundle: true,
  // With `src` in the package, "go to definition" in an editor ends in the TypeScript source.
  dts: { sourcemap: true },
  sourcemap: true,
  outputOptions: { sourcemapExcludeSources: true },
  outExtensions: ({ format }) => (format === 'cjs' ? { js: '.cjs', dts: '.d.cts' } : { js: '.js', dts: '.d.ts' }),
});
