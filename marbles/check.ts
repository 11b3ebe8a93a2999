import isDeepEqual from 'fast-deep-equal';
import { type Line, type Log, type Message, record } from './record';
import type { Scenario } from './scenario';

/** Executes a scenario; throws an error that shows the expected and the actual line under each other. */
export function checkScenario(scenario: Scenario): void {
  for (const line of record(scenario).lines) {
    if (!holds(line)) {
      const { kind, name } = line;
      const [expected, actual] = [drawn(line, 'expected', scenario), drawn(line, 'actual', scenario)];
      throw new Error(
        [
          scenario.title,
          `  ${kind === 'output' ? name : `${kind} of ${name}`}`,
          `    expected  ${expected}`,
          `    actual    ${actual}`,
          `              ${' '.repeat(firstDifference(expected, actual))}^`,
        ].join('\n'),
      );
    }
  }
}

function holds({ kind, actual, expected }: Line): boolean {
  if (kind === 'subscriptions') {
    return isDeepEqual(actual, expected);
  }
  return isDeepEqual((actual as Message[]).map(plain(kind)), (expected as Message[]).map(plain(kind)));
}

/** An error is known by its name, if it has one, and a state by what is written into a diagram. */
function plain(kind: 'output' | 'state') {
  return ({ frame, notification }: Message) => {
    const value = kind === 'state' ? String(notification.value) : notification.value;
    return { frame, kind: notification.kind, value, error: errorName(notification.error) };
  };
}

/** How an error is named in a diagram: by its class, or as it is. */
export function errorName(error: unknown): unknown {
  return error instanceof Error ? error.name : error;
}

function drawn(line: Line, side: 'actual' | 'expected', scenario: Scenario): string {
  return line.kind === 'subscriptions'
    ? line[side].map(drawnLog).join('   ')
    : drawnMarks(line[side].map((message) => markOf(message, scenario)));
}

/** Something that happened at a time: a letter, `|`, `#`, `^` or `!`. */
interface Mark {
  readonly frame: number;
  readonly letter: string;
}

function markOf({ frame, notification: { kind, value, error } }: Message, { values = {} }: Scenario): Mark {
  const known = Object.keys(values).find((letter) => isDeepEqual(values[letter], value));
  const letter = { N: known ?? String(value), E: `#<${String(errorName(error))}>`, C: '|' }[kind] ?? kind;
  return { frame, letter };
}

function drawnLog({ subscribedFrame, unsubscribedFrame }: Log): string {
  const end = Number.isFinite(unsubscribedFrame) ? [{ frame: unsubscribedFrame, letter: '!' }] : [];
  return drawnMarks([{ frame: subscribedFrame, letter: '^' }, ...end]);
}

/** Marks as a marble line. Silences of more than 40 ms are written as such. */
function drawnMarks(marks: readonly Mark[]): string {
  let line = '';
  let now = 0;
  for (let index = 0; index < marks.length; ) {
    const { frame } = marks[index]!;
    const group = marks.slice(index).filter((mark) => mark.frame === frame);
    const letters = group.map((mark) => mark.letter).join('');
    const silence = Math.max(0, frame - now);
    line += silence > 40 ? ` ${silence}ms ` : '-'.repeat(silence);
    line += group.length > 1 ? `(${letters})` : letters;
    now = frame + (group.length > 1 ? letters.length + 2 : 1);
    index += group.length;
  }
  return line;
}

function firstDifference(one: string, other: string): number {
  let index = 0;
  while (index < one.length && one[index] === other[index]) {
    index += 1;
  }
  return index;
}
