import { describe, expect, it } from 'vitest';
import { answerTo } from '../../examples/provider/prompts';
import { answerOf, arm, ask, phaseOf, reaches, stage, tallyOf } from './stage';

const question = 'Explain backpressure in one paragraph.';
const answer = answerTo(question);

describe('send and stop', () => {
  it('streams an answer on both sides', async () => {
    const page = await stage.visit();
    await ask(page, question);
    await reaches(page, 'streaming');
    await Promise.all([reaches(page, 'done'), reaches(page, 'done', 'plain-1')]);
    await expect.poll(() => answerOf(page)).toBe(answer);
    await expect.poll(() => answerOf(page, 'plain-1')).toBe(answer);
    await expect.poll(() => phaseOf(page)).toBe('whole');
  });

  it('stops an answer, and the server sees that nobody waits any more', async () => {
    const page = await stage.visit();
    await page.check('[name=mode][value=guarded]');
    await arm(page, 'slowFirst');
    await ask(page, question);
    await page.locator('#open', { hasText: '1' }).waitFor();
    await page.click('[aria-label="Stop answer 1"]');
    await reaches(page, 'cancelled');
    await page.locator('#open', { hasText: '0' }).waitFor();
    await page.click('[aria-label="Retry answer 1"]');
    await reaches(page, 'done');
    await expect.poll(() => answerOf(page)).toBe(answer);
  });

  it('closes every connection with the tab', async () => {
    const page = await stage.visit();
    await arm(page, 'slowFirst', 3);
    for (const topic of ['one', 'two', 'three']) {
      await ask(page, topic);
    }
    await expect.poll(() => stage.openConnections()).toBe(6);
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
    await expect.poll(() => phaseOf(page)).toMatch(/^(429: retry in \d\.\d s|queued)/);
    await reaches(page, 'done');
    await expect.poll(() => tallyOf(page, 'guarded')).toMatchObject({ whole: 1, wasted: 1, throttled: 1 });
  });

  it('goes on by itself where an answer broke off; plain types it twice, and that is marked', async () => {
    const page = await stage.visit();
    await arm(page, 'cut');
    await ask(page, question);
    await Promise.all([reaches(page, 'done'), reaches(page, 'done', 'plain-1')]);
    await expect.poll(() => answerOf(page)).toBe(answer);
    const garbled = await answerOf(page, 'plain-1');
    expect(garbled.length).toBeGreaterThan(answer.length);
    expect(garbled.endsWith(answer)).toBe(true);
    await expect.poll(() => phaseOf(page, 'plain-1')).toBe('garbled');
    expect(garbled.endsWith((await page.textContent('[data-id=plain-1] mark'))!)).toBe(true);
    await expect.poll(() => tallyOf(page, 'guarded')).toMatchObject({ whole: 1, garbled: 0, wasted: 0 });
    await expect.poll(() => tallyOf(page, 'plain')).toMatchObject({ whole: 0, garbled: 1, wasted: 2 });
  });

  it('keeps what came, and goes on from there when asked to', async () => {
    const page = await stage.visit();
    await page.check('[name=mode][value=guarded]');
    await page.selectOption('#after-cut', 'error');
    await arm(page, 'cut', 2);
    await ask(page, question);
    await reaches(page, 'failed');
    const begun = await answerOf(page);
    expect(answer.startsWith(begun)).toBe(true);
    await page.click('[aria-label="Continue answer 1"]');
    await page.waitForFunction(() => document.querySelector('#open')?.textContent === '0');
    await reaches(page, 'failed');
    await page.click('[aria-label="Continue answer 1"]');
    await reaches(page, 'done');
    await expect.poll(() => answerOf(page)).toBe(answer);
  });

  it('starts over without typing anything twice', async () => {
    const page = await stage.visit();
    await page.check('[name=mode][value=guarded]');
    await page.selectOption('#after-cut', 'restart');
    await arm(page, 'cut');
    await ask(page, question);
    await reaches(page, 'done');
    await expect.poll(() => answerOf(page)).toBe(answer);
    await expect.poll(() => tallyOf(page, 'guarded')).toMatchObject({ whole: 1, wasted: 1 });
  });
});
