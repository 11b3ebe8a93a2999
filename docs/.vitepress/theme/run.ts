import type { Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import type { Playable, Values } from './scenarios';

/** What a line of a diagram says, and when. */
export interface Said {
  readonly at: number;
  readonly kind: 'N' | 'E' | 'C';
  readonly text: string;
}

export interface Line {
  readonly name: string;
  readonly isInput: boolean;
  readonly said: readonly Said[];
}

interface Message {
  readonly frame: number;
  readonly notification: { readonly kind: 'N' | 'E' | 'C'; readonly value?: unknown };
}

/** Runs the operator in virtual time, and tells what happened, ms by ms. */
export function linesOf({ inputs, run }: Playable, values: Values): Line[] {
  const lines: Line[] = [];
  const names: string[] = [];
  const scheduler = new TestScheduler((actual: Message[]) => {
    const name = names[lines.length]!;
    lines.push({ name, isInput: name in inputs, said: actual.map(said) });
  });
  scheduler.run(({ cold, expectObservable }) => {
    const given = Object.fromEntries(Object.entries(inputs).map(([name, marbles]) => [name, cold(marbles)]));
    const told: { [name: string]: Observable<unknown> } = { ...given, ...run(given as never, values) };
    for (const [name, observable] of Object.entries(told)) {
      names.push(name);
      expectObservable(observable).toBe('');
    }
  });
  return lines;
}

function said({ frame, notification: { kind, value } }: Message): Said {
  return { at: frame, kind, text: kind === 'N' ? String(value) : '' };
}
