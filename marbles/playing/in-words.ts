import { errorText } from '../check';
import type { Message, Recording } from '../record';

/** What happened, for those who do not see the drawing. */
export function inWords({ lines }: Recording): string {
  const told = lines.flatMap(({ kind, name, actual }) => {
    const said = kind === 'subscriptions' ? [] : (actual as readonly Message[]).map(messageInWords);
    return kind === 'subscriptions' ? [] : [`${name}: ${said.join(', ') || 'nothing'}`];
  });
  return told.join('; ');
}

function messageInWords({ frame, notification: { kind, value, error } }: Message): string {
  const what = kind === 'N' ? String(value) : kind === 'C' ? 'complete' : errorText(error);
  return `${what} at ${frame} ms`;
}
