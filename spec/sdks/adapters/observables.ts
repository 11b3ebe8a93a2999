import '@angular/compiler';
import { FetchBackend, HttpClient, HttpXhrBackend } from '@angular/common/http';
import { Injector, NgZone, runInInjectionContext } from '@angular/core';
import { map } from 'rxjs';
import { ajax } from 'rxjs/ajax';
import { fromFetch } from 'rxjs/fetch';
import xhr2 from 'xhr2';
import { type Caller, messages, okOr, within } from '../caller';
import { openaiWire } from '../wires/openai';

const request = { model: 'm', messages };
const headers = { 'content-type': 'application/json' };
const each = { wire: openaiWire, isStream: false };

/** An `XMLHttpRequest` that speaks HTTP. */
const newRequest = () => new xhr2.XMLHttpRequest();

/** Angular's client as an application has it, without a page. */
const call = (work: () => unknown) => work();
const injector = Injector.create({
  providers: [{ provide: NgZone, useValue: { run: call, runOutsideAngular: call } }],
});
const byFetch = () => new HttpClient(runInInjectionContext(injector, () => new FetchBackend()));
const byXhr = () => new HttpClient(runInInjectionContext(injector, () => new HttpXhrBackend({ build: newRequest })));

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
        selector: async (response) => (await okOr(response)).json(),
      }),
  },
  {
    ...each,
    name: 'ajax',
    sdk: 'ajax of rxjs',
    open: (url, timeout) =>
      ajax({ url, method: 'POST', body: request, headers, timeout, createXHR: newRequest }).pipe(
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
    open: (url, timeout) => byXhr().post(url, request, { timeout }),
  },
];
