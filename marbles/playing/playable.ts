import ts from 'typescript';
import { codeOf, type Token, tokensOf } from '../drawing/code';
import { type OptionLiteral, optionLiterals } from './literals';
import type { Option, Setting } from './option';

/** A piece of code beside a diagram: as it is written, with its kind unless that is plain, or the number of an option. */
export type PlayableToken = string | readonly [text: string, kind: Token['kind']] | number;

/** What a page needs to play with a scenario. */
export interface Playable {
  readonly title: string;
  readonly options: readonly Option[];
  /** What the options are set to, in their order: the scenario reads it each time it is run. */
  readonly settings: Setting[];
  readonly code: readonly (readonly PlayableToken[])[];
}

/** What can be played with in a file of scenarios: an entry for each of them, in order. */
export function playablesIn(file: string, text: string, choices: Choices): Playable[] {
  return partsIn(file, text, choices).map(({ title, outputs, literals }) => ({
    title,
    options: literals.map(({ option }) => option),
    settings: literals.map(({ option }) => option.start),
    code: codeIn(text, title, outputs, literals),
  }));
}

/**
 * Makes a file of scenarios one that can be played with: it exports `playables` as well, and where the value of an option
 * stood, the scenario now reads the setting of its playable.
 */
export function playableModule(file: string, text: string, choices: Choices): string {
  const edits = partsIn(file, text, choices).flatMap(({ error, literals }, index) => [
    ...literals.map(({ node, option }, place) => {
      const setting = `playables[${index}].settings[${place}]`;
      return edit(node.getStart(), node.end, option.isQuoted ? `String(${setting})` : setting);
    }),
    // Read anew at each run, because options may stand in it.
    ...(error === undefined
      ? []
      : [
          edit(error.getStart(), error.initializer.getStart(), 'get error() { return '),
          edit(error.end, error.end, '; }'),
        ]),
  ]);
  const playables = JSON.stringify(playablesIn(file, text, choices));
  return `export const playables: any[] = ${playables};\n${edited(text, edits)}`;
}

type Choices = ReadonlyMap<string, readonly string[]>;

function partsIn(file: string, text: string, choices: Choices): (Parts & { literals: readonly OptionLiteral[] })[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  return scenariosIn(source).map((scenario) => {
    const parts = partsOf(scenario);
    const { run, error } = parts;
    return { ...parts, literals: optionLiterals(error === undefined ? [run] : [error, run], choices) };
  });
}

interface Parts {
  readonly title: string;
  readonly run: ts.PropertyAssignment;
  readonly error: ts.PropertyAssignment | undefined;
  readonly outputs: readonly string[];
}

function scenariosIn(source: ts.SourceFile): ts.ObjectLiteralExpression[] {
  const found: ts.ObjectLiteralExpression[] = [];
  const look = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText() === 'scenario') {
      found.push(node.arguments[0] as ts.ObjectLiteralExpression);
    }
    ts.forEachChild(node, look);
  };
  look(source);
  return found;
}

function partsOf(scenario: ts.ObjectLiteralExpression): Parts {
  const properties = scenario.properties.filter(ts.isPropertyAssignment);
  const named = (name: string) => properties.find((each) => each.name.getText() === name);
  const outputs = (named('outputs')!.initializer as ts.ObjectLiteralExpression).properties;
  return {
    title: (named('title')!.initializer as ts.StringLiteral).text,
    run: named('run')!,
    error: named('error'),
    outputs: outputs.map((each) => each.name!.getText()),
  };
}

/** A name that stands in the code for an option while its tokens are found. */
const standIn = /^option_(\d+)_$/;

function codeIn(
  text: string,
  title: string,
  outputs: readonly string[],
  literals: readonly OptionLiteral[],
): PlayableToken[][] {
  const named = edited(
    text,
    literals.map(({ node }, index) => edit(node.getStart(), node.end, `option_${index}_`)),
  );
  const source = ts.createSourceFile('', named, ts.ScriptTarget.Latest, true);
  const error = scenariosIn(source)
    .map(partsOf)
    .find((parts) => parts.title === title)?.error;
  const before = error === undefined ? [] : tokensOf(`const error = ${error.initializer.getText()};`);
  return [...before, ...codeOf(source, title, outputs)].map((line) => joined(line));
}

/** What is plain and stands side by side is one piece. */
function joined(line: readonly Token[]): PlayableToken[] {
  const pieces: PlayableToken[] = [];
  for (const { text, kind } of line) {
    const option = standIn.exec(text)?.[1];
    const last = pieces.at(-1);
    if (option !== undefined) {
      pieces.push(Number(option));
    } else if (kind !== 'plain') {
      pieces.push([text, kind]);
    } else if (typeof last === 'string') {
      pieces[pieces.length - 1] = last + text;
    } else {
      pieces.push(text);
    }
  }
  return pieces;
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

function edit(from: number, to: number, text: string): Edit {
  return { from, to, text };
}

function edited(text: string, edits: readonly Edit[]): string {
  return [...edits]
    .sort((one, other) => other.from - one.from)
    .reduce((before, { from, to, text: put }) => before.slice(0, from) + put + before.slice(to), text);
}
