import { interval, type Subscription, take } from 'rxjs';
import { answerTo, prompts } from '../../provider/prompts';
import type { PageConfig } from '../server/api';
import type { PresetName } from '../server/presets';
import { byId } from './dom';
import type { Lane } from './lane';
import { Message } from './message';
import { order } from './switches';

/** ms from one of many prompts to the next: all of them at once would be one long task. */
const betweenPrompts = 20;
const many = 30;

/** The form, the presets, and which lanes are asked. */
export class Composer {
  #count = 0;
  #sending: Subscription | undefined;

  constructor(
    private readonly all: readonly Lane[],
    private readonly config: PageConfig,
    /** The guards forget what they know of the provider. */
    private readonly reset: () => void,
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
    for (const button of document.querySelectorAll<HTMLButtonElement>('[data-preset]')) {
      button.addEventListener('click', () => void this.#begin(button.dataset.preset as PresetName));
    }
    byId('send-many').addEventListener('click', () => this.#sendMany());
    byId('stop-all').addEventListener('click', () => this.#stopAll());
    byId('modes').addEventListener('change', () => this.#showMode());
    this.#showMode();
  }

  /** The lanes that are asked. */
  get lanes(): readonly Lane[] {
    return this.all.filter(({ name }) => this.#mode === 'both' || this.#mode === name);
  }

  get #mode(): string {
    return byId('modes').querySelector<HTMLInputElement>('input:checked')!.value;
  }

  /** Both sides begin anew, with a provider that has a day like this. */
  async #begin(name: PresetName): Promise<void> {
    this.#stopAll();
    for (const lane of this.all) {
      lane.clear();
    }
    await order({ kind: 'preset', name });
    this.reset();
    if (name !== 'calm') {
      this.#sendMany();
    }
  }

  #send(question: string): void {
    if (question !== '') {
      this.#count += 1;
      const expected = this.config.isEmbedded ? answerTo(question) : undefined;
      for (const lane of this.lanes) {
        lane.send(new Message(`${lane.name}-${this.#count}`, question, expected));
      }
    }
  }

  #sendMany(): void {
    const first = this.#count;
    this.#sending?.unsubscribe();
    for (const lane of this.lanes) {
      lane.expected = lane.messages.length + many;
    }
    this.#sending = interval(betweenPrompts)
      .pipe(take(many))
      .subscribe((index) => this.#send(prompts[(first + index) % prompts.length]!.question));
  }

  #stopAll(): void {
    this.#sending?.unsubscribe();
    for (const lane of this.all) {
      lane.stopAll();
    }
  }

  #showMode(): void {
    byId('lanes').dataset.mode = this.#mode;
  }
}
