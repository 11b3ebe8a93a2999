import { prompts } from '../../provider/prompts';
import { byId } from './dom';
import type { Lane } from './lane';
import { Message } from './message';

/** The form, and which lanes are asked. */
export class Composer {
  #count = 0;
  #bulk = 0;

  constructor(
    private readonly guarded: Lane,
    private readonly plain: Lane,
  ) {
    const prompt = byId<HTMLTextAreaElement>('prompt');
    byId('composer').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send(prompt.value.trim());
      prompt.value = '';
    });
    prompt.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        byId<HTMLFormElement>('composer').requestSubmit();
      }
    });
    byId('send-many').addEventListener('click', () => this.#sendMany(30));
    byId('stop-all').addEventListener('click', () => this.#stopAll());
    byId('modes').addEventListener('change', () => this.#showMode());
    this.#showMode();
  }

  get lanes(): readonly Lane[] {
    const { guarded, plain } = this;
    const lanes: Readonly<Record<string, readonly Lane[]>> = { guarded: [guarded], plain: [plain] };
    return lanes[this.#mode] ?? [guarded, plain];
  }

  get #mode(): string {
    return byId('modes').querySelector<HTMLInputElement>('input:checked')!.value;
  }

  #send(question: string): void {
    if (question !== '') {
      this.#count += 1;
      for (const lane of this.lanes) {
        lane.send(new Message(`${lane.name}-${this.#count}`, question));
      }
    }
  }

  #sendMany(count: number): void {
    for (let sent = 0; sent < count; sent++) {
      this.#send(prompts[this.#bulk % prompts.length]!.question);
      this.#bulk += 1;
    }
  }

  #stopAll(): void {
    this.guarded.stopAll();
    this.plain.stopAll();
  }

  #showMode(): void {
    byId('lanes').dataset.mode = this.#mode;
  }
}
