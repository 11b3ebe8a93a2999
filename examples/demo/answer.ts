import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import { isFinalChunk, textOf, usageOf } from 'rxjs-resilience';
import type { Prompt } from '../provider/prompts';
import { judge, type Verdict } from './judge';

/** What the user has before them: one answer, as it grows. */
export class Answer {
  text = '';
  /** As the provider reported them; 0 until it does. */
  tokens = 0;
  attempt = 0;
  phase: 'queued' | 'breaker' | 'connecting' | 'streaming' | 'retrying' | 'complete' | 'lost' = 'queued';
  /** Whether the provider said that this is the end. */
  hasEnded = false;

  constructor(
    readonly number: number,
    readonly prompt: Prompt,
  ) {}

  add(chunk: ChatCompletionChunk): void {
    this.phase = 'streaming';
    this.text += textOf(chunk);
    this.tokens += usageOf(chunk)?.total ?? 0;
    this.hasEnded ||= isFinalChunk(chunk);
  }

  clear(): void {
    this.text = '';
    this.hasEnded = false;
  }

  /** Nobody waits for it any longer. */
  giveUp(): void {
    this.phase = this.phase === 'complete' ? this.phase : 'lost';
  }

  get verdict(): Verdict | undefined {
    return this.phase === 'complete' || this.phase === 'lost' ? judge(this) : undefined;
  }
}
