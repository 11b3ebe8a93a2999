import type { Attributes } from '@opentelemetry/api';
import { classifyError } from '../provider';
import { read, textAt } from '../provider/read';
import type { ObservedCall } from './observed';

/** Attributes of the GenAI conventions, read from the fields of `meta`. */
const conventions: readonly (readonly [field: string, attribute: string])[] = [
  ['operation', 'gen_ai.operation.name'],
  ['provider', 'gen_ai.provider.name'],
  ['model', 'gen_ai.request.model'],
];

/** What `meta` says by the conventions; an operation is a chat unless it says otherwise. */
export function conventional({ meta }: ObservedCall): Attributes {
  const said = conventions.flatMap(([field, attribute]) => {
    const text = textAt(meta, field);
    return text === undefined ? [] : [[attribute, text]];
  });
  return { 'gen_ai.operation.name': 'chat', ...Object.fromEntries(said) };
}

/**
 * Of few values, as a metric needs it: the HTTP status, else the name of the error. An answer that broke off has the status
 * 200, which says nothing of the failure.
 */
export function failureAttributes(error: unknown): Attributes {
  const status = [read(error, 'status'), read(error, 'statusCode')].find(
    (each) => (typeof each === 'number' || typeof each === 'string') && Number(each) >= 400,
  );
  const name = textAt(error, 'name') ?? '_OTHER';
  return {
    'error.type': status === undefined ? name : String(status),
    'rxjs_resilience.error.class': classifyError(error),
  };
}

/** Which policy it was: its kind, its name if it has one, and its route in a router. */
export function policyAttributes(policy: string, { name, route }: { name?: unknown; route?: unknown }): Attributes {
  return { 'rxjs_resilience.policy': policy, ...nameAttributes(name), ...routeAttributes(route) };
}

export function nameAttributes(name: unknown): Attributes {
  return typeof name === 'string' ? { 'rxjs_resilience.policy.name': name } : {};
}

export function routeAttributes(route: unknown): Attributes {
  return typeof route === 'string' ? { 'rxjs_resilience.route': route } : {};
}
