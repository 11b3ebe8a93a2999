import { Subject } from 'rxjs';
import { type CallStatus, textOf } from 'rxjs-resilience';
import { goOn } from '../../provider/prompts';
import type { DraftChunk } from './guarded';
import type { Chunk, Messages } from './provider';

/** A question and what has come of it. */
export class Message {
  text = '';
  /** Pieces with content. */
  tokens = 0;
  status: CallStatus = { phase: 'connecting', attempt: 1 };
  readonly changes$ = new Subject<'status' | 'text'>();
  /** What an earlier call typed and this one goes on from. */
  #kept = { text: '', tokens: 0 };
  #draft: number | undefined;

  constructor(
    readonly id: string,
    readonly question: string,
  ) {}

  get isRunning(): boolean {
    return !['done', 'cancelled', 'failed'].includes(this.status.phase);
  }

  /** The question, and what is there already, to go on from. */
  get toSend(): Messages {
    return this.goingOn([{ role: 'user', content: this.question }], this.text);
  }

  /** Asks for the rest, if there is a beginning. */
  goingOn(messages: Messages, text: string): Messages {
    if (text === '') {
      return messages;
    }
    const [question, begun] = messages;
    const content = (begun?.content ?? '') + text;
    return [question!, { role: 'assistant', content }, { role: 'user', content: goOn }];
  }

  setStatus(status: CallStatus): void {
    if (status.phase === 'streaming' && this.status.phase === 'streaming') {
      return;
    }
    this.status = status;
    this.changes$.next('status');
  }

  /** A new call begins: it goes on from what is typed, or anew. */
  begin(how: 'go-on' | 'anew'): void {
    this.#kept = how === 'go-on' ? { text: this.text, tokens: this.tokens } : { text: '', tokens: 0 };
    this.#draft = undefined;
    this.#forget();
    this.changes$.next('text');
  }

  /** Types on; the first chunk of another draft types anew. */
  add(chunks: readonly (Chunk | DraftChunk)[]): void {
    for (const chunk of chunks) {
      this.#turnTo(chunk);
      const piece = textOf(chunk);
      this.text += piece;
      this.tokens += piece === '' ? 0 : 1;
    }
    this.changes$.next('text');
  }

  #turnTo(chunk: Chunk | DraftChunk): void {
    if ('draft' in chunk && chunk.draft !== this.#draft) {
      this.#draft = chunk.draft;
      this.#forget();
    }
  }

  #forget(): void {
    this.text = this.#kept.text;
    this.tokens = this.#kept.tokens;
  }
}
