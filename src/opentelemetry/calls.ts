import type { Attributes } from '@opentelemetry/api';
import { reportUnhandled } from '../internal/unhandled';
import { read } from '../provider/read';
import { conventional } from './attributes';
import type { ObservedCall, ObservedEvent } from './observed';

/** Which call of which client an event belongs to. */
export function callOf({ route, call }: ObservedEvent): string | undefined {
  return call === undefined ? undefined : `${call} ${route ?? ''}`;
}

/** The attributes of the calls that run: made when a call begins, and kept until it ends. */
export class Calls {
  private readonly running = new Map<string, Attributes>();

  constructor(private readonly attributes: ((call: ObservedCall) => Attributes) | undefined) {}

  /** Of the call that an event belongs to; none for an event of no call, or of one that began before. */
  attributesOf(event: ObservedEvent): Attributes {
    const id = callOf(event);
    if (id === undefined) {
      return {};
    }
    if (event.policy === 'call' && event.type === 'began') {
      this.running.set(id, this.made(event));
    }
    return this.running.get(id) ?? {};
  }

  ended(event: ObservedEvent): void {
    const id = callOf(event);
    if (id !== undefined) {
      this.running.delete(id);
    }
  }

  private made(event: ObservedEvent): Attributes {
    const meta = read(event, 'meta') as object | undefined;
    const call = { meta, ...(event.key === undefined ? {} : { key: event.key }) };
    const usual = conventional(call);
    try {
      return { ...usual, ...this.attributes?.(call) };
    } catch (thrown) {
      reportUnhandled(thrown); // the call goes on, and is observed
      return usual;
    }
  }
}
