import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { answerOf, arm, ask, reaches, stage } from './stage';

const question = 'Explain load shedding in one paragraph.';

/** What axe finds serious or critical. */
async function findings(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run());
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

describe('for everybody', () => {
  it('has no serious fault in either theme, with messages in every phase, on a desk and on a phone', async () => {
    const page = await stage.visit({ requests: 3, window: 60_000 });
    await page.check('[name=mode][value=both]');
    await arm(page, 'cut');
    for (const topic of [question, 'two', 'three', 'four']) {
      await ask(page, topic);
    }
    await Promise.all([reaches(page, 'failed'), reaches(page, 'done', 'guarded-2')]);
    await page.evaluate(axe.source);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.waitForSelector(`html[data-theme=${colorScheme}]`);
      expect(await findings(page)).toEqual([]);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await findings(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await page.click('#theme');
    await page.waitForSelector('html[data-theme=light]');
    await page.click('#theme');
    await page.click('text="Stop all"');
    await page.setViewportSize({ width: 1280, height: 720 });
  });

  it('is used with the keyboard alone, and keeps the focus where it is of use', async () => {
    const page = await stage.visit();
    await arm(page, 'stall');
    await page.focus('#prompt');
    await page.keyboard.type(question);
    await page.keyboard.press('Enter');
    await reaches(page, 'streaming');
    await page.focus('[aria-label="Stop answer 1"]');
    await reaches(page, 'failed');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Continue answer 1');
    await page.keyboard.press('Enter');
    await reaches(page, 'done');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('prompt');
  });

  it('reads phases aloud, never tokens', async () => {
    const page = await stage.visit();
    await ask(page, question);
    await reaches(page, 'done');
    await page.locator('#announcements', { hasText: 'Guarded, answer 1: done' }).waitFor();
    const live = '[aria-live]:not([aria-live=off]), [role=log], [role=alert], [role=status]';
    expect(await page.locator(live).count()).toBe(1);
    expect(await page.textContent('#announcements')).not.toContain((await answerOf(page)).slice(0, 20));
  });
});

describe('drawing', () => {
  it('changes a message at most 25 times a second at 200 tokens a second', async () => {
    const page = await stage.visit();
    await page.evaluate(() => {
      const times: number[] = [];
      Object.assign(window, { times });
      const note = (records: MutationRecord[]) => times.push(...records.map(() => performance.now()));
      const options = { subtree: true, childList: true, characterData: true };
      const lists = [...document.querySelectorAll('.messages')];
      const begin = () => {
        for (const message of document.querySelectorAll('.message')) {
          new MutationObserver(note).observe(message, options);
        }
      };
      new MutationObserver(begin).observe(lists[0]!, { childList: true });
    });
    await ask(page, question);
    await reaches(page, 'done');
    const times = await page.evaluate(() => (window as unknown as { times: number[] }).times);
    const inSecondFrom = times.map((from) => times.filter((time) => time >= from && time < from + 1_000).length);
    expect(times.length).toBeGreaterThan(3);
    expect(Math.max(...inSecondFrom)).toBeLessThanOrEqual(25);
    expect(Number(/\d+/.exec((await page.textContent('.phase'))!)![0])).toBeGreaterThan(50);
  });
});
