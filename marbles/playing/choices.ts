import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** The words that each option can be, by its name: what the types of the options say, wherever they stand below a folder. */
export function choicesBelow(folder: string): ReadonlyMap<string, readonly string[]> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const nodes = files.flatMap((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    return nodesOf(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true));
  });
  const aliases = new Map(nodes.filter(ts.isTypeAliasDeclaration).map(({ name, type }) => [name.text, type]));
  const found = new Map<string, Set<string>>();
  for (const { name, type } of nodes.filter(ts.isPropertySignature)) {
    const words = type === undefined ? [] : wordsOf(type, aliases);
    if (words.length > 1) {
      const known = found.get(name.getText()) ?? new Set();
      found.set(name.getText(), new Set([...known, ...words]));
    }
  }
  return new Map([...found].map(([name, words]) => [name, [...words]]));
}

function wordsOf(type: ts.TypeNode, aliases: ReadonlyMap<string, ts.TypeNode>): string[] {
  if (ts.isUnionTypeNode(type)) {
    return type.types.flatMap((each) => wordsOf(each, aliases));
  }
  if (ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal)) {
    return [type.literal.text];
  }
  const alias = ts.isTypeReferenceNode(type) ? aliases.get(type.typeName.getText()) : undefined;
  return alias !== undefined && ts.isUnionTypeNode(alias) ? wordsOf(alias, aliases) : [];
}

function nodesOf(node: ts.Node): ts.Node[] {
  const nodes: ts.Node[] = [node];
  ts.forEachChild(node, (child) => {
    nodes.push(...nodesOf(child));
  });
  return nodes;
}
