import ts from 'typescript';

/** A piece of a line of code. */
export interface Token {
  readonly text: string;
  readonly kind: 'plain' | 'keyword' | 'string' | 'number' | 'call';
}

/**
 * The code of a scenario as it stands in its file: the declarations of `run`, then the outputs, as lines of tokens.
 * What only makes a state visible is left out.
 */
export function codeOf(source: ts.SourceFile, title: string, outputs: readonly string[]): Token[][] {
  const run = runOf(source, title);
  const returned = returnedBy(run);
  const declared = ts.isBlock(run.body) ? run.body.statements.filter((each) => !ts.isReturnStatement(each)) : [];
  const shown = returned.properties.flatMap((property) => {
    const name = property.name?.getText(source) ?? '';
    return ts.isPropertyAssignment(property) && outputs.includes(name)
      ? `const ${name} = ${dedented(property.initializer, source)};`
      : [];
  });
  return tokensOf([...declared.map((each) => dedented(each, source)), ...shown].join('\n'));
}

function runOf(source: ts.SourceFile, title: string): ts.ArrowFunction {
  let found: ts.ArrowFunction | undefined;
  const look = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) {
      const values = Object.fromEntries(
        node.properties
          .filter(ts.isPropertyAssignment)
          .map(({ name, initializer }) => [name.getText(source), initializer]),
      );
      if (values.title !== undefined && ts.isStringLiteralLike(values.title) && values.title.text === title) {
        found = values.run as ts.ArrowFunction;
      }
    }
    ts.forEachChild(node, look);
  };
  look(source);
  if (found === undefined) {
    throw new Error(`${source.fileName} has no scenario with a run function and the title: ${title}`);
  }
  return found;
}

function returnedBy({ body }: ts.ArrowFunction): ts.ObjectLiteralExpression {
  const returned = ts.isBlock(body) ? body.statements.find(ts.isReturnStatement)?.expression : body;
  return (
    returned && ts.isParenthesizedExpression(returned) ? returned.expression : returned
  ) as ts.ObjectLiteralExpression;
}

/** The text of a node, without the indentation of the line on which it begins. */
function dedented(node: ts.Node, source: ts.SourceFile): string {
  const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
  const start = source.getPositionOfLineAndCharacter(line, 0);
  const indentation = /^ */.exec(source.text.slice(start))![0];
  return node.getText(source).replaceAll(`\n${indentation}`, '\n');
}

/** Code as lines of tokens. */
export function tokensOf(code: string): Token[][] {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, code);
  const lines: Token[][] = [[]];
  while (scanner.scan() !== ts.SyntaxKind.EndOfFileToken) {
    const isCalled = code[scanner.getTokenEnd()] === '(';
    const kind = kindOf(scanner.getToken(), isCalled);
    scanner
      .getTokenText()
      .split('\n')
      .forEach((text, index) => {
        if (index > 0) {
          lines.push([]);
        }
        lines.at(-1)!.push({ text, kind });
      });
  }
  return lines;
}

function kindOf(token: ts.SyntaxKind, isCalled: boolean): Token['kind'] {
  if (token === ts.SyntaxKind.StringLiteral) {
    return 'string';
  }
  if (token === ts.SyntaxKind.NumericLiteral) {
    return 'number';
  }
  if (token >= ts.SyntaxKind.FirstReservedWord && token <= ts.SyntaxKind.LastReservedWord) {
    return 'keyword';
  }
  return token === ts.SyntaxKind.Identifier && isCalled ? 'call' : 'plain';
}
