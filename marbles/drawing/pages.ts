import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { checkRecording } from '../check';
import { diagrams } from '../index';
import { record } from '../record';
import { codeOf } from './code';
import { draw } from './draw';

/** Where drawings are kept, seen from the top of the repository. */
export const folder = 'docs/marbles';

const intro = `# Marble diagrams

Every picture on this page is a test: \`npm run marbles\` executes the scenarios in [\`marbles/\`](../../marbles) in virtual
time and draws what happened, and the test suite fails when a scenario does not hold or a drawing is out of date.

Time runs from left to right, in ms. Above the code stands what goes in, each subscription where it began, on several lines
where they overlap; below it what comes out, and the state of the policy. A dot is where a subscription begins, a bar is
completion, a cross an error, a dashed bar an unsubscription, an arrow means that it goes on. What comes in the same ms is
stacked, the first at the bottom. A band of numbers is filled as high as the number is large.

In the code, \`inTurn(one, other)\` is a call that does one thing the first time it is made, and another from then on; other
small helpers stand at the top of each file of scenarios.

To add a diagram, write a scenario into the file of its operator, run \`npx vitest run spec/marbles.spec.ts\` until it holds,
then \`npm run marbles\`, and commit both.
`;

/** All drawings and the page that shows them, by file name. */
export function drawings(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  let page = intro;
  for (const [operator, scenarios] of Object.entries(diagrams)) {
    page += `\n## ${operator}\n\nScenarios: [\`marbles/${kebab(operator)}.ts\`](../../marbles/${kebab(operator)}.ts)\n`;
    const file = `marbles/${kebab(operator)}.ts`;
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
    scenarios.forEach((scenario, index) => {
      const recording = record(scenario);
      checkRecording(recording); // what does not hold is not drawn
      const name = nameOf(operator, index);
      const code = codeOf(source, scenario.title, Object.keys(scenario.outputs));
      files.set(`${name}.svg`, draw(recording, code, operator));
      page += `\n![${scenario.title}](${name}.svg)\n`;
    });
  }
  return files.set('README.md', page);
}

/** The name of a drawing: as in `rate-limit-1`. */
export function nameOf(operator: string, index: number): string {
  return `${kebab(operator)}-${index + 1}`;
}

/** The name of an operator as files have it: `rate-limit`. */
export function kebab(name: string): string {
  return name.replace(/(?<=.)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}
