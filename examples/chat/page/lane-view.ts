import { byId, make, setText } from './dom';
import { inFrame } from './frame';
import type { Lane, Tally } from './lane';
import type { Message } from './message';
import { MessageView } from './message-view';
import { Timeline } from './timeline';

const counts: { readonly [name in keyof Tally]: string } = {
  whole: 'whole',
  garbled: 'garbled',
  lost: 'lost',
  running: 'under way',
  wasted: 'wasted requests',
  throttled: '429s',
};
/** With more messages than these, each is a cell of a grid. */
const mostOpen = 3;
/** Thirty answers, and px for a word of each. */
const rowsInSight = 6;
const leastRow = 48;

/** A lane: its tally, its answers as a grid, and its timeline. */
export class LaneView {
  readonly timeline: Timeline;
  readonly #views = new Map<Message, MessageView>();
  readonly #numbers = new Map<keyof Tally, HTMLElement>();
  readonly #list = make('ol', { class: 'messages' });
  readonly #count = () => this.#drawTally();

  constructor(
    private readonly lane: Lane,
    title: string,
    code: HTMLElement,
  ) {
    const tally = make('dl', { class: 'tally' });
    for (const [name, label] of Object.entries(counts) as [keyof Tally, string][]) {
      const number = make('dd', {}, '0');
      this.#numbers.set(name, number);
      tally.append(make('div', { 'data-count': name }, make('dt', {}, label), number));
    }
    const grid = { class: 'scroller', tabindex: '0', role: 'region', 'aria-label': `${title}: answers` };
    const scroller = make('div', grid, this.#list);
    new ResizeObserver(([entry]) => {
      const row = (entry!.contentRect.height - 4) / rowsInSight - 4;
      this.#list.style.setProperty('--row', `${Math.max(leastRow, row)}px`);
    }).observe(scroller);
    this.timeline = new Timeline(`${title}: what its calls did`);
    byId('lanes').append(
      make(
        'section',
        { class: 'lane', 'data-lane': lane.name },
        make('div', { class: 'title' }, make('h2', {}, title), code),
        tally,
        scroller,
        this.timeline.element,
      ),
    );
    lane.changes$.subscribe((message) => this.#show(message));
  }

  /** Counts down. */
  tick(): void {
    for (const view of this.#views.values()) {
      view.tick();
    }
  }

  #show(message: Message | undefined): void {
    inFrame(this.#count);
    if (message === undefined) {
      this.#views.clear();
      this.#list.replaceChildren();
      delete this.#list.dataset.dense;
    } else {
      inFrame((this.#views.get(message) ?? this.#add(message)).draw);
    }
  }

  #add(message: Message): MessageView {
    const view = new MessageView(message, this.#views.size + 1, {
      stop: () => this.lane.stop(message),
      begin: (how) => this.lane.begin(message, how),
    });
    this.#views.set(message, view);
    this.#list.append(view.element);
    const isDense = this.lane.expected > mostOpen;
    view.open(!isDense);
    if (isDense && this.#list.dataset.dense === undefined) {
      this.#list.dataset.dense = '';
      for (const each of this.#views.values()) {
        each.open(false);
      }
    }
    return view;
  }

  #drawTally(): void {
    for (const [name, count] of Object.entries(this.lane.tally) as [keyof Tally, number][]) {
      setText(this.#numbers.get(name)!, String(count));
    }
  }
}
