import { isAmount, Options } from './options';

/**
 * Checks how a call wants to wait in a queue; throws an error that names the option and shows the value. Options that are as
 * they mostly are pass at once: that takes a tenth of the time.
 */
export function checkWaitOptions(owner: string, options: object): void {
  if (!isUsual(options)) {
    new Options(owner, options, ['maxWait', 'priority', 'retry', 'onWait', 'call', 'tenant'])
      .amount('maxWait', 'or Infinity')
      .number('priority')
      .booleans('retry')
      .strings('tenant')
      .functions('onWait');
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
