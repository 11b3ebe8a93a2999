import type { Job } from '../job';
import { budgetJob } from './budget';
import { cancelJob } from './cancel';
import { circuitJob } from './circuit';
import { keysJob } from './keys';
import { parkedJob } from './parked';
import { queueJob } from './queue';
import { rateJob } from './rate';
import { retryJob } from './retry';
import { stackJob } from './stack';
import { streamJob } from './stream';

/** All jobs, in the order in which they are run and shown. */
export const jobs: readonly Job[] = [
  ...[retryJob, circuitJob, rateJob, budgetJob, stackJob, streamJob],
  ...[queueJob, cancelJob, parkedJob, keysJob],
];
