import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: ['src/index.ts', 'src/redis/index.ts'],
  format: ['esm', 'cjs'],
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/],
  // One output file per source file, so that bundlers drop whole rooms that are not imported.
  unbundle: true,
  dts: true,
  sourcemap: true,
  outExtensions: ({ format }) => (format === 'cjs' ? { js: '.cjs', dts: '.d.cts' } : { js: '.js', dts: '.d.ts' }),
});
