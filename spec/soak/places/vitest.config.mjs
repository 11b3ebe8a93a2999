// The marbles in one place, or the specs of the AI SDK: main.mjs runs this once for each, and says in the variable PLACE which it is.
import { readFileSync } from 'node:fs';
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

const own =
  place.ai === undefined ? ['spec/marbles.spec.ts'] : ['spec/ai-sdk/*.spec.ts', 'spec/soak/places/ai-sdk-place.ts'];
const files = [...own, 'spec/soak/places/place.ts'];

/** What Node would load of the AI SDK in a folder: it is there for `import` only. */
function aliasOfAiSdk(folder) {
  const fileOf = (name, entry) => {
    const home = join(folder, 'node_modules', name);
    return join(home, JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')).exports[entry].import);
  };
  return { 'ai/test': fileOf('ai', './test'), '@ai-sdk/openai': fileOf('@ai-sdk/openai', '.'), ai: fileOf('ai', '.') };
}

export default defineConfig({
  root,
  resolve: {
    alias: {
      'rxjs-resilience/ai-sdk': join(root, 'src/ai-sdk/index.ts'),
      'rxjs-resilience/testing': join(root, 'src/testing/index.ts'),
      'rxjs-resilience': join(root, 'src/index.ts'),
      ...(place.rxjs === undefined ? {} : aliasOfRxjs(place.rxjs)),
      ...(place.ai === undefined ? {} : aliasOfAiSdk(place.ai)),
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
