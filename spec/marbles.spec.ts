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

describe('a diagram with a wrong character', () => {
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

  it('passes when every character is right', () => {
    expect(() => checkScenario(right)).not.toThrow();
  });
});
