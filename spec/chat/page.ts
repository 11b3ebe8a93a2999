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
    await page.selectOption('#after-cut', 'error');
    await arm(page, 'cut');
    for (const topic of [question, 'two', 'three', 'four']) {
      await ask(page, topic);
    }
    await Promise.all([reaches(page, 'failed'), reaches(page, 'done', 'guarded-2'), reaches(page, 'done', 'plain-1')]);
    await page.locator('[data-id=plain-1] .head').click();
    await page.evaluate(axe.source);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.waitForSelector(`html[data-theme=${colorScheme}]`);
      expect(await findings(page)).toEqual([]);
    }
    await page.click('[data-code=guarded]');
    expect(await findings(page)).toEqual([]);
    await expect.poll(() => page.textContent('#code-text')).toContain('client\n    .answer(');
    await page.keyboard.press('Escape');
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await findings(page)).toEqual([]);
    await page.click('#theme');
    await page.waitForSelector('html[data-theme=light]');
    await page.click('#theme');
    await page.click('text="Stop all"');
  });

  it('is used with the keyboard alone, and keeps the focus where it is of use', async () => {
    const page = await stage.visit();
    await page.selectOption('#after-cut', 'error');
    await arm(page, 'stall');
    await page.focus('#prompt');
    await page.keyboard.type(question);
    await page.keyboard.press('Enter');
    await reaches(page, 'streaming');
    await page.focus('[data-lane=guarded] [aria-label="Stop answer 1"]');
    await reaches(page, 'failed');
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
    await expect.poll(focused).toBe('Continue answer 1');
    await page.keyboard.press('Enter');
    await reaches(page, 'done');
    const isHead = () => page.evaluate(() => document.activeElement?.className);
    await expect.poll(isHead).toBe('head');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-expanded'))).toBe('false');
  });

  it('runs a preset with the keyboard, and opens a cell of the grid', async () => {
    const page = await stage.visit();
    await page.focus('[data-preset=bad-day]');
    await page.keyboard.press('Enter');
    await reaches(page, 'done', 'guarded-1');
    await page.focus('[data-id=guarded-1] .head');
    await page.keyboard.press('Space');
    await page.waitForSelector('[data-id=guarded-1][data-open] .question');
    await page.focus('#stop-all');
    await page.keyboard.press('Enter');
  });

  it('says how many answers stand how, never what they say', async () => {
    const page = await stage.visit();
    await page.evaluate(() => {
      const said: string[] = [];
      Object.assign(window, { said });
      const region = document.getElementById('announcements')!;
      new MutationObserver(() => said.push(region.textContent!)).observe(region, { childList: true, subtree: true });
    });
    await page.click('#send-many');
    await page
      .locator('#announcements', { hasText: 'rxjs-resilience: 30 whole, 0 garbled, 0 lost, 0 under' })
      .waitFor();
    const said = await page.evaluate(() => (window as unknown as { said: string[] }).said);
    expect(said.length).toBeLessThanOrEqual(3);
    expect(said.join()).not.toContain((await answerOf(page)).slice(0, 20));
    const live = '[aria-live]:not([aria-live=off]), [role=log], [role=alert], [role=status]';
    expect(await page.locator(live).count()).toBe(1);
  });
});
