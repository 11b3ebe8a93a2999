import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ask, reaches, settled, stage } from './stage';

/** Whether an element is in sight without scrolling the page. */
const inSight = (page: Page, selector: string) =>
  page.locator(selector).evaluateAll((elements) =>
    elements.every((element) => {
      const { top, bottom, left, right, height } = element.getBoundingClientRect();
      return height > 0 && top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth;
    }),
  );

describe('the layout', () => {
  it.each([
    ['a desk', 1_280, 800],
    ['a phone', 390, 844],
  ])('has presets, tallies, timelines and the form in sight on %s', async (_, width, height) => {
    const page = await stage.visit();
    await page.setViewportSize({ width, height });
    await page.click('[data-preset=bad-day]');
    await reaches(page, 'done', 'guarded-2');
    for (const selector of ['[data-preset]', '.tally', '.timeline', '.axis', '#prompt', '#composer button']) {
      expect([selector, await inSight(page, selector)]).toEqual([selector, true]);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    const targets = await page
      .locator('button:visible, select:visible')
      .evaluateAll((controls) =>
        controls.map((control) => control.getBoundingClientRect()).filter((box) => box.height < 24 || box.width < 24),
      );
    expect(targets).toEqual([]);
    await page.click('#stop-all');
  });

  it('has a time axis of whole seconds, the same for both lanes', async () => {
    const page = await stage.visit();
    await ask(page, 'one');
    await reaches(page, 'done');
    await page.waitForTimeout(300);
    const axes = await page.locator('.axis').allInnerTexts();
    expect(axes[0]!.split(/\s*s\s*/).filter(Boolean)).toEqual(['0', '2', '4', '6', '8', '10']);
    expect(axes[1]).toBe(axes[0]);
  });

  it('moves nothing while thirty answers stream', async () => {
    const page = await stage.visit();
    await page.evaluate(() => {
      const shifts: number[] = [];
      Object.assign(window, { shifts });
      const watch = (list: PerformanceObserverEntryList) =>
        shifts.push(...list.getEntries().map((entry) => (entry as unknown as { value: number }).value));
      new PerformanceObserver(watch).observe({ type: 'layout-shift', buffered: true });
    });
    await page.click('[data-preset=bad-day]');
    await settled(page, 30);
    const shifts = await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts);
    expect(shifts.reduce((sum, shift) => sum + shift, 0)).toBeLessThan(0.02);
  });
});

describe('what can be seen', () => {
  it.each(['light', 'dark'] as const)(
    'gives controls and marks three times the light of their ground, %s',
    async (scheme) => {
      const page = await stage.visit();
      await page.emulateMedia({ colorScheme: scheme });
      await page.waitForSelector(`html[data-theme=${scheme}]`);
      const weak = await page.evaluate(() => {
        const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
        const light = (colour: string) => {
          paint.fillStyle = colour;
          paint.fillRect(0, 0, 1, 1);
          const [red, green, blue] = [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => {
            const share = part / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
        };
        const contrast = (one: string, other: string) => {
          const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
          return (bright! + 0.05) / (dark! + 0.05);
        };
        const root = getComputedStyle(document.documentElement);
        const [card, ground] = ['--card', '--ground'].map((name) => root.getPropertyValue(name));
        const names = ['line', 'accent', 'queued', 'connecting', 'streaming', 'retry', 'whole', 'garbled', 'lost'];
        const colours = names.map((name) => [name, root.getPropertyValue(`--${name}`)] as const);
        const controls = [...document.querySelectorAll('button:not(.head), select, textarea, .track')];
        const borders = controls.map(
          (control) => [control.id || control.textContent!, getComputedStyle(control).borderTopColor] as const,
        );
        return [...colours, ...borders].filter(
          ([, colour]) => contrast(colour, card!) < 3 || contrast(colour, ground!) < 3,
        );
      });
      expect(weak).toEqual([]);
    },
  );

  it('tells phases apart in forced colours, and says them in words', async () => {
    const page = await stage.visit();
    await page.emulateMedia({ forcedColors: 'active' });
    await page.click('[data-preset=bad-day]');
    await settled(page, 30);
    const colours = await page.evaluate(() =>
      ['streaming', 'retry', 'whole', 'queued'].map(
        (name) => getComputedStyle(document.querySelector(`path.${name}`)!).fill,
      ),
    );
    expect(new Set(colours).size).toBe(4);
    const inks = await page.evaluate(() =>
      ['body', '[data-id=guarded-1] .answer', '[data-id=guarded-1] .number'].map(
        (name) => getComputedStyle(document.querySelector(name)!).color,
      ),
    );
    expect(new Set(inks).size).toBe(1);
    expect(await page.locator('.phase', { hasText: 'garbled' }).count()).toBeGreaterThan(0);
    expect(
      await page.locator('button').evaluateAll((all) => all.every((each) => getComputedStyle(each).borderStyle !== '')),
    ).toBe(true);
  });

  it('has nothing that moves by itself', async () => {
    const page = await stage.visit();
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await ask(page, 'one');
    await reaches(page, 'streaming');
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    await reaches(page, 'done');
  });
});

describe('drawing', () => {
  it('lays the page out once in a frame, and has no task of 200 ms on a CPU that is four times slower', async () => {
    const page = await stage.visit();
    await page.evaluate(() => {
      const seen = { frames: 0 };
      Object.assign(window, { seen });
      const count = () => {
        seen.frames += 1;
        requestAnimationFrame(count);
      };
      requestAnimationFrame(count);
    });
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Performance.enable');
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    onTestFinished(() => devtools.send('Emulation.setCPUThrottlingRate', { rate: 1 }).then(() => devtools.detach()));
    page.setDefaultTimeout(50_000); // four times slower, on a machine that may be busy
    const layouts = async () => {
      const { metrics } = await devtools.send('Performance.getMetrics');
      return metrics.find(({ name }) => name === 'LayoutCount')!.value;
    };
    const frames = () => page.evaluate(() => (window as unknown as { seen: { frames: number } }).seen.frames);
    const [layoutsBefore, framesBefore] = [await layouts(), await frames()];
    const tasks = await stage.tasksOf(page, async () => {
      await page.click('[data-preset=bad-day]');
      await settled(page, 30);
    });
    const drawn = (await frames()) - framesBefore;
    expect((await layouts()) - layoutsBefore).toBeLessThanOrEqual(drawn * 1.1 + 20); // some are the test's own
    expect(tasks.length).toBeGreaterThan(100);
    expect(tasks.filter((ms) => ms > 200)).toEqual([]);
  });

  it('changes a message at most 25 times a second at 200 tokens a second', async () => {
    const page = await stage.visit();
    await page.check('[name=mode][value=guarded]');
    await page.evaluate(() => {
      const times: number[] = [];
      Object.assign(window, { times });
      const note = (records: MutationRecord[]) => times.push(...records.map(() => performance.now()));
      const begin = () => {
        for (const answer of document.querySelectorAll('.answer')) {
          new MutationObserver(note).observe(answer, { subtree: true, characterData: true });
        }
      };
      new MutationObserver(begin).observe(document.querySelector('.messages')!, { childList: true });
    });
    await ask(page, 'Explain load shedding in one paragraph.');
    await reaches(page, 'done');
    const times = await page.evaluate(() => (window as unknown as { times: number[] }).times);
    const inSecondFrom = times.map((from) => times.filter((time) => time >= from && time < from + 1_000).length);
    expect(times.length).toBeGreaterThan(1);
    expect(Math.max(...inSecondFrom)).toBeLessThanOrEqual(25);
  });
});
