import { describe, expect, it } from 'vitest';
import { answerTo } from '../../examples/provider/prompts';
import { answerOf, arm, ask, phaseOf, reaches, stage } from './stage';

const question = 'Explain backpressure in one paragraph.';
const answer = answerTo(question);

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

describe('faults', () => {
  it('waits as long as a 429 asks for, and says so', async () => {
    const page = await stage.visit();
    await arm(page, 'throttle');
    await ask(page, question);
    await reaches(page, 'waiting');
    expect(await phaseOf(page)).toMatch(/^retrying in \d\.\d s \(1 of 3\): too many requests \(429\)$/);
    await reaches(page, 'done');
    expect(await answerOf(page)).toBe(answer);
  });

  it('tries again after a 500 and after a first token that does not come', async () => {
    const page = await stage.visit();
    await arm(page, 'error');
    await arm(page, 'slow');
    await ask(page, question);
    await reaches(page, 'waiting');
    await reaches(page, 'done');
    expect(await answerOf(page)).toBe(answer);
    expect(await page.locator('#timeline .retry').count()).toBe(2);
  });

  it('keeps what came before a stall and before a cut, and goes on from there when asked to', async () => {
    const page = await stage.visit();
    await arm(page, 'stall');
    await ask(page, question);
    await reaches(page, 'failed');
    expect(await phaseOf(page)).toBe('cut off after 12 tokens: continue?');
    await arm(page, 'cut');
    await page.click('[aria-label="Continue answer 1"]');
    await page.locator('.phase', { hasText: /^cut off after [2-5]\d tokens: continue\?$/ }).waitFor();
    await page.click('[aria-label="Continue answer 1"]');
    await reaches(page, 'done');
    expect(await answerOf(page)).toBe(answer);
  });

  it('goes on by itself, and types nothing twice', async () => {
    const page = await stage.visit();
    await page.selectOption('#after-cut', 'continue');
    await arm(page, 'cut');
    await ask(page, question);
    await reaches(page, 'done');
    expect(await answerOf(page)).toBe(answer);
  });

  it('starts over without typing anything twice, as plain RxJS does', async () => {
    const page = await stage.visit();
    await page.check('[name=mode][value=both]');
    await page.selectOption('#after-cut', 'restart');
    await arm(page, 'cut');
    await ask(page, question);
    await Promise.all([reaches(page, 'done'), reaches(page, 'done', 'plain-1')]);
    expect(await answerOf(page)).toBe(answer);
    expect(await answerOf(page, 'plain-1')).toMatch(new RegExp(`.+${answer}$`));
  });
});
