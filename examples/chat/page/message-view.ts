import { make, setText } from './dom';
import type { Message } from './message';

/** What the buttons of a message do. */
export interface MessageActions {
  stop(): void;
  begin(how: 'go-on' | 'anew'): void;
}

/** A question, its answer and its phase. Text is appended to one text node: one change of the page for each piece. */
export class MessageView {
  readonly element: HTMLLIElement;
  readonly #answer = document.createTextNode('');
  readonly #phase = make('span', { class: 'phase' });
  readonly #stop: HTMLButtonElement;
  readonly #goOn: HTMLButtonElement;
  readonly #again: HTMLButtonElement;

  constructor(
    private readonly message: Message,
    number: number,
    actions: MessageActions,
    /** Its phase in words, now. */
    private readonly phase: () => string,
  ) {
    const button = (label: string, act: () => void) => {
      const made = make('button', { type: 'button', 'aria-label': `${label} answer ${number}` }, label);
      made.addEventListener('click', act);
      return made;
    };
    this.#stop = button('Stop', () => actions.stop());
    this.#goOn = button('Continue', () => actions.begin('go-on'));
    this.#again = button('Retry', () => actions.begin('anew'));
    this.element = make(
      'li',
      { class: 'message', 'data-id': message.id },
      make('p', { class: 'question' }, message.question),
      make('p', { class: 'answer' }, this.#answer),
      make(
        'div',
        { class: 'state' },
        this.#phase,
        make('span', { class: 'actions' }, this.#stop, this.#goOn, this.#again),
      ),
    );
    this.drawText();
    this.drawStatus();
  }

  drawText(): void {
    const { text } = this.message;
    const shown = this.#answer.data;
    if (text.startsWith(shown)) {
      this.#answer.appendData(text.slice(shown.length));
    } else {
      this.#answer.data = text;
    }
  }

  /** Also called as time passes. */
  drawPhase(): void {
    setText(this.#phase, this.phase());
  }

  drawStatus(): void {
    const { isRunning, status, text } = this.message;
    const hadFocus = this.element.contains(document.activeElement);
    this.element.dataset.phase = status.phase;
    this.#stop.hidden = !isRunning;
    this.#again.hidden = isRunning || status.phase === 'done';
    this.#goOn.hidden = this.#again.hidden || text === '';
    this.drawPhase();
    if (hadFocus) {
      this.#keepFocus();
    }
  }

  /** A focused button that is hidden would throw the keyboard back to the top of the page. */
  #keepFocus(): void {
    const buttons = [this.#stop, this.#goOn, this.#again].filter((button) => !button.hidden);
    if (!buttons.includes(document.activeElement as HTMLButtonElement)) {
      const next = buttons[0] ?? document.getElementById('prompt');
      next?.focus({ preventScroll: true });
    }
  }
}
