import { afterAll, afterEach, beforeAll } from 'vitest';
import { stage } from './stage';
import './calls';
import './guards';
import './page';

// One file, so that they share a browser.

beforeAll(() => stage.open({ tempo: { ttft: 20, tps: 200 }, quota: { requests: 1_000, window: 1_000 } }));
afterEach(() => stage.leave());
afterAll(() => stage.close());
