import { defineConfig } from 'vitest/config';

/** The specs on which mutants are tried: all but those that need sockets, a compiler, or many seconds. */
export default defineConfig({
  resolve: { alias: { 'rxjs-resilience': new URL('../../src/index.ts', import.meta.url).pathname } },
  test: {
    include: ['spec/**/*.spec.ts'],
    exclude: [
      'spec/integration/**',
      'spec/docs.spec.ts',
      'spec/drawings.spec.ts',
      'spec/limiter/rate-limiter-load.spec.ts',
      'spec/provider/linear-time.spec.ts',
      'spec/security.spec.ts',
    ],
    setupFiles: ['spec/mutation/fast.ts'],
    testTimeout: 30_000,
    env: { PROPERTY_RUNS: '0.1' },
    isolate: false, // a mutant is tried in a second, not in a minute
  },
});
