import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { answerTo } from '../../examples/provider/prompts';
import { answerOf, arm, ask, phaseOf, reaches, Stage } from './stage';

const question = 'Explain backpressure in one paragraph.';
const answer = answerTo(question);
let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open({ tempo: { ttft: 20, tps: 200 }, quota: { requests: 1_000, window: 1_000 } });
});
afterEach(() => stage.leave());
afterAll(() => stage.close());

describe('send and stop', () => {
  it('streams an answer', async () => {
    const page = await stage.visit();
    await ask(page, question);
    await reaches(page, 'streaming');
    await reaches(page, 'done');
    expect(await answerOf(page)).toBe(answer);
    expect(await phaseOf(page)).toMatch(/^done, \d+ tokens$/);
  });

  it('stops an answer, and the server sees that nobody waits any more', async () => {
    const page = await stage.visit();
    await arm(page, 'stall');
    await ask(page, question);
    await reaches(page, 'streaming');
    await page.locator('#open', { hasText: '1' }).waitFor();
    await page.click('[aria-label="Stop answer 1"]');
    await reaches(page, 'cancelled');
    await page.locator('#open', { hasText: '0' }).waitFor();
    await page.click('[aria-label="Retry answer 1"]');
    await reaches(page, 'done');
    expect(await answerOf(page)).toBe(answer);
  });

  it('closes every connection with the tab', async () => {
    const page = await stage.visit();
    await arm(page, 'slow', 3);
    for (const topic of ['one', 'two', 'three']) {
      await ask(page, topic);
    }
    await expect.poll(() => stage.openConnections()).toBe(3);
    await page.close();
    await expect.poll(() => stage.openConnections()).toBe(0);
  });
});
