import { describe, expect, it } from 'vitest';
import { faultNames } from '../../examples/chat/server/switches';
import { answerTo, prompts } from '../../examples/provider/prompts';
import { answerOf, arm, ask, settled, stage, tallyOf } from './stage';

const asked = prompts.slice(0, 4).map(({ question }) => question);

describe('every switch, thrown three times', () => {
  it.each(faultNames)('%s: guarded has all answers, whole, and plain no more; the tally says so', async (fault) => {
    const page = await stage.visit();
    await arm(page, fault, 3);
    for (const question of asked) {
      await ask(page, question);
    }
    await settled(page, asked.length);
    for (const [index, question] of asked.entries()) {
      await expect.poll(() => answerOf(page, `guarded-${index + 1}`)).toBe(answerTo(question));
    }
    await page.waitForTimeout(50); // the tally is drawn with the next frame
    const [guarded, plain] = [await tallyOf(page, 'guarded'), await tallyOf(page, 'plain')];
    expect(guarded).toMatchObject({ whole: asked.length, garbled: 0, lost: 0, running: 0 });
    expect(plain.whole! + plain.garbled! + plain.lost!).toBe(asked.length);
    const right = await Promise.all(asked.map((question, index) => isWhole(page, question, index + 1)));
    expect(right.filter(Boolean)).toHaveLength(plain.whole!);
  });

  it('all of them: guarded has at least as many whole answers as plain, and no garbled one', async () => {
    const page = await stage.visit({ first: 3_000, each: 2_000 });
    for (const fault of faultNames) {
      await arm(page, fault, 3);
    }
    await page.click('#send-many');
    await settled(page, 30);
    await page.waitForTimeout(50);
    const [guarded, plain] = [await tallyOf(page, 'guarded'), await tallyOf(page, 'plain')];
    expect(guarded.garbled).toBe(0);
    expect(guarded.whole).toBeGreaterThanOrEqual(plain.whole!);
    expect(plain.garbled).toBeGreaterThan(0);
    expect(plain.wasted).toBeGreaterThan(guarded.wasted!);
  });
});

describe('presets', () => {
  it('a bad day: guarded brings all thirty answers, plain loses or garbles some', async () => {
    const page = await stage.visit({ first: 6_000, each: 3_000 });
    await page.click('[data-preset=bad-day]');
    await settled(page, 30);
    await page.waitForTimeout(50);
    await expect.poll(() => tallyOf(page, 'guarded')).toMatchObject({ whole: 30, garbled: 0, lost: 0 });
    expect((await tallyOf(page, 'plain')).whole).toBeLessThan(30);
  });

  it('a tight quota: the pace that works is found and shown', async () => {
    const page = await stage.visit();
    await page.click('[data-preset=tight-quota]');
    await page.locator('#pace-text', { hasText: /\d calls\/s/ }).waitFor();
    await settled(page, 30);
    await page.waitForTimeout(50);
    const [guarded, plain] = [await tallyOf(page, 'guarded'), await tallyOf(page, 'plain')];
    expect(guarded).toMatchObject({ whole: 30, lost: 0 });
    expect(plain.throttled).toBeGreaterThan(guarded.throttled!);
    expect((await page.getAttribute('#pace-line', 'points'))!.split(' ').length).toBeGreaterThan(3);
  });

  it('the provider is down for a while: guarded waits, plain loses answers', async () => {
    const page = await stage.visit({ retries: 3, delay: 100 });
    await expect.poll(() => page.textContent('[data-preset=outage]')).toBe('Provider down for 5 s');
    await page.click('[data-preset=outage]');
    await page
      .locator('#breaker[data-status=open] #breaker-text', { hasText: /^open: calls wait for \d\.\d s more$/ })
      .waitFor();
    await settled(page, 30);
    await page.waitForTimeout(50);
    await expect.poll(() => tallyOf(page, 'guarded')).toMatchObject({ whole: 30, lost: 0 });
    expect((await tallyOf(page, 'plain')).lost).toBeGreaterThan(0); // all, unless this machine is very busy
    await expect.poll(() => page.getAttribute('#breaker', 'data-status')).toBe('closed');
    await page.click('[data-preset=calm]');
    await page.waitForFunction(() => document.querySelectorAll('.message').length === 0);
  });
});

async function isWhole(page: Parameters<typeof answerOf>[0], question: string, number: number): Promise<boolean> {
  return (await answerOf(page, `plain-${number}`)) === answerTo(question);
}
