import { make, setText } from './dom';
import { inFrame } from './frame';
import type { Message } from './message';
import { phaseOf } from './words';

/** What the buttons of a message do. */
export interface MessageActions {
  stop(): void;
  begin(how: 'go-on' | 'anew'): void;
}

/** A cell with an answer and its phase; opened, the whole answer with its question. What is garbled is marked. */
export class MessageView {
  readonly element: HTMLLIElement;
  readonly draw = () => this.#draw();
  readonly #right = document.createTextNode('');
  readonly #wrong = document.createTextNode('');
  readonly #phase = make('span', { class: 'phase' });
  readonly #head: HTMLButtonElement;
  readonly #buttons: { readonly [name in 'stop' | 'goOn' | 'again']: HTMLButtonElement };

  constructor(
    private readonly message: Message,
    number: number,
    actions: MessageActions,
  ) {
    const button = (label: string, act: () => void) => {
      const made = make('button', { type: 'button', 'aria-label': `${label} answer ${number}` }, label);
      made.addEventListener('click', act);
      return made;
    };
    this.#buttons = {
      stop: button('Stop', () => actions.stop()),
      goOn: button('Continue', () => actions.begin('go-on')),
      again: button('Retry', () => actions.begin('anew')),
    };
    this.#head = make(
      'button',
      { type: 'button', class: 'head', 'aria-expanded': 'false' },
      make('span', { class: 'number' }, make('span', { class: 'unseen' }, 'Answer '), String(number)),
      this.#phase,
    );
    this.#head.addEventListener('click', () => this.open(!this.isOpen));
    this.element = make(
      'li',
      { class: 'message', 'data-id': message.id },
      this.#head,
      make('p', { class: 'question' }, message.question),
      make('p', { class: 'answer' }, make('span', {}, this.#right, make('mark', {}, this.#wrong))),
      make('div', { class: 'actions' }, ...Object.values(this.#buttons)),
    );
    this.draw();
  }

  get isOpen(): boolean {
    return this.element.dataset.open !== undefined;
  }

  open(isOpen: boolean): void {
    this.#head.setAttribute('aria-expanded', String(isOpen));
    this.element.toggleAttribute('data-open', isOpen);
  }

  /** Counts down. */
  tick(): void {
    if (this.message.answer.phase === 'waiting') {
      inFrame(this.draw);
    }
  }

  #draw(): void {
    const { message } = this;
    const { text, rightUntil, isRunning, outcome } = message;
    append(this.#right, text.slice(0, rightUntil));
    append(this.#wrong, text.slice(rightUntil));
    setText(this.#phase, phaseOf(message, Date.now()));
    const { dataset } = this.element;
    this.element.toggleAttribute('data-empty', text === '');
    if (dataset.phase !== message.answer.phase || dataset.outcome !== outcome) {
      dataset.phase = message.answer.phase;
      dataset.outcome = outcome;
      this.#offer(isRunning, text !== '');
    }
  }

  #offer(isRunning: boolean, hasText: boolean): void {
    const { stop, goOn, again } = this.#buttons;
    const hadFocus = this.element.matches(':focus-within'); // asked before anything is hidden, and without a layout
    const focused = hadFocus ? document.activeElement : null;
    stop.hidden = !isRunning;
    again.hidden = isRunning || this.message.answer.phase === 'done';
    goOn.hidden = again.hidden || !hasText;
    const offered = [stop, goOn, again].find((button) => !button.hidden);
    // A focused button that is hidden would throw the keyboard back to the top of the page.
    if (focused instanceof HTMLElement && focused.hidden) {
      (offered ?? this.#head).focus({ preventScroll: true });
    }
  }
}

/** Changes as little of the node as possible. */
function append(node: Text, text: string): void {
  if (text.startsWith(node.data)) {
    if (text.length > node.data.length) {
      node.appendData(text.slice(node.data.length));
    }
  } else {
    node.data = text;
  }
}
