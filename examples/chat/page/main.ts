import type { PageConfig, ServerState } from '../server/api';
import { startChatPage } from './chat';
import { byId, setText } from './dom';
import { Switches } from './switches';
import { startTheme } from './theme';

startTheme();
const config: PageConfig = await (await fetch('/api/config')).json();
const lanesInUse = startChatPage(config);
const switches = new Switches(lanesInUse);
for (const id of ['presets', 'switches']) {
  byId<HTMLFieldSetElement>(id).disabled = !config.isEmbedded;
}
setText(byId('outage'), `Provider down for ${config.outage / 1_000} s`);
const changes = new EventSource('/api/state');
changes.addEventListener('message', ({ data }) => {
  const state: ServerState = JSON.parse(data);
  setText(byId('open'), String(state.open));
  switches.show(state);
  for (const button of document.querySelectorAll<HTMLElement>('[data-preset]')) {
    button.setAttribute('aria-pressed', String(button.dataset.preset === state.preset));
  }
});
document.documentElement.dataset.ready = '';
