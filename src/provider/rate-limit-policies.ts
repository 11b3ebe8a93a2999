import { type Fields, longestField } from './headers';

/**
 * What the IETF fields say of one policy of the server's.
 *
 * @category What providers say
 */
export interface RateLimitPolicy {
  /** Units allowed in the window (`q`). */
  readonly limit?: number | undefined;
  /** Units left (`r`). */
  readonly remaining?: number | undefined;
  /** ms until units come back (`t`): not necessarily all of them. */
  readonly resetMs?: number | undefined;
  /** Length of the window in ms (`w`). */
  readonly windowMs?: number | undefined;
  /** What is counted (`qu`); `requests` if the server does not say. */
  readonly unit?: string | undefined;
}

/** Items of RFC 9651 §3.3 as they are written. */
const string = '"(?:[ !#-[\\]-~]|\\\\["\\\\])*"';
const item = `${string}|-?(?:\\d{1,12}\\.\\d{1,3}|\\d{1,15})(?![\\d.])|[a-z*][\\w!#$%&'*+.^\`|~:/-]*|:[\\w+/=]*:|\\?[01]|@-?\\d{1,15}|%${string}`;
/** A member of a list that is a String, with its parameters. */
const member = new RegExp(
  `[ \\t]*(${string})((?:; *[a-z*][a-z0-9_.*-]*(?:=(?:${item}))?)*)[ \\t]*(?:$|,(?=[ \\t]*.))`,
  'giy',
);
const parameter = new RegExp(`; *([^=;]+)(?:=(${item}))?`, 'giy');

/** How the parameters are called here. */
const names: { readonly [key: string]: keyof RateLimitPolicy } = {
  r: 'remaining',
  t: 'resetMs',
  q: 'limit',
  w: 'windowMs',
  qu: 'unit',
};

/**
 * Reads the fields `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10): by policy name what
 * either says. A field that is malformed, or lacks what is required, is ignored as a whole. Of several items with one
 * name the last counts.
 */
export function policiesOf(fields: Fields): { readonly [name: string]: RateLimitPolicy } | undefined {
  const found = new Map<string, RateLimitPolicy>();
  for (const [name, policy] of [
    ...policiesOfField(fields.get('ratelimit-policy'), ['q', 'w', 'qu', 'pk']),
    ...policiesOfField(fields.get('ratelimit'), ['r', 't', 'pk']),
  ]) {
    found.set(name, { ...found.get(name), ...policy });
  }
  return found.size > 0 ? Object.fromEntries(found) : undefined;
}

function policiesOfField(field = '', keys: readonly string[]): ReadonlyMap<string, RateLimitPolicy> {
  const found = new Map<string, RateLimitPolicy>();
  let length = 0;
  for (const [whole, name = '', parameters = ''] of field.length > longestField ? [] : field.matchAll(member)) {
    const policy = policyOf(parameters, keys);
    length += policy === undefined ? Number.NaN : whole.length;
    found.set(unquoted(name), policy ?? {});
  }
  return length === field.length ? found : new Map();
}

/** Undefined for what is not as the draft defines it: of the keys, the first is required. Others are comments. */
function policyOf(text: string, keys: readonly string[]): RateLimitPolicy | undefined {
  const given = new Map([...text.matchAll(parameter)].map(([, key, value = '?1']) => [key, value]));
  const policy: { [name: string]: string | number } = {};
  for (const key of keys) {
    const value = given.get(key);
    if (value === undefined ? key === keys[0] : !isOfType(key, value)) {
      return undefined;
    }
    const name = names[key];
    if (value !== undefined && name !== undefined) {
      policy[name] = key === 'qu' ? unquoted(value) : Number(value) * (name.endsWith('Ms') ? 1_000 : 1);
    }
  }
  return policy;
}

function isOfType(key: string, value: string): boolean {
  return (key === 'pk' ? /^:/ : key === 'qu' ? /^"/ : key === 'w' ? /^0*[1-9]\d*$/ : /^\d+$/).test(value);
}

/** A String without its quotes; quotes and backslashes in it are escaped. */
function unquoted(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, '$1');
}
