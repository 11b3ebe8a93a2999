import { checkWaitOptions, isAmount } from '../internal/options';
import type { AcquireOptions } from './limiter';

/** Checks how a call wants to wait. To find that all is as it mostly is takes a tenth of the time of the check itself. */
export function checkWait(owner: string, options: AcquireOptions): void {
  if (!isUsual(options)) {
    checkWaitOptions(owner, options);
  }
}

/** Whether it is surely right. */
function isUsual(options: object): boolean {
  for (const name in options) {
    if (!isUsualOption(name, (options as Record<string, unknown>)[name])) {
      return false;
    }
  }
  return typeof options === 'object' && options !== null;
}

function isUsualOption(name: string, value: unknown): boolean {
  switch (name) {
    case 'priority':
    case 'maxWait':
      return value === undefined || isAmount(value);
    case 'onWait':
      return value === undefined || typeof value === 'function';
    case 'retry':
      return value === undefined || typeof value === 'boolean';
    default:
      return name === 'call';
  }
}
