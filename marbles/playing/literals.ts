import ts from 'typescript';
import { numberOption, type Option } from './option';

/** A literal that is the value of an option. */
export interface OptionLiteral {
  readonly node: ts.Node;
  readonly option: Option;
}

interface Found {
  readonly node: ts.Node;
  readonly option: Omit<Option, 'label'>;
  /** What it belongs to, the outermost first; the last is its own name. */
  readonly path: readonly string[];
}

/** The values of options in parts of a scenario: what stands behind a name or in a call, but in no comparison. */
export function optionLiterals(
  parts: readonly ts.PropertyAssignment[],
  choices: ReadonlyMap<string, readonly string[]>,
): readonly OptionLiteral[] {
  const found: Found[] = [];
  const look = (node: ts.Node): void => {
    const path = isLiteral(node) ? pathOf(node) : [];
    const option = path.length > 0 ? optionOf(node, path.at(-1)!, choices) : undefined;
    if (option !== undefined) {
      found.push({ node, option, path });
    }
    ts.forEachChild(node, look);
  };
  parts.forEach(look);
  return found.map(({ node, option, path }, index) => ({
    node,
    option: { ...option, label: labelOf(path, index, found) },
  }));
}

function isLiteral(node: ts.Node): boolean {
  const { kind } = node;
  const isSwitch = kind === ts.SyntaxKind.TrueKeyword || kind === ts.SyntaxKind.FalseKeyword;
  return ts.isNumericLiteral(node) || ts.isStringLiteral(node) || isSwitch;
}

/** The names on the way to a literal; none if it is no value of an option. */
function pathOf(literal: ts.Node): string[] {
  const path: string[] = [];
  for (let node = literal; !isScenario(node.parent); node = node.parent) {
    const { parent } = node;
    if (path.length === 0 && !passes(node, parent)) {
      return [];
    }
    const name = nameIn(node, parent);
    if (name !== undefined && name !== 'run') {
      path.unshift(name);
    }
  }
  return path;
}

function isScenario(node: ts.Node): boolean {
  return (
    ts.isObjectLiteralExpression(node) &&
    ts.isCallExpression(node.parent) &&
    node.parent.expression.getText() === 'scenario'
  );
}

const comparisons = /^[=!<>]/;

/** Whether what has no name yet has that of its parent, or what surrounds it. */
function passes(node: ts.Node, parent: ts.Node): boolean {
  if (ts.isBinaryExpression(parent)) {
    return !comparisons.test(parent.operatorToken.getText());
  }
  if (ts.isPropertyAssignment(parent)) {
    return parent.initializer === node;
  }
  return !ts.isElementAccessExpression(parent) && !ts.isArrayLiteralExpression(parent) && !ts.isBlock(node);
}

function nameIn(node: ts.Node, parent: ts.Node): string | undefined {
  if (ts.isPropertyAssignment(parent) || ts.isVariableDeclaration(parent)) {
    return ts.isIdentifier(parent.name) || ts.isStringLiteral(parent.name) ? parent.name.text : undefined;
  }
  if (ts.isCallExpression(parent) && parent.expression !== node) {
    const called = parent.expression;
    return ts.isPropertyAccessExpression(called) ? called.name.text : called.getText();
  }
  return undefined;
}

function optionOf(
  node: ts.Node,
  name: string,
  choices: ReadonlyMap<string, readonly string[]>,
): Omit<Option, 'label'> | undefined {
  if (ts.isNumericLiteral(node)) {
    const start = Number(node.text);
    return { start, ...numberOption(name, start) };
  }
  const isNamed = ts.isPropertyAssignment(node.parent);
  if (ts.isStringLiteral(node)) {
    if (isNamed && /^\d+$/.test(node.text)) {
      return { start: Number(node.text), ...numberOption(name, Number(node.text)), isQuoted: true };
    }
    const words = choices.get(name);
    return isNamed && words?.includes(node.text) ? { start: node.text, choices: words } : undefined;
  }
  return isNamed ? { start: node.kind === ts.SyntaxKind.TrueKeyword } : undefined;
}

/** Its own name; with the outermost name that tells it from others of the same name, or with a number. */
function labelOf(path: readonly string[], index: number, all: readonly Found[]): string {
  const name = path.at(-1)!;
  const same = all.filter((other) => other.path.at(-1) === name);
  if (same.length === 1) {
    return name;
  }
  const telling = path.findIndex((_, depth) => new Set(same.map((other) => other.path[depth])).size === same.length);
  return telling >= 0 && telling < path.length - 1
    ? `${path[telling]}: ${name}`
    : `${name} ${same.indexOf(all[index]!) + 1}`;
}
