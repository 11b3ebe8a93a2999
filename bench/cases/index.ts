import type { Job } from '../job';
import { budgetJob } from './budget';
import { circuitJob } from './circuit';
import { rateJob } from './rate';
import { retryJob } from './retry';
import { stackJob } from './stack';
import { streamJob } from './stream';

/** All jobs, in the order in which they are run and shown. */
export const jobs: readonly Job[] = [retryJob, circuitJob, rateJob, budgetJob, stackJob, streamJob];
