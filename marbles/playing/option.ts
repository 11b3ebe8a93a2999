/** What an option can be set to. */
export type Setting = number | string | boolean;

/** An option of a scenario that can be moved: a literal of its code. */
export interface Option {
  /** As it is called in the code; with the name of what it belongs to, if two have the same name. */
  readonly label: string;
  /** What stands in the scenario. */
  readonly start: Setting;
  /** For numbers: a slider from 0 or 1 to this. */
  readonly range?: { readonly max: number; readonly step: number };
  /** What it can be, if that is one of a few. */
  readonly choices?: readonly Setting[];
  /** Whether the number stands in quotes, as in headers. */
  readonly isQuoted?: true;
}

/** The statuses that a provider answers with. */
const statuses = [400, 401, 404, 408, 409, 429, 500, 503, 529];

/** Numbers that are shares although a whole one stands in the scenario. */
const shares = /^(?:ratio|threshold|random)$/;

/** What a number may be moved to. */
export function numberOption(name: string, start: number): Pick<Option, 'range' | 'choices'> {
  if (name === 'status') {
    return { choices: statuses };
  }
  if ((start > 0 && start < 1) || (shares.test(name) && start <= 1)) {
    return { range: { max: 1, step: 0.05 } };
  }
  const max = nice(Math.max(10, 2.5 * start));
  const steps = [100, 50, 10, 5, 1];
  return { range: { max, step: steps.find((step) => start % step === 0 && max / step >= 20) ?? 1 } };
}

/** The next number of which only the first digit is not 0. */
function nice(value: number): number {
  const digit = 10 ** Math.floor(Math.log10(value));
  return Math.ceil(value / digit) * digit;
}
