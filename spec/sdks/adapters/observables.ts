import '@angular/compiler';
import { FetchBackend, HttpClient, HttpXhrBackend } from '@angular/common/http';
import { Injector, NgZone, runInInjectionContext } from '@angular/core';
import { Window } from 'happy-dom';
import { map } from 'rxjs';
import { ajax } from 'rxjs/ajax';
import { fromFetch } from 'rxjs/fetch';
import { type Caller, messages, within } from '../caller';
import { openaiWire } from '../wires/openai';

const request = { model: 'm', messages };
const headers = { 'content-type': 'application/json' };
const each = { wire: openaiWire, isStream: false };

/** An `XMLHttpRequest` that speaks HTTP, as a page of that server has it. */
const requestOf = (url: string) => () => new new Window({ url }).XMLHttpRequest() as unknown as XMLHttpRequest;

/** Angular's client as an application has it, without a page. */
const call = (work: () => unknown) => work();
const injector = Injector.create({
  providers: [{ provide: NgZone, useValue: { run: call, runOutsideAngular: call } }],
});
const byFetch = () => new HttpClient(runInInjectionContext(injector, () => new FetchBackend()));
const byXhr = (url: string) =>
  new HttpClient(runInInjectionContext(injector, () => new HttpXhrBackend({ build: requestOf(url) })));

export const observables: readonly Caller[] = [
  {
    ...each,
    name: 'fromFetch',
    sdk: 'fromFetch of rxjs',
    open: (url, timeout, signal) =>
      fromFetch(url, {
        method: 'POST',
        body: JSON.stringify(request),
        signal: within(signal, timeout),
        selector: (response) => (response.ok ? response.json() : Promise.reject(response)),
      }),
  },
  {
    ...each,
    name: 'ajax',
    sdk: 'ajax of rxjs',
    open: (url, timeout) =>
      ajax({ url, method: 'POST', body: request, headers, timeout, createXHR: requestOf(url) }).pipe(
        map(({ response }) => response),
      ),
  },
  {
    ...each,
    name: 'Angular, by fetch',
    sdk: 'HttpClient of Angular',
    open: (url, timeout) => byFetch().post(url, request, { timeout }),
  },
  {
    ...each,
    name: 'Angular, by XMLHttpRequest',
    sdk: 'HttpClient of Angular',
    open: (url, timeout) => byXhr(url).post(url, request, { timeout }),
  },
];
