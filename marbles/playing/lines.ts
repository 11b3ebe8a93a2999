import type { Scenario } from '../scenario';
import type { Setting } from './option';
import type { Playable } from './playable';

/** What is set in a page: the options in their order, and the lines of marbles by name. */
export interface Play {
  readonly settings: readonly Setting[];
  /** Inputs by name; and when outputs are unsubscribed, as `unsubscribed`, or `unsubscribed one` of one of them. */
  readonly lines: Readonly<Record<string, string>>;
}

const prefix = 'unsubscribed';

/** As the scenario was written. */
export function usualPlay({ inputs, unsubscribed }: Scenario, { options }: Playable): Play {
  return {
    settings: options.map(({ start }) => start),
    lines: {
      ...inputs,
      ...(typeof unsubscribed === 'string' ? { [prefix]: unsubscribed } : {}),
      ...(typeof unsubscribed === 'object' ? renamed(unsubscribed, (name) => `${prefix} ${name}`) : {}),
    },
  };
}

/** The scenario with other lines. Not a copy: its error may be a getter, which reads the options. */
export function withLines(scenario: Scenario, lines: Play['lines']): Scenario {
  const { inputs, unsubscribed } = scenario;
  const written = (all: Readonly<Record<string, string>>, before: string) =>
    Object.fromEntries(Object.keys(all).map((name) => [name, lines[`${before}${name}`] ?? '']));
  return Object.create(scenario, {
    inputs: { value: written(inputs, '') },
    ...(typeof unsubscribed === 'string' ? { unsubscribed: { value: lines[prefix] } } : {}),
    ...(typeof unsubscribed === 'object' ? { unsubscribed: { value: written(unsubscribed, `${prefix} `) } } : {}),
  });
}

function renamed(all: Readonly<Record<string, string>>, change: (name: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(all).map(([name, line]) => [change(name), line]));
}
