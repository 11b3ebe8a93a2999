import { beforeEach } from 'vitest';

/** What needs seconds, and what cannot be done in a worker thread: setting the time zone. */
const leftOut =
  /C6|\d\d[,_]000|long backlog|10 MB|in every time zone|^is large$|is a circle|whatever passes between two looks/;

beforeEach(({ task, skip }) => {
  if (leftOut.test(task.name)) {
    skip();
  }
});
