import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** Server-sent events of a text that comes in pieces. An event that is not complete at the end is dropped, as the standard has it. */
export class SseEvents {
  #events: EventSourceMessage[] = [];
  readonly #parser = createParser({ onEvent: (event) => this.#events.push(event) });
  /** Whether the last piece ended with `\r`, which was taken for the end of its line. */
  #endedWithReturn = false;

  /** The events that are complete with this piece, which is not empty. */
  feed(piece: string): EventSourceMessage[] {
    // The parser would wait for what follows a `\r`, and for ever where nothing does.
    const rest = this.#endedWithReturn && piece.startsWith('\n') ? piece.slice(1) : piece;
    this.#endedWithReturn = piece.endsWith('\r');
    this.#parser.feed(this.#endedWithReturn ? `${rest}\n` : rest);
    const events = this.#events;
    this.#events = [];
    return events;
  }

  end(): EventSourceMessage[] {
    return [];
  }
}
