import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('../..', import.meta.url));

export default defineConfig({
  root,
  resolve: {
    alias: {
      'rxjs-resilience/http': `${root}src/http/index.ts`,
      'rxjs-resilience/testing': `${root}src/testing/index.ts`,
      'rxjs-resilience': `${root}src/index.ts`,
    },
  },
  test: {
    include: ['spec/chat/*.browser.ts'],
    maxWorkers: 2,
    // In real time, in a real browser: what a busy machine was too slow for is tried again.
    retry: 2,
    expect: { poll: { timeout: 10_000 } }, // the page draws when it has time
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
