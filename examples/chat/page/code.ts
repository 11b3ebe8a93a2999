import type { LaneName } from '../server/api';
import { byId, make, setText } from './dom';
import guarded from './guarded.ts?raw';
import plain from './plain.ts?raw';

const sources: { readonly [lane in LaneName]: string } = { guarded, plain };

/** A button that shows the code of a lane, as it runs here. */
export function codeButton(lane: LaneName): HTMLElement {
  const button = make('button', { type: 'button', 'data-code': lane }, 'Show the code');
  button.addEventListener('click', () => {
    setText(byId('code-title'), `examples/chat/page/${lane}.ts`);
    setText(byId('code-text'), sources[lane]);
    byId('code-scroller').tabIndex = 0;
    byId<HTMLDialogElement>('code').showModal();
  });
  return button;
}
