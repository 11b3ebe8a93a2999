import { show } from '../internal/options';
import { type ChunkReading, mergeUsage, type Usage } from '../provider';
import { isResponse } from '../provider/read';
import { letGo } from '../stream/reader';
import type { AnswerSettings } from './answer-settings';

/** What the values of an attempt add to an answer. Every value is read once. */
export class AnswerReading<T> {
  /** What the last value added. */
  text = '';
  reasoning = '';
  /** What the attempt reported so far. */
  usage: Usage | undefined = undefined;
  private chunk: ChunkReading | undefined = undefined;

  constructor(private readonly settings: AnswerSettings<T>) {}

  /** Throws what the user's functions throw. */
  read(value: T): void {
    const { usage, readers } = this.settings;
    const chunk = readers.chunkOf(value, this.chunk);
    this.chunk = chunk;
    this.text = this.added('text', value, typeof value === 'string' ? value : this.textIn(value, chunk));
    this.reasoning = this.added('reasoning', value, chunk?.reasoning ?? '');
    const reported = usage === undefined ? chunk && readers.usageIn(chunk) : usage(value);
    if (typeof reported === 'number') {
      this.usage = { total: reported, final: false };
    } else if (reported !== undefined && reported !== null) {
      this.usage = mergeUsage(this.usage, reported);
    }
  }

  private textIn(value: T, chunk: ChunkReading | undefined): string {
    const { text, reasoning } = this.settings;
    if (chunk?.isKnown !== true && text === undefined && reasoning === undefined && isResponse(value)) {
      letGo(value);
      const got = `a Response (HTTP ${value.status})`;
      throw new TypeError(`answer: ${got} is no text, give eventsOf(response) of rxjs-resilience/http, or text`);
    }
    return chunk?.text ?? '';
  }

  private added(name: 'text' | 'reasoning', value: T, usual: string): string {
    const read = this.settings[name];
    const added: unknown = read === undefined ? usual : read(value);
    if (typeof added !== 'string') {
      throw new TypeError(`answer: ${name} must return a string, got ${show(added)}`);
    }
    return added;
  }
}
