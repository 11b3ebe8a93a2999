import { kebab } from '../../marbles/drawing/pages';
import { diagrams } from '../../marbles/index';

/** A page for each operator, with all its diagrams. */
export default {
  paths: () =>
    Object.entries(diagrams).map(([operator, scenarios]) => ({
      params: { operator: kebab(operator), title: operator },
      content: scenarios
        .map(({ title }, index) => {
          const name = `${kebab(operator)}-${index + 1}`;
          return `## ${title} {#${name}}\n\n<ClientOnly><PlayDiagram operator="${kebab(operator)}" :number="${index + 1}" /></ClientOnly>\n`;
        })
        .join('\n'),
    })),
};
