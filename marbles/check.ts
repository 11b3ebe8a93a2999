import isDeepEqual from 'fast-deep-equal';
import { type Line, type Log, type Message, type Recording, record } from './record';
import type { Scenario } from './scenario';

/** Executes a scenario; throws an error that shows the expected and the actual line under each other. */
export function checkScenario(scenario: Scenario): void {
  checkRecording(record(scenario));
}

/** Throws unless everything that happened is what the lines of the scenario say. */
export function checkRecording({ scenario, lines }: Recording): void {
  for (const line of lines) {
    if (!holds(line)) {
      const { kind, name } = line;
      const [expected, actual] = [drawn(line, 'expected', scenario), drawn(line, 'actual', scenario)];
      const difference = `${' '.repeat(firstDifference(expected, actual))}^`;
      throw new Error(
        [
          scenario.title,
          `  ${kind === 'output' ? name : `${kind} of ${name}`}`,
          `    expected  ${expected}`,
          `    actual    ${actual}`,
          `              ${expected === actual ? 'they look alike but are not equal' : difference}`,
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

/** What is compared of an error: its class, or, of what is none, everything. */
function errorName(error: unknown): unknown {
  return error instanceof Error ? error.name : error;
}

/** An error in words: by its class; a plain one, as servers send them, by its status and headers. */
export function errorText(error: unknown): string {
  const { status, headers } = Object(error) as { status?: number; headers?: Readonly<Record<string, string>> };
  if (status !== undefined) {
    return [status, ...Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`)].join(', ');
  }
  return typeof error === 'object' && !(error instanceof Error) ? JSON.stringify(error) : String(errorName(error));
}

function drawn(line: Line, side: 'actual' | 'expected', scenario: Scenario): string {
  return line.kind === 'subscriptions'
    ? line[side].map(drawnLog).join('   ') || '(never)'
    : drawnMarks(line[side].map((message) => markOf(message, scenario)));
}

/** Something that happened at a time: a letter, `|`, `#`, `^` or `!`. */
interface Mark {
  readonly frame: number;
  readonly letter: string;
}

function markOf({ frame, notification: { kind, value, error } }: Message, { values = {} }: Scenario): Mark {
  const known = Object.keys(values).find((letter) => isDeepEqual(values[letter], value));
  const letter = { N: known ?? String(value), E: `#<${errorText(error)}>`, C: '|' }[kind] ?? kind;
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
