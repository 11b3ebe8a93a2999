import { errorText } from '../check';
import type { Log, Message, Recording } from '../record';

/** What happened, for those who do not see the drawing, and for those who want to know the ms: first what came out. */
export function inWords({ lines }: Recording): string {
  const out = lines.flatMap(({ kind, name, actual }) => {
    const said = kind === 'subscriptions' ? [] : (actual as readonly Message[]).map(messageInWords);
    return kind === 'subscriptions' ? [] : [`${name}: ${said.join(', ') || 'nothing'}`];
  });
  const asked = lines.flatMap(({ kind, name, actual }) => {
    const said = kind === 'subscriptions' ? (actual as readonly Log[]).map(logInWords) : [];
    return kind === 'subscriptions' ? [`${name}: ${said.join(', ') || 'never subscribed'}`] : [];
  });
  return [...out, ...asked].join('; ');
}

function logInWords({ subscribedFrame, unsubscribedFrame }: Log): string {
  const until = Number.isFinite(unsubscribedFrame) ? ` to ${unsubscribedFrame} ms` : ' ms on';
  return `runs from ${subscribedFrame}${until}`;
}

function messageInWords({ frame, notification: { kind, value, error } }: Message): string {
  const what = kind === 'N' ? String(value) : kind === 'C' ? 'complete' : errorText(error);
  return `${what} at ${frame} ms`;
}
