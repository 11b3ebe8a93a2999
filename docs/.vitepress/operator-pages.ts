import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kebab } from '../../marbles/drawing/pages';
import { diagrams } from '../../marbles/index';

/** Writes a page for each operator, with all its diagrams to play with. As files, because the search looks into files. */
export function writeOperatorPages(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [operator, scenarios] of Object.entries(diagrams)) {
    const name = kebab(operator);
    const sections = scenarios.map(
      ({ title }, index) =>
        `## ${title} {#${name}-${index + 1}}\n\n<ClientOnly><PlayDiagram operator="${name}" :number="${index + 1}" /></ClientOnly>\n`,
    );
    writeFileSync(join(folder, `${name}.md`), `${head(operator)}\n${sections.join('\n')}`);
  }
}

function head(operator: string): string {
  return `# ${operator}, to play with

Move a slider, or write other marbles: the operator runs in this page, in virtual time, and the diagram shows what it did.
[How to read it](./index.md#how-to-read-a-diagram), and [how to write marbles](./index.md#how-to-write-marbles).
`;
}
