import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { ask, phaseOf, reaches, stage } from './stage';

const question = 'Explain jitter in one paragraph.';

/** Notes the ids of messages in the order in which they come to a phase. */
function noteOrder(page: Page, phase: string): Promise<void> {
  return page.evaluate((wanted) => {
    const order: string[] = [];
    Object.assign(window, { order });
    const look = (records: MutationRecord[]) => {
      for (const { dataset } of records.map(({ target }) => target as HTMLElement)) {
        if (dataset.phase === wanted && !order.includes(dataset.id!)) {
          order.push(dataset.id!);
        }
      }
    };
    const options = { subtree: true, attributes: true, attributeFilter: ['data-phase'] };
    new MutationObserver(look).observe(document.getElementById('lanes')!, options);
  }, phase);
}

describe('the line', () => {
  it('drains in the order in which it was entered, and says who stands where', async () => {
    const page = await stage.visit({ requests: 10, window: 1_500, concurrent: 5, first: 15_000 });
    await noteOrder(page, 'streaming');
    await page.click('#send-many');
    expect(await phaseOf(page, 'guarded-30')).toMatch(/^waiting for a permit, \d+ ahead, about \d s$/);
    await page.locator('.tally', { hasText: '30 answered, 0 failed, 0 under way' }).waitFor();
    const order = await page.evaluate(() => (window as unknown as { order: string[] }).order);
    const numbers = order.map((id) => Number(id.split('-')[1]));
    // Five stream at a time, and of those any may be the first to answer.
    expect(numbers).toHaveLength(30);
    expect(numbers.filter((number, place) => Math.abs(number - place - 1) > 4)).toEqual([]);
  });

  it('is left by those who are stopped', async () => {
    const page = await stage.visit({ requests: 1, window: 60_000 });
    for (const topic of ['one', 'two', 'three']) {
      await ask(page, topic);
    }
    expect(await phaseOf(page, 'guarded-3')).toContain('1 ahead');
    await page.click('[aria-label="Stop answer 2"]');
    await page.locator('[data-id=guarded-3] .phase', { hasText: '0 ahead' }).waitFor();
    await page.click('text="Stop all"');
    await reaches(page, 'cancelled', 'guarded-3');
  });
});

describe('the breaker', () => {
  it('opens while the provider is down, refuses, and recovers', async () => {
    const page = await stage.visit({ recovery: 2_500 });
    await page.check('#down');
    await expect.poll(() => stage.chat.faults?.isDown).toBe(true);
    await ask(page, question);
    await page.waitForSelector('#breaker[data-status=open]');
    expect(await page.textContent('#breaker-text')).toMatch(/^open: calls are refused for \d\.\d s more$/);
    await ask(page, question);
    await reaches(page, 'failed', 'guarded-2');
    expect(await phaseOf(page, 'guarded-2')).toBe('failed: refused, the breaker is open');
    await page.uncheck('#down');
    await page.waitForSelector('#breaker[data-status=half-open]');
    await page.click('[aria-label="Retry answer 2"]');
    await reaches(page, 'done', 'guarded-2');
    expect(await page.getAttribute('#breaker', 'data-status')).toBe('closed');
  });
});

describe('the budget', () => {
  it('refuses what would be too much, until what was reserved is settled', async () => {
    const page = await stage.visit({ budget: 350 });
    await ask(page, question);
    await ask(page, question);
    await reaches(page, 'failed', 'guarded-2');
    expect(await phaseOf(page, 'guarded-2')).toBe('failed: refused, the budget is spent');
    await reaches(page, 'done');
    await page.click('[aria-label="Retry answer 2"]');
    await reaches(page, 'done', 'guarded-2');
    const used = Number(await page.getAttribute('[role=meter][aria-label^="Token budget"]', 'aria-valuenow'));
    expect(used).toBeGreaterThan(50);
    expect(used).toBeLessThan(350);
  });
});

describe('the relay', () => {
  it('answers its own page only, and shows it the headers that tell of limits', async () => {
    const [relay] = stage.chat.relays;
    const post = (headers: Record<string, string>) =>
      fetch(`${relay}/v1/chat/completions`, { method: 'POST', headers, body: '{"messages":[]}' });
    expect((await post({})).status).toBe(403);
    expect((await post({ origin: 'http://evil.example' })).status).toBe(403);
    const own = await post({ origin: new URL(stage.chat.url).origin });
    expect(own.status).toBe(200);
    expect(own.headers.get('access-control-expose-headers')).toContain('retry-after');
    await own.body?.cancel();
    const foreign = { method: 'POST', headers: { origin: 'http://evil.example' }, body: '{"kind":"clear"}' };
    expect((await fetch(`${stage.chat.url}api/faults`, foreign)).status).toBe(403);
  });
});
