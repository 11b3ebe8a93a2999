import { afterAll, afterEach, beforeAll } from 'vitest';
import { stage } from './stage';
import './calls';
import './comparison';
import './guards';
import './look';
import './page';

// One file, so that they share a browser.

beforeAll(() =>
  stage.open({
    tempo: { latency: 20, tokensPerSecond: 200, outage: 5_000 },
    quota: { requests: 1_000, window: 1_000, concurrent: 20 },
  }),
);
afterEach(() => stage.leave());
afterAll(() => stage.close());
