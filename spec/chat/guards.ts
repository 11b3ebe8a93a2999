import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { startChat } from '../../examples/chat/server/start';
import { ask, phaseOf, reaches, settled, stage, tallyOf } from './stage';

const question = 'Explain jitter in one paragraph.';

/** Notes the ids of messages in the order in which they stop waiting. */
function noteOrder(page: Page): Promise<void> {
  return page.evaluate(() => {
    const order: string[] = [];
    Object.assign(window, { order });
    const look = (records: MutationRecord[]) => {
      for (const { dataset } of records.map(({ target }) => target as HTMLElement)) {
        if (dataset.phase !== 'waiting' && !order.includes(dataset.id!)) {
          order.push(dataset.id!);
        }
      }
    };
    const options = { subtree: true, attributes: true, attributeFilter: ['data-phase'] };
    new MutationObserver(look).observe(document.getElementById('lanes')!, options);
  });
}

describe('the line', () => {
  it('drains in the order in which it was entered', async () => {
    const page = await stage.visit({ requests: 10, window: 1_500, concurrent: 5, first: 15_000 });
    await page.check('[name=mode][value=guarded]');
    await noteOrder(page);
    await page.click('#send-many');
    await reaches(page, 'waiting', 'guarded-30');
    await expect.poll(() => phaseOf(page, 'guarded-30')).toMatch(/^queued(: \d\.\d s)?$/);
    await settled(page, 30, ['guarded']);
    const order = await page.evaluate(() => (window as unknown as { order: string[] }).order);
    const numbers = order.map((id) => Number(id.split('-')[1]));
    // Five begin at a time, and are drawn in any order.
    expect(numbers).toHaveLength(30);
    expect(numbers.filter((number, place) => Math.abs(number - place - 1) > 4)).toEqual([]);
  });

  it('is left by those who are stopped', async () => {
    const page = await stage.visit({ requests: 1, window: 60_000 });
    await page.check('[name=mode][value=guarded]');
    for (const topic of ['one', 'two', 'three']) {
      await ask(page, topic);
    }
    await expect.poll(() => phaseOf(page, 'guarded-3')).toMatch(/^queued: 1\d\d s$/);
    await page.click('[aria-label="Stop answer 2"]');
    await page.click('text="Stop all"');
    await reaches(page, 'cancelled', 'guarded-3');
  });
});

describe('the budget', () => {
  it('refuses what would be too much, until what was reserved is settled', async () => {
    const page = await stage.visit({ budget: 350 });
    await page.check('[name=mode][value=guarded]');
    await ask(page, question);
    await ask(page, question);
    await reaches(page, 'failed', 'guarded-2');
    await expect.poll(() => phaseOf(page, 'guarded-2')).toBe('lost: budget spent');
    await reaches(page, 'done');
    await page.click('[aria-label="Retry answer 2"]');
    await reaches(page, 'done', 'guarded-2');
    const used = Number(await page.getAttribute('[role=meter][aria-label^="Budget"]', 'aria-valuenow'));
    expect(used).toBeGreaterThan(50);
    expect(used).toBeLessThan(350);
  });
});

describe('a reload', () => {
  it('heals: the headers of its first answer tell what the page before has used', async () => {
    const quota = { requests: 10, window: 8_000, concurrent: 10 };
    const chat = await startChat({ quota, tempo: { latency: 20, tokensPerSecond: 500 } });
    const { page, close } = await stage.visitAt(chat.url);
    const askFor = async (topics: readonly string[]) => {
      for (const topic of topics) {
        await ask(page, topic);
      }
    };
    await askFor(['one', 'two', 'three', 'four', 'five', 'six']);
    await settled(page, 6, ['guarded']);
    await page.reload();
    await page.waitForSelector('html[data-ready]');
    await ask(page, 'seven');
    await reaches(page, 'done');
    await askFor(['eight', 'nine', 'ten', 'eleven', 'twelve']);
    await page.waitForSelector('[data-id=guarded-6][data-phase=waiting]');
    await expect.poll(() => tallyOf(page, 'guarded')).toMatchObject({ throttled: 0 }); // it waits, and was not sent away
    await settled(page, 6, ['guarded']);
    await expect.poll(() => tallyOf(page, 'guarded')).toMatchObject({ whole: 6, garbled: 0, lost: 0 });
    await close();
    await chat.stop();
  });
});

describe('the relay', () => {
  it('answers its own page only, and shows it the headers that tell of limits', async () => {
    const [relay] = stage.chat.relays;
    const body = '{"model":"demo","messages":[{"role":"user","content":"one"}]}';
    const post = (headers: Record<string, string>) =>
      fetch(`${relay}/v1/chat/completions`, { method: 'POST', headers, body });
    expect((await post({})).status).toBe(403);
    expect((await post({ origin: 'http://evil.example' })).status).toBe(403);
    const own = await post({ origin: new URL(stage.chat.url).origin });
    expect(own.status).toBe(200);
    expect(own.headers.get('access-control-expose-headers')).toBe('*');
    expect(own.headers.get('x-ratelimit-remaining-requests')).toMatch(/^\d+$/);
    await own.body?.cancel();
    const foreign = { method: 'POST', headers: { origin: 'http://evil.example' }, body: '{"kind":"preset"}' };
    expect((await fetch(`${stage.chat.url}api/faults`, foreign)).status).toBe(403);
  });
});
