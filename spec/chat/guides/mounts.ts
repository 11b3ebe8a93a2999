/** How each framework's files of the guide are put on a page, as a reader would; `chat` is what a test holds on to. */
export const mounts: Readonly<Record<string, string>> = {
  react: `
    import { createElement, StrictMode } from 'react';
    import { createRoot } from 'react-dom/client';
    import { Chat } from './chat';
    const root = createRoot(document.getElementById('place')!);
    let key = 0;
    const show = (prompt: string) => root.render(createElement(StrictMode, null, createElement(Chat, { prompt, key })));
    const press = (name: string) => [...document.querySelectorAll('button')].find(({ textContent }) => textContent === name)!.click();
    show('');
    Object.assign(window, { chat: {
      ask(prompt: string) { show(prompt); setTimeout(() => press('Ask'), 50); },
      stop: () => press('Stop'), regenerate: () => press('Again'), leave: () => root.unmount(),
    } });`,
  vue: `
    import { createApp, h, ref } from 'vue';
    import { useAnswer } from './answer-composable';
    const prompt = ref('Say hello.');
    let chat: ReturnType<typeof useAnswer>;
    const app = createApp({ setup() { chat = useAnswer(prompt); return () => [h('p', chat.answer.value.text), h('small', chat.answer.value.phase)]; } });
    app.mount('#place');
    Object.assign(window, { chat: {
      ask(text: string) { prompt.value = text; }, stop: () => chat.stop(), regenerate: () => chat.regenerate(), leave: () => app.unmount(),
    } });`,
  angular: `
    import '@angular/compiler';
    import { provideZonelessChangeDetection } from '@angular/core';
    import { bootstrapApplication } from '@angular/platform-browser';
    import { ChatComponent } from './chat.component';
    document.getElementById('place')!.appendChild(document.createElement('app-chat'));
    bootstrapApplication(ChatComponent, { providers: [provideZonelessChangeDetection()] }).then((app) => {
      const chat = app.components[0]!.instance as ChatComponent;
      Object.assign(window, { chat: {
        ask(prompt: string) { chat.prompt.set(prompt); }, stop: () => chat.stop(), regenerate: () => chat.regenerate(), leave: () => app.destroy(),
      } });
    });`,
  'angular-resource': `
    import '@angular/compiler';
    import { provideZonelessChangeDetection } from '@angular/core';
    import { bootstrapApplication } from '@angular/platform-browser';
    import { ChatResourceComponent } from './chat-resource.component';
    document.getElementById('place')!.appendChild(document.createElement('app-chat'));
    bootstrapApplication(ChatResourceComponent, { providers: [provideZonelessChangeDetection()] }).then((app) => {
      const chat = app.components[0]!.instance as ChatResourceComponent;
      Object.assign(window, { chat: {
        ask(prompt: string) { chat.prompt.set(prompt); }, stop: () => chat.stop(), regenerate: () => chat.regenerate(), leave: () => app.destroy(),
      } });
    });`,
  'angular-http': `
    import '@angular/compiler';
    import { HttpClient, provideHttpClient } from '@angular/common/http';
    import { provideZonelessChangeDetection } from '@angular/core';
    import { createApplication } from '@angular/platform-browser';
    import { httpAnswerTo } from './http-answer';
    const [paragraph, status] = ['p', 'small'].map((name) => document.getElementById('place')!.appendChild(document.createElement(name)));
    createApplication({ providers: [provideHttpClient(), provideZonelessChangeDetection()] }).then((app) => {
      let asked = '';
      let controller = new AbortController();
      let call = { unsubscribe() {} };
      const ask = (prompt: string) => {
        asked = prompt;
        controller = new AbortController();
        call = httpAnswerTo(app.injector.get(HttpClient), prompt, controller.signal).subscribe(({ text, phase }) => {
          paragraph!.textContent = text;
          status!.textContent = phase;
        });
      };
      Object.assign(window, { chat: { ask, stop: () => controller.abort(), regenerate: () => ask(asked), leave: () => call.unsubscribe() } });
    });`,
  svelte: `
    import { mount, unmount } from 'svelte';
    import Chat from './Chat.svelte';
    let chat: Record<string, unknown> | undefined;
    const leave = () => chat && unmount(chat);
    const press = (name: string) => [...document.querySelectorAll('button')].find(({ textContent }) => textContent === name)!.click();
    Object.assign(window, { chat: {
      ask(prompt: string) { leave(); chat = mount(Chat, { target: document.getElementById('place')!, props: { prompt } }); press('Ask'); },
      stop: () => press('Stop'), regenerate: () => press('Ask'), leave,
    } });`,
  dom: `
    import { showAnswer } from './show-answer';
    const [paragraph, status] = ['p', 'small'].map((name) => document.getElementById('place')!.appendChild(document.createElement(name)));
    let asked = '';
    let stop = () => {};
    const ask = (prompt: string) => { stop(); asked = prompt; stop = showAnswer(prompt, paragraph!, status!); };
    Object.assign(window, { chat: { ask, stop: () => stop(), regenerate: () => ask(asked), leave: () => stop() } });`,
};
