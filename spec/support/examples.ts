import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** A TypeScript example in a document or in JSDoc: a module of its own. */
export interface Example {
  /** The document that it stands in. */
  readonly document: string;
  /** Document and line at which it begins. */
  readonly at: string;
  readonly code: string;
  /** Where it is written to below the folder of all examples. Its first line may name it: `// answer.ts`. */
  readonly path: string;
  /**
   * What it says that it prints: what follows `// -> `, line by line; and what stands in `<!-- -> … -->` right below it,
   * for what a reader sees otherwise, or does not need to see.
   */
  readonly expected: readonly string[];
}

/** All TypeScript examples of a document: fenced blocks, in Markdown, in its comments, or in JSDoc. */
export function examplesOf(document: string): Example[] {
  const text = readFileSync(document, 'utf8');
  return [...text.matchAll(/^( \* )?```(tsx?)\n([\s\S]*?)\n(?: \* )?```((?:\n<!-- -> .* -->)*)/gm)].map(
    (match, index) => {
      const [, , ending, block, hidden] = match;
      const code = block!.replace(/^ \* ?/gm, '');
      const name = /^\/\/ ([\w.-]+\.tsx?)$/.exec(code.slice(0, code.indexOf('\n')))?.[1];
      return {
        document,
        at: `${document}:${text.slice(0, match.index).split('\n').length + 1}`,
        code,
        path: join(document.replaceAll(/[\\/.]/g, '-'), name ?? `example-${index + 1}.${ending}`),
        expected: [...code.matchAll(/\/\/ -> (.*)$/gm), ...hidden!.matchAll(/<!-- -> (.*) -->/g)].map(([, line]) =>
          line!.trimEnd(),
        ),
      };
    },
  );
}

/** The files below a folder with an ending. */
export function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
}

/** All examples of the project. */
export function allExamples(): Example[] {
  return ['README.md', 'AGENTS.md', ...filesBelow('docs/guides', '.md'), ...filesBelow('src', '.ts')].flatMap(
    examplesOf,
  );
}

/**
 * Writes examples below a folder, each at its path, so that those of one document can import each other, with a
 * `tsconfig.json` for what frameworks need. Returns the file of each.
 */
export function writeExamples(folder: string, examples: readonly Example[]): string[] {
  mkdirSync(folder, { recursive: true });
  const compilerOptions = {
    jsx: 'react-jsx',
    experimentalDecorators: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
    moduleDetection: 'force',
  };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: resolve('tsconfig.json'), compilerOptions, include: ['.'] }),
  );
  return examples.map(({ path, code }) => {
    const file = resolve(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, checking(code));
    return file;
  });
}

/**
 * Lets a statement be checked against the literal in the comment behind it, or on the line below it:
 * `isRetryable({ status: 503 }); // true`. What follows the literal after a colon is a remark.
 */
function checking(code: string): string {
  const statement =
    /^([A-Za-z][\w.]*\(.*\)(?:\.\w+)?);(?: |\n)\/\/ ('[^']*'|\{.*\}|[\d_]+|true|false|undefined)(?:: .*)?$/gm;
  const checked = code.replace(statement, (_, actual, expected) => `checked(${actual}, ${expected});`);
  return checked === code ? code : `${checked}\n${checker}`;
}

const checker = `
import { isDeepStrictEqual, inspect } from 'node:util';
function checked(actual: unknown, expected: unknown) {
  if (!isDeepStrictEqual(actual, expected)) {
    throw new Error(\`got \${inspect(actual)} where the example says \${inspect(expected)}\`);
  }
}
`;
