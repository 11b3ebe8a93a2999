// The marbles in one place: main.mjs runs this once for each, and says in the variable PLACE which it is.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { firefox } from './firefox.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const place = JSON.parse(process.env.PLACE);

/** What Node would load of RxJS in a folder. The same files for everybody, so that it is one copy. */
function aliasOfRxjs(folder) {
  const { resolve } = createRequire(join(folder, 'index.js'));
  return { 'rxjs/testing': resolve('rxjs/testing'), rxjs: resolve('rxjs') };
}

/** As root Chromium has no sandbox, and without the other flags it looks for its maker's hosts. */
const flags = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

const browserOf = ({ kind, path }) => ({
  enabled: true,
  headless: true,
  screenshotFailures: false,
  provider: kind === 'firefox' ? firefox(path) : playwright({ launchOptions: { executablePath: path, args: flags } }),
  instances: [{ browser: kind }],
});

const files = ['spec/marbles.spec.ts', 'spec/soak/places/place.ts'];

export default defineConfig({
  root,
  resolve: {
    alias: {
      'rxjs-resilience': join(root, 'src/index.ts'),
      ...(place.rxjs === undefined ? {} : aliasOfRxjs(place.rxjs)),
    },
  },
  // Else a browser would load the page again once a test imports them.
  optimizeDeps: { include: ['rxjs', 'rxjs/testing', 'fast-deep-equal', 'eventsource-parser', 'openai'] },
  test: {
    include: place.browser === undefined ? files : [...files, 'spec/soak/places/http.ts'],
    globalSetup: place.browser === undefined ? [] : ['spec/soak/places/server.ts'],
    provide: { place },
    // All files by one worker: what they import is loaded once.
    isolate: false,
    fileParallelism: false,
    testTimeout: 60_000,
    ...(place.browser === undefined ? {} : { browser: browserOf(place.browser) }),
  },
});
