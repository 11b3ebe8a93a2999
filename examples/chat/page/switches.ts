import type { FaultOrder, LaneName, ServerState } from '../server/api';
import type { FaultName } from '../server/switches';
import { byId, make, setText } from './dom';

const labels: { readonly [name in FaultName]: string } = {
  throttle: '429',
  serverError: '503',
  cut: 'Cut',
  stall: 'Stall',
  slowFirst: 'Slow start',
  garble: 'Bad JSON',
  failInside: 'Error inside',
};

/** The buttons that make the next requests of the lanes in use go wrong. */
export class Switches {
  readonly #armed = new Map<FaultName, HTMLElement>();

  constructor(lanes: () => readonly LaneName[]) {
    for (const [name, label] of Object.entries(labels) as [FaultName, string][]) {
      const armed = make('span', { class: 'armed' });
      const button = make('button', { type: 'button', 'data-fault': name }, label, armed);
      button.addEventListener('click', () => void order({ kind: 'arm', name, count: 1, lanes: lanes() }));
      this.#armed.set(name, armed);
      byId('faults').append(button);
    }
  }

  show({ armed: counts }: ServerState): void {
    for (const [name, armed] of this.#armed) {
      setText(armed, counts[name] === 0 ? '' : ` × ${counts[name]}`);
    }
  }
}

/** Tells the provider how to behave. */
export async function order(wish: FaultOrder): Promise<void> {
  await fetch('/api/faults', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(wish),
  });
}
