import type { Job } from '../job';
import { job as budget } from './budget';
import { job as cancel } from './cancel';
import { job as circuit } from './circuit';
import { job as keys } from './keys';
import { job as parked } from './parked';
import { job as queue } from './queue';
import { job as rate } from './rate';
import { job as retry } from './retry';
import { job as stack } from './stack';
import { job as stream } from './stream';

/** All jobs, each in a file of its name, in the order in which they are run and shown. */
export const jobs: readonly Job[] = [
  ...[retry, circuit, rate, budget, stack, stream],
  ...[queue, cancel, parked, keys],
];
