import { beforeEach } from 'vitest';

/** What needs seconds, and what cannot be done in a worker thread: setting the time zone. */
const leftOut = /C6|\d\d,000|10 MB|in every time zone|only looks like a chunk is large/;

beforeEach(({ task, skip }) => {
  if (leftOut.test(task.name)) {
    skip();
  }
});
