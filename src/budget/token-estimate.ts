import { checkAmount, Options, show } from '../internal/options';

/**
 * What a call is expected to cost, in tokens: in all, or input and output apart.
 *
 * @category Operators
 */
export type TokenEstimate =
  | number
  | {
      /** Tokens of the prompt. */
      readonly input: number;
      /** Tokens of the answer. */
      readonly output: number;
    };

/** The tokens that an estimate comes to; throws an error that names the option and shows the value. */
export function totalOf(owner: string, name: string, estimate: TokenEstimate): number {
  if (typeof estimate === 'number') {
    return checkAmount(owner, name, estimate);
  }
  if (typeof estimate !== 'object' || estimate === null) {
    throw new TypeError(`${owner}: ${name} must be a number of tokens or { input, output }, got ${show(estimate)}`);
  }
  new Options(`${owner}: ${name}`, estimate, ['input', 'output'])
    .required('input', 'output')
    .amount('input')
    .amount('output');
  return estimate.input + estimate.output;
}
