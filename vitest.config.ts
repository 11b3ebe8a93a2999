import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    alias: {
      'rxjs-resilience/redis': new URL('src/redis/index.ts', import.meta.url).pathname,
      'rxjs-resilience/http': new URL('src/http/index.ts', import.meta.url).pathname,
      'rxjs-resilience/core': new URL('src/core/index.ts', import.meta.url).pathname,
      'rxjs-resilience/lab': new URL('src/lab/index.ts', import.meta.url).pathname,
      'rxjs-resilience/testing': new URL('src/testing/index.ts', import.meta.url).pathname,
      'rxjs-resilience/ai-sdk': new URL('src/ai-sdk/index.ts', import.meta.url).pathname,
      'rxjs-resilience/opentelemetry': new URL('src/opentelemetry/index.ts', import.meta.url).pathname,
      'rxjs-resilience': new URL('src/index.ts', import.meta.url).pathname,
    },
  },
  test: {
    include: ['spec/**/*.spec.ts'],
    // Virtual time costs no time, but a million waiters on a busy machine do.
    testTimeout: 120_000,
    // By default one core of two is left idle, while many specs only wait for a server.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text', 'html'],
      // All of both, but for what only a slow machine or network does to the specs with real servers.
      thresholds: { lines: 99.9, functions: 99.8, branches: 97, statements: 99 },
    },
  },
});
