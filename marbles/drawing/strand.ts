import { errorName } from '../check';
import type { Line, Message, Recording } from '../record';
import type { Scenario } from '../scenario';

/** One subscription as it is drawn: from its begin to its end, with all that came. */
export interface Strand {
  readonly from: number;
  readonly to: number;
  /** Whether it ended by itself, was unsubscribed, or goes on beyond the picture. */
  readonly end: 'complete' | 'error' | 'unsubscribed' | 'open';
  readonly marks: readonly Mark[];
}

/** A value or an error on a strand. */
export interface Mark {
  readonly time: number;
  readonly kind: 'value' | 'error';
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
  const last = messages.find(({ notification: { kind } }) => kind !== 'N');
  const marks = messages.flatMap(({ frame: time, notification: { kind, value, error } }): Mark[] => {
    if (kind === 'N') {
      return [{ time, kind: 'value', label: valueLabel(value, scenario) }];
    }
    return kind === 'E' ? [{ time, kind: 'error', label: errorLabel(error) }] : [];
  });
  if (last !== undefined) {
    return { from, to: last.frame, end: last.notification.kind === 'C' ? 'complete' : 'error', marks };
  }
  return { from, to: until, end: until === Number.POSITIVE_INFINITY ? 'open' : 'unsubscribed', marks };
}

function valueLabel(value: unknown, { values = {} }: Scenario): string {
  if (Array.isArray(value)) {
    return value.join(' ');
  }
  const isPlain = typeof value === 'string' || typeof value === 'number';
  return isPlain ? String(value) : (Object.keys(values).find((letter) => values[letter] === value) ?? String(value));
}

/** An error by its name; a plain one, as servers send them, by its status and headers. */
function errorLabel(error: unknown): string {
  const { status, headers } = Object(error) as { status?: number; headers?: Readonly<Record<string, string>> };
  if (status === undefined) {
    return error === 'error' ? '' : String(errorName(error));
  }
  return [status, ...Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`)].join(', ');
}
