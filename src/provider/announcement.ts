import { dataAt } from './chunks/data-copy';

/**
 * Whether this is a part with which the AI SDK begins of its own accord: `streamText` emits `start` before it asks the
 * provider, and a model `stream-start` before anything of the answer has been read. So it says nothing of the provider.
 * Never throws.
 */
export function isAnnouncement(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  try {
    return /^(?:(?:stream-|step-)?start|start-step)$/.test(String(dataAt(value, 'type')));
  } catch {
    return false; // a proxy that refuses
  }
}
