import { diagrams } from '../index';
import { record } from '../record';
import { draw } from './draw';
import { themes } from './theme';

/** Where drawings are kept, seen from the top of the repository. */
export const folder = 'docs/marbles';

const intro = `# Marble diagrams

Every picture on this page is a test: \`npm run marbles\` executes the scenarios in [\`marbles/\`](../../marbles) in virtual
time and draws what happened, and the test suite fails when a scenario does not hold or a drawing is out of date.

Time runs from left to right, in ms. Above the code stands what goes in, each subscription where it began; below it what
comes out, and the state of the policy. A dot is where a subscription begins, a bar is completion, a cross an error, and a
dashed bar an unsubscription.
`;

/** All drawings and the page that shows them, by file name. */
export function drawings(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  let page = intro;
  for (const [operator, scenarios] of Object.entries(diagrams)) {
    page += `\n## ${operator}\n`;
    scenarios.forEach((scenario, index) => {
      const recording = record(scenario);
      const name = nameOf(operator, index);
      for (const theme of themes) {
        files.set(`${name}-${theme.name}.svg`, draw(recording, `marbles/${kebab(operator)}.ts`, operator, theme));
      }
      page += `\n${picture(name, scenario.title)}\n`;
    });
  }
  return files.set('README.md', page);
}

/** The name of a drawing without its theme: as in `rate-limit-1`. */
export function nameOf(operator: string, index: number): string {
  return `${kebab(operator)}-${index + 1}`;
}

/** A drawing as it is embedded in a page: in the theme of the reader. */
function picture(name: string, title: string): string {
  return [
    '<picture>',
    `  <source media="(prefers-color-scheme: dark)" srcset="${name}-dark.svg">`,
    `  <img alt="${title.replaceAll('"', '&quot;')}" src="${name}-light.svg">`,
    '</picture>',
  ].join('\n');
}

function kebab(name: string): string {
  return name.replace(/(?<=.)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}
