import type { Scenario } from './scenario';

/** Throws for a line that the marble syntax takes for something else than it looks like. */
export function checkSyntax({ title, inputs, outputs, states = {}, subscriptions = {} }: Scenario): void {
  const kinds = { inputs, outputs, states, subscriptions };
  for (const [kind, lines] of Object.entries(kinds)) {
    for (const [name, written] of Object.entries(lines)) {
      for (const line of [written].flat() as string[]) {
        const mistake = mistakeIn(line);
        if (mistake !== undefined) {
          throw new Error(`${title}\n  ${kind}.${name}: ${mistake}\n    ${line}`);
        }
      }
    }
  }
}

/** What is wrong with a line of marbles, if something is. */
export function mistakeIn(line: string): string | undefined {
  if (/[()]/.test(line.replace(/\([^()]*\)/g, ''))) {
    return 'a bracket without its partner';
  }
  for (const { 0: silence, index } of line.matchAll(/\d+(?:\.\d+)?(?:ms|s|m)(?![a-z])/g)) {
    const [before = ' ', after] = [line[index - 1], line[index + silence.length]];
    if (before !== ' ' || after !== ' ') {
      return `a silence needs a space on both sides: ' ${silence} '`;
    }
  }
  return undefined;
}

/** Throws if a line has a name that nothing has, or if something has no line. */
export function checkNames(scenario: Scenario, returned: readonly string[]): void {
  const { inputs, outputs, states = {}, unsubscribed, errors = {}, subscriptions = {} } = scenario;
  const expected = [...Object.keys(outputs), ...Object.keys(states)];
  const until = typeof unsubscribed === 'object' ? unsubscribed : {};
  complain(scenario, 'outputs and states name', expected, 'run returns', returned);
  complain(scenario, 'run returns', returned, 'there are lines for', expected);
  complain(scenario, 'unsubscribed names', Object.keys(until), 'there are the outputs', Object.keys(outputs));
  complain(scenario, 'errors name', Object.keys(errors), 'there are the outputs', Object.keys(outputs));
  complain(scenario, 'subscriptions name', Object.keys(subscriptions), 'there are the inputs', Object.keys(inputs));
}

function complain(
  { title }: Scenario,
  naming: string,
  names: readonly string[],
  having: string,
  known: readonly string[],
): void {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`${title}\n  ${naming} ${unknown}, but ${having} only ${known.join(', ')}`);
  }
}
