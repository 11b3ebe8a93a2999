import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { kebab } from '../marbles/drawing/pages';
import { diagrams } from '../marbles/index';
import { choicesBelow } from '../marbles/playing/choices';
import { usualPlay } from '../marbles/playing/lines';
import type { Setting } from '../marbles/playing/option';
import { offersOf, play } from '../marbles/playing/play';
import { type Playable, playableModule, playablesIn } from '../marbles/playing/playable';
import { stillsOf } from '../marbles/playing/still';
import type { Scenario } from '../marbles/scenario';

const width = 624;
const choices = choicesBelow('src');

/** The scenarios of a file with their playables, as the site has them: the module is written below reports/. */
async function loaded(name: string) {
  const [file, text, made] = [`marbles/${name}.ts`, readFileSync(`marbles/${name}.ts`, 'utf8'), `reports/play-${name}.ts`];
  mkdirSync('reports', { recursive: true });
  writeFileSync(made, playableModule(file, text, choices).replace("'./scenario'", "'../marbles/scenario'"));
  const { playables, ...rest } = await import(pathToFileURL(made).href) as { playables: Playable[] };
  const scenarios = Object.values(rest).find(Array.isArray) as Scenario[];
  const stills = stillsOf(name, playablesIn(file, text, choices));
  return scenarios.map((scenario, index) => ({ scenario, playable: playables[index]!, still: stills[index]!, title: scenario.title }));
}

for (const operator of Object.keys(diagrams)) {
  describe(`the diagrams of ${operator}, to play with`, async () => {
    const all = await loaded(kebab(operator));

    it('are all there, in order', () => {
      expect(all.map(({ playable }) => playable.title)).toEqual(diagrams[operator]!.map(({ title }) => title));
      expect(all.map(({ still }) => still.title)).toEqual(all.map(({ title }) => title));
    });

    it.each(all)('are drawn as they are: $title', ({ scenario, playable, still }) => {
      expect(play(scenario, playable, usualPlay(scenario, playable), width)).toEqual({ svg: still.svg, words: still.words });
    });

    it.each(all)('have labels that differ, and something to move: $title', ({ playable, still }) => {
      const labels = [...playable.options.map(({ label }) => label), ...Object.keys(still.start.lines)];
      expect(new Set(labels).size).toBe(labels.length);
      expect(labels.length).toBeGreaterThan(0);
    });

    it.each(all)('run at the ends of what is offered, and in the middle: $title', ({ scenario, playable }) => {
      const usual = usualPlay(scenario, playable);
      offersOf(scenario, playable).forEach(({ min, choices }, index) => {
        const { range, label, start } = playable.options[index]!;
        const middle = (): number => min + range!.step * Math.round((range!.max - min) / range!.step / 2);
        const words = typeof start === 'boolean' ? [true, false] : choices;
        const settings: Setting[] = range === undefined ? [...words] : [min, middle(), range.max];
        expect(range === undefined ? words : [start], label).toContain(start);
        for (const setting of settings) {
          const how = { ...usual, settings: usual.settings.map((each, at) => (at === index ? setting : each)) };
          expect(() => play(scenario, playable, how, width), `${label}: ${setting}`).not.toThrow();
        }
      });
    });
  });
}

describe('a diagram to play with', async () => {
  const { scenario, playable } = (await loaded('rate-limit'))[0]!;
  const usual = usualPlay(scenario, playable);

  it('shows what an option changes', () => {
    expect(playable.options.map(({ label }) => label)).toEqual(['limit', 'window']);
    const { words } = play(scenario, playable, { ...usual, settings: [3, 10] }, width);
    expect(words).toMatch(/^answers: a at 0 ms, a at 1 ms, a at 2 ms, complete at 3 ms; /);
  });

  it('says in words from when to when its inputs were subscribed', async () => {
    const hedged = (await loaded('hedge')).at(-1)!;
    const { words } = play(hedged.scenario, hedged.playable, usualPlay(hedged.scenario, hedged.playable), width);
    expect(words).toMatch(/^answer: b at 8 ms, .*; slow: runs from 0 to 8 ms, runs from 3 to 8 ms; fast: runs from 6 to 11 ms$/);
    const open = play(hedged.scenario, hedged.playable, { settings: [3, 2], lines: { slow: '-', fast: '-' } }, width);
    expect(open.words).toBe('answer: nothing; slow: runs from 0 ms on, runs from 3 ms on; fast: runs from 6 ms on');
  });

  it('shows what other marbles change', () => {
    const { words } = play(scenario, playable, { ...usual, lines: { ...usual.lines, prompts: 'x--------x|' } }, width);
    expect(words).toMatch(/^answers: a at 0 ms, a at 9 ms, /);
  });

  it('says what is wrong, and goes on', () => {
    expect(() => play(scenario, playable, { ...usual, settings: [0, 10] }, width)).toThrow('limit must be');
    expect(() => play(scenario, playable, { ...usual, lines: { ...usual.lines, call: '(a' } }, width)).toThrow('a bracket without its partner');
    expect(() => play(scenario, playable, usual, width)).not.toThrow();
  });

  it('has its code, with the places of its options', () => {
    const code = playable.code.map((line) => line.map((token) => (typeof token === 'number' ? `<${playable.options[token]!.label}>` : typeof token === 'string' ? token : token[0])).join('')).join('\n');
    expect(code).toBe([
      'const limiter = new RateLimiter({ limits: slidingWindow({ limit: <limit>, window: <window> }) });',
      'const answers = prompts.pipe(mergeMap(() => call.pipe(rateLimit(limiter))));',
    ].join('\n'));
  });

  it('offers no slider position that the operator refuses', () => {
    expect(offersOf(scenario, playable).map(({ min }) => min)).toEqual([1, 1]);
  });
});
