import { asyncScheduler, defer, Observable, repeat, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { checkScenario } from '../marbles/check';
import { diagrams } from '../marbles/index';
import type { Scenario } from '../marbles/scenario';

for (const [operator, scenarios] of Object.entries(diagrams)) {
  describe(`the diagrams of ${operator}`, () => {
    for (const scenario of scenarios) {
      it(scenario.title, () => checkScenario(scenario));
    }
  });
}

it('no two diagrams have the same title', () => {
  const titles = Object.values(diagrams).flatMap((scenarios) => scenarios.map(({ title }) => title));
  expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
});

describe('a diagram with a mistake', () => {
  const right: Scenario = {
    title: 'mirrors its input',
    inputs: { source: 'a-b|' },
    run: ({ source }) => ({ mirror: source! }),
    outputs: { mirror: 'a-b|' },
    subscriptions: { source: ['^--!'] },
  };

  it('fails with both lines under each other', () => {
    const wrong = { ...right, outputs: { mirror: 'a-c|' } };
    expect(() => checkScenario(wrong)).toThrow(/expected {2}a-c\|\n\s+actual {4}a-b\|/);
  });

  it('fails when the subscriptions are wrong', () => {
    const wrong = { ...right, subscriptions: { source: ['^---!'] } };
    expect(() => checkScenario(wrong)).toThrow(/subscriptions of source\n\s+expected {2}\^---!\n\s+actual {4}\^--!/);
  });

  it('fails when an error is not the expected one', () => {
    const wrong = { ...right, inputs: { source: 'a-b#' }, outputs: { mirror: 'a-b#' }, errors: { mirror: 'TypeError' } };
    expect(() => checkScenario(wrong)).toThrow(/#<TypeError>/);
  });

  it('says so when two errors look alike', () => {
    const error = { status: 500, body: 'one' };
    const wrong = { ...right, error, inputs: { source: 'a-b#' }, outputs: { mirror: 'a-b#' }, errors: { mirror: { ...error, body: 'other' } } };
    expect(() => checkScenario(wrong)).toThrow(/#<500>\n.*#<500>\n\s+they look alike/);
  });

  it.each<[string, Partial<Scenario>]>([
    ['outputs and states name other, but run returns only mirror',   { states: { other: 'a' } }],
    ['run returns mirror, but there are lines for only other',        { outputs: {}, states: { other: 'a' }, run: ({ source }) => ({ mirror: source!, other: source! }) }],
    ['unsubscribed names other, but there are the outputs only mirror', { unsubscribed: { other: '-!' } }],
    ['errors name other, but there are the outputs only mirror',      { errors: { other: 'TypeError' } }],
    ['subscriptions name other, but there are the inputs only source', { subscriptions: { other: ['^--!'] } }],
    ['outputs.mirror: a bracket without its partner',                 { outputs: { mirror: 'a-b)|' } }],
    ["outputs.mirror: a silence needs a space on both sides: ' 2ms '", { outputs: { mirror: 'a2ms b|' } }],
    ["inputs.source: a silence needs a space on both sides: ' 2ms '", { inputs: { source: 'a 2ms' } }],
  ])('fails with its title and: %s', (message, part) => {
    expect(() => checkScenario({ ...right, ...part })).toThrow(`mirrors its input\n  ${message}`);
  });

  it('fails when it never comes to rest', () => {
    const endless = { ...right, run: () => ({ mirror: new Observable(() => asyncScheduler.schedule(function again() { this.schedule(undefined, 0); })) }) };
    const restarted = { ...right, run: () => ({ mirror: defer(() => timer(0)).pipe(repeat()) }) };
    expect(() => checkScenario(restarted)).toThrow('still not at rest after 10000 actions, at 0 ms');
    expect(() => checkScenario(endless)).toThrow('still not at rest after 10000 actions, at 0 ms');
  });

  it('passes when every character is right', () => {
    expect(() => checkScenario(right)).not.toThrow();
  });
});
