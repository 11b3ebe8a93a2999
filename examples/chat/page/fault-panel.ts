import type { FaultOrder, ServerState } from '../server/api';
import type { FaultName } from '../server/faults';
import { byId, make, setText } from './dom';

const labels: { readonly [name in FaultName]: string } = {
  throttle: '429, retry after 2 s',
  error: '500',
  stall: 'Stall in mid-stream',
  cut: 'Cut in mid-stream',
  slow: 'Slow first token',
};

/** The buttons that make the provider misbehave, for the lanes that are in use. */
export class FaultPanel {
  readonly #buttons = new Map<FaultName, { readonly button: HTMLElement; readonly armed: HTMLElement }>();
  readonly #down = byId<HTMLInputElement>('down');

  constructor(private readonly lanes: () => readonly string[]) {
    for (const [name, label] of Object.entries(labels) as [FaultName, string][]) {
      const armed = make('span', { class: 'armed' });
      const button = make('button', { type: 'button', 'data-fault': name }, label, ' ', armed);
      button.addEventListener('click', () => this.#arm(name));
      this.#buttons.set(name, { button, armed });
      byId('faults').append(button);
    }
    this.#down.addEventListener('change', () => void order({ kind: 'down', isDown: this.#down.checked }));
    byId('clear-faults').addEventListener('click', () => void order({ kind: 'clear' }));
  }

  show({ faults }: ServerState): void {
    for (const [name, { armed }] of this.#buttons) {
      const count = faults?.armed[name] ?? 0;
      setText(armed, count === 0 ? '' : `× ${count}`);
    }
    this.#down.checked = faults?.isDown === true;
  }

  #arm(name: FaultName): void {
    const count = Number(byId<HTMLSelectElement>('fault-count').value);
    void order({ kind: 'arm', name, count, lanes: this.lanes() });
  }
}

async function order(wish: FaultOrder): Promise<void> {
  await fetch('/api/faults', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(wish),
  });
}
