import { type BareItem, type Member, parseList } from './structured-field';

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

/** The type that the draft asks of a parameter, the field it becomes, and what one unit of it is. */
interface Definition {
  readonly type: BareItem['type'];
  readonly name?: keyof RateLimitPolicy;
  readonly scale?: number;
  readonly least?: number;
  readonly isRequired?: boolean;
}

const limitDefinitions: { readonly [key: string]: Definition } = {
  r: { type: 'integer', name: 'remaining', scale: 1, isRequired: true },
  t: { type: 'integer', name: 'resetMs', scale: 1_000 },
  pk: { type: 'bytes' },
};

const policyDefinitions: { readonly [key: string]: Definition } = {
  q: { type: 'integer', name: 'limit', scale: 1, isRequired: true },
  qu: { type: 'string', name: 'unit' },
  w: { type: 'integer', name: 'windowMs', scale: 1_000, least: 1 },
  pk: { type: 'bytes' },
};

/**
 * Reads the fields `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10): by policy name what
 * either says. A field that is malformed, or lacks what is required, is ignored as a whole. Of several items with one
 * name the last counts.
 */
export function policiesOf(
  limits: string | undefined,
  policies: string | undefined,
): { readonly [name: string]: RateLimitPolicy } | undefined {
  const found = new Map<string, RateLimitPolicy>();
  for (const [name, policy] of [
    ...policiesOfField(policies, policyDefinitions),
    ...policiesOfField(limits, limitDefinitions),
  ]) {
    found.set(name, { ...found.get(name), ...policy });
  }
  return found.size > 0 ? Object.fromEntries(found) : undefined;
}

function policiesOfField(
  field: string | undefined,
  definitions: { readonly [key: string]: Definition },
): ReadonlyMap<string, RateLimitPolicy> {
  const found = new Map<string, RateLimitPolicy>();
  for (const member of parseList(field ?? '') ?? []) {
    const policy = policyOf(member, definitions);
    if (policy === undefined) {
      return new Map();
    }
    found.set((member.item as { readonly value: string }).value, policy);
  }
  return found;
}

/** Undefined for a member that is not as the draft defines it. Parameters that it does not know are comments. */
function policyOf(member: Member, definitions: { readonly [key: string]: Definition }): RateLimitPolicy | undefined {
  const policy: { [name: string]: string | number } = {};
  for (const [key, definition] of Object.entries(definitions)) {
    const parameter = member.parameters.get(key);
    if (parameter === undefined ? definition.isRequired : !isOf(definition, parameter)) {
      return undefined;
    }
    if (parameter !== undefined && definition.name !== undefined) {
      policy[definition.name] =
        typeof parameter.value === 'number' ? parameter.value * (definition.scale ?? 1) : (parameter.value as string);
    }
  }
  return 'type' in member.item && member.item.type === 'string' ? policy : undefined;
}

function isOf({ type, least = 0 }: Definition, { type: given, value }: BareItem): boolean {
  return given === type && (typeof value !== 'number' || value >= least);
}
