import { readFileSync } from 'node:fs';
import { callers } from './callers';
import { type Column, type Exception, exceptions } from './exceptions';
import { ownTimeouts } from './own-timeouts';

export const guide = 'docs/guides/providers.md';
const [begin, end] = ['<!-- what is read -->', '<!-- end of what is read -->'];

const columns: Readonly<Record<Column, string>> = {
  status: 'status',
  hint: 'hint in headers',
  details: 'what the body of a failure says',
  connection: 'broken connection',
  body: 'broken body',
  timeout: 'its own timeout',
  answer: 'text, usage, end',
  charge: 'charge of a refusal',
};

const told = exceptions.filter(({ because }) => because !== undefined);

/** The guide, in which the table and what stands below it are those of the matrix. */
export function guideByMatrix(): string {
  const text = readFileSync(guide, 'utf8');
  const [before, after] = [text.split(begin)[0]!, text.split(end)[1]!];
  return `${before}${begin}\n${table()}\n\n${reasons()}\n${end}${after}`;
}

function table(): string {
  const names = Object.keys(columns) as Column[];
  const sdks = [...new Set(callers.map(({ sdk }) => sdk))];
  return [
    `| client | ${names.map((name) => columns[name]).join(' | ')} |`,
    `| --- |${' --- |'.repeat(names.length)}`,
    ...sdks.map(
      (sdk) => `| ${sdk.includes(' ') ? sdk : `\`${sdk}\``} | ${names.map((name) => cell(sdk, name)).join(' | ')} |`,
    ),
  ].join('\n');
}

function cell(sdk: string, column: Column): string {
  if (column === 'timeout') {
    return ownTimeouts[sdk]!;
  }
  const calls = callers.filter((caller) => caller.sdk === sdk);
  const lost = told.filter(
    (each) =>
      each.column === column && calls.some(({ name }) => each.calls.some((beginning) => name.startsWith(beginning))),
  );
  const numbers = lost.map(numberOf);
  const isAll = column === 'hint' && numbers.length > 0;
  return numbers.length === 0 ? 'yes' : `${isAll ? 'no' : 'yes, but'} (${numbers.join(', ')})`;
}

const numberOf = (exception: Exception) => told.indexOf(exception) + 1;

function reasons(): string {
  return told.map((each) => `${numberOf(each)}. ${each.because}`).join('\n');
}
