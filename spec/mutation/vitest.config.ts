import { defineConfig } from 'vitest/config';

const room = process.env.ROOM!;

/**
 * The specs on which the mutants of a room are tried: the room's own, and the marbles. Not those that need sockets or
 * many seconds.
 */
export default defineConfig({
  resolve: {
    alias: {
      'rxjs-resilience/redis': new URL('../../src/redis/index.ts', import.meta.url).pathname,
      'rxjs-resilience/http': new URL('../../src/http/index.ts', import.meta.url).pathname,
      'rxjs-resilience/core': new URL('../../src/core/index.ts', import.meta.url).pathname,
      'rxjs-resilience/testing': new URL('../../src/testing/index.ts', import.meta.url).pathname,
      'rxjs-resilience': new URL('../../src/index.ts', import.meta.url).pathname,
    },
  },
  test: {
    include: [`spec/${room}/**/*.spec.ts`, 'spec/marbles.spec.ts'],
    exclude: [
      ...['spec/*/growth.spec.ts', 'spec/limiter/rate-limiter-load.spec.ts'],
      ...['spec/provider/linear-time.spec.ts', 'spec/provider/hostile.spec.ts', 'spec/client/editor.spec.ts'],
    ],
    setupFiles: ['spec/mutation/fast.ts'],
    testTimeout: 300_000, // for machines that do much else
    env: { PROPERTY_RUNS: '0.1' },
    isolate: false, // a mutant is tried in a second, not in a minute
  },
});
