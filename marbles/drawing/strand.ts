import { errorText } from '../check';
import type { Line, Message, Recording } from '../record';
import type { Scenario } from '../scenario';

/** One subscription as it is drawn: from its begin to its end, with all that came. */
export interface Strand {
  readonly from: number;
  /** `Infinity` if it goes on beyond the picture. */
  readonly to: number;
  readonly marks: readonly Mark[];
}

/** A value on a strand, or its end. */
export interface Mark {
  readonly time: number;
  readonly kind: 'value' | 'error' | 'complete' | 'unsubscribed';
  readonly label: string;
}

/** The subscriptions of an input, each at its time. */
export function strandsOfInput({ scenario, inputs }: Recording, name: string): Strand[] {
  return inputs[name]!.map(({ subscribedFrame, unsubscribedFrame, messages }) =>
    strand(messages, subscribedFrame, unsubscribedFrame, scenario),
  );
}

/** An output, as the one who subscribed to it saw it. */
export function strandOfOutput({ name, actual }: Line, scenario: Scenario): Strand {
  return strand(actual as readonly Message[], 0, unsubscribedAt(scenario, name), scenario);
}

function unsubscribedAt({ unsubscribed }: Scenario, output: string): number {
  const line = typeof unsubscribed === 'object' ? unsubscribed[output] : unsubscribed;
  return line === undefined ? Number.POSITIVE_INFINITY : line.indexOf('!');
}

function strand(messages: readonly Message[], from: number, until: number, scenario: Scenario): Strand {
  const marks = messages.map(({ frame: time, notification: { kind, value, error } }): Mark => {
    if (kind === 'N') {
      return { time, kind: 'value', label: valueLabel(value, scenario) };
    }
    return kind === 'C'
      ? { time, kind: 'complete', label: '' }
      : { time, kind: 'error', label: error === 'error' ? '' : errorText(error) };
  });
  const end = marks.find(({ kind }) => kind !== 'value');
  if (end === undefined && until < Number.POSITIVE_INFINITY) {
    marks.push({ time: until, kind: 'unsubscribed', label: '' });
  }
  return { from, to: end?.time ?? until, marks };
}

function valueLabel(value: unknown, { values = {} }: Scenario): string {
  if (Array.isArray(value)) {
    return `[${value.join(' ')}]`;
  }
  const isPlain = typeof value === 'string' || typeof value === 'number';
  return isPlain ? String(value) : (Object.keys(values).find((letter) => values[letter] === value) ?? String(value));
}
