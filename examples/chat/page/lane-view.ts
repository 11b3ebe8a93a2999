import { make, setText } from './dom';
import type { Lane } from './lane';
import type { Message } from './message';
import { MessageView } from './message-view';

/** The conversation of a lane. */
export class LaneView {
  readonly #views = new Map<Message, MessageView>();

  constructor(
    private readonly lane: Lane,
    private readonly frame: Pick<LaneFrame, 'scroller' | 'list' | 'tally'>,
    private readonly phaseOf: (message: Message) => string,
    private readonly onStatus: (message: Message, number: number) => void,
  ) {
    lane.added$.subscribe((message) => this.#add(message));
  }

  /** Counts down. */
  tick(): void {
    for (const [{ status }, view] of this.#views) {
      if (status.phase === 'waiting') {
        view.drawPhase();
      }
    }
  }

  #add(message: Message): void {
    const actions = {
      stop: () => this.lane.stop(message),
      begin: (how: 'go-on' | 'anew') => this.lane.begin(message, how),
    };
    const number = this.lane.messages.length;
    const view = new MessageView(message, number, actions, () => this.phaseOf(message));
    this.#views.set(message, view);
    this.#atEnd(() => this.frame.list.append(view.element));
    message.changes$.subscribe((what) => {
      this.#atEnd(() => (what === 'text' ? view.drawText() : view.drawStatus()));
      if (what === 'status') {
        this.#count();
        this.onStatus(message, number);
      }
    });
  }

  /** Stays at the end of the conversation if the reader was there. */
  #atEnd(draw: () => void): void {
    const { scrollTop, scrollHeight, clientHeight } = this.frame.scroller;
    const wasAtEnd = scrollHeight - scrollTop - clientHeight < 40;
    draw();
    if (wasAtEnd) {
      this.frame.scroller.scrollTop = this.frame.scroller.scrollHeight;
    }
  }

  #count(): void {
    const of = (phase: string) => this.lane.messages.filter(({ status }) => status.phase === phase).length;
    setText(this.frame.tally, `${of('done')} answered, ${of('failed')} failed, ${this.#running()} under way`);
  }

  #running(): number {
    return this.lane.messages.filter(({ isRunning }) => isRunning).length;
  }
}

export interface LaneFrame {
  readonly frame: HTMLElement;
  readonly list: HTMLElement;
  readonly tally: HTMLElement;
  readonly scroller: HTMLElement;
}

/** The frame of a lane: a heading, how it stands, and its messages. */
export function frameOf(title: string, name: string): LaneFrame {
  const list = make('ol', { class: 'messages' });
  const tally = make('p', { class: 'tally' }, 'nothing asked yet');
  const scroller = make(
    'div',
    { class: 'scroller', tabindex: '0', role: 'region', 'aria-label': `${title}: conversation` },
    list,
  );
  const frame = make('section', { class: 'lane', 'data-lane': name }, make('h2', {}, title), tally, scroller);
  return { frame, list, tally, scroller };
}
