import { isDeepStrictEqual } from 'node:util';
import { TestScheduler } from 'rxjs/testing';
import type { Scenario } from './scenario';

/** Something that happened at a time: a letter, `|`, `#`, `^` or `!`. */
interface Mark {
  readonly frame: number;
  readonly letter: string;
}

/** A letter stands for itself unless a scenario says otherwise. */
const itself = Object.fromEntries([...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'].map((letter) => [letter, letter]));

/** Executes a scenario in virtual time; throws an error that shows expected and actual line under each other. */
export function runScenario(scenario: Scenario): void {
  const { inputs, values, error, run, outputs, subscriptions = {}, unsubscribed = null } = scenario;
  const lines: string[] = [];
  const letters = { ...itself, ...values } as Record<string, string>;
  const scheduler = new TestScheduler((actual, expected) => compare(lines.shift() ?? '', actual, expected, scenario));
  scheduler.run(({ cold, expectObservable, expectSubscriptions }) => {
    const sources = Object.fromEntries(
      Object.entries(inputs).map(([name, marbles]) => [name, cold(marbles, letters, error)]),
    );
    const results = run(sources);
    for (const [name, marbles] of Object.entries(outputs)) {
      lines.push(name);
      expectObservable(results[name]!, unsubscribed).toBe(marbles, letters, scenario.errors?.[name] ?? error);
    }
    for (const [name, logs] of Object.entries(subscriptions)) {
      lines.push(`subscriptions of ${name}`);
      expectSubscriptions(sources[name]!.subscriptions).toBe([...logs]);
    }
  });
}

function compare(name: string, actual: unknown, expected: unknown, scenario: Scenario): void {
  const isLog = name.startsWith('subscriptions');
  const drawn = (side: unknown) => (isLog ? drawLogs(side as Log[]) : draw((side as Message[]).map((each) => markOf(each, scenario))));
  const [wanted, got] = [drawn(expected), drawn(actual)];
  const isSame = isLog ? wanted === got : isDeepStrictEqual(plain(actual as Message[]), plain(expected as Message[]));
  if (!isSame) {
    throw new Error(`${scenario.title}\n  ${name}\n    expected  ${wanted}\n    actual    ${got}`);
  }
}

interface Log {
  readonly subscribedFrame: number;
  readonly unsubscribedFrame: number;
}

interface Message {
  readonly frame: number;
  readonly notification: { readonly kind: string; readonly value?: unknown; readonly error?: unknown };
}

/** Errors are compared by their names: an expected one may be given as just that. */
function plain(messages: readonly Message[]) {
  return messages.map(({ frame, notification: { kind, value, error } }) => ({ frame, kind, value, error: nameOf(error) }));
}

function nameOf(error: unknown): unknown {
  return error instanceof Error ? error.name : error;
}

function markOf({ frame, notification: { kind, value, error } }: Message, { values = {} }: Scenario): Mark {
  const known = Object.keys(values).find((letter) => isDeepStrictEqual(values[letter], value));
  const letter = { N: known ?? String(value), E: `#<${String(nameOf(error))}>`, C: '|' }[kind] ?? kind;
  return { frame, letter };
}

function drawLogs(logs: readonly Log[]): string {
  const drawn = logs.map(({ subscribedFrame, unsubscribedFrame }) =>
    draw([
      { frame: subscribedFrame, letter: '^' },
      ...(Number.isFinite(unsubscribedFrame) ? [{ frame: unsubscribedFrame, letter: '!' }] : []),
    ]),
  );
  return drawn.join('   ');
}

/** Draws marks as a marble line. Silences of more than 40 ms are written as such. */
export function draw(marks: readonly Mark[]): string {
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
