import type { Kind } from '../kind';
import { budgetKinds } from './budget';
import { circuitKinds } from './circuit';
import { clientKinds } from './client';
import { limiterKinds } from './limiter';
import { longLivedKinds } from './long-lived';
import { retryKinds } from './retry';
import { streamKinds } from './stream';

/** All ways in which a call comes and goes. */
export const kinds: readonly Kind[] = [
  ...limiterKinds,
  ...circuitKinds,
  ...budgetKinds,
  ...retryKinds,
  ...streamKinds,
  ...clientKinds,
  ...longLivedKinds,
];
