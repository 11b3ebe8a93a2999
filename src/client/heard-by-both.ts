import type { CallStatus } from './call-options';

type OnStatus = (status: CallStatus) => void;

/** Tells each status to two listeners. The last one may come while the first hears of another, which the second then never hears. */
export function heardByBoth(first: OnStatus, second: OnStatus | undefined): OnStatus {
  let isOver = false;
  return (status) => {
    first(status);
    if (!isOver) {
      isOver = !('attempt' in status);
      second?.(status);
    }
  };
}
