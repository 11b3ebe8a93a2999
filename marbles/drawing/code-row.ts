import type { Token } from './code';
import { margin, type Row, width } from './paper';
import { element, escaped } from './svg';
import { colour } from './theme';

const codeLine = 18;
/** More than so many characters do not fit into the box. */
const longestLine = 110;

/** The operator as code, in a box. */
export function codeRow(code: readonly (readonly Token[])[], operator: string): Row {
  const tooLong = code
    .map((tokens) => tokens.map((token) => token.text).join(''))
    .find((each) => each.length > longestLine);
  if (tooLong !== undefined) {
    throw new Error(
      `a drawing has room for ${longestLine} characters of code in a line, this has ${tooLong.length}: ${tooLong}`,
    );
  }
  const height = code.length * codeLine + 20;
  const drawnToken = ({ text: written, kind }: Token) => {
    const isOperator = written === operator;
    const fill = isOperator ? colour('operator') : kind === 'plain' || kind === 'call' ? undefined : colour(kind);
    return fill === undefined
      ? escaped(written)
      : element('tspan', { fill, 'font-weight': isOperator ? 700 : undefined }, escaped(written));
  };
  return {
    height: height + 12,
    draw: (top) => {
      const box = { x: margin, y: top + 2, width: width - 2 * margin, height, rx: 8 };
      return [
        element('rect', { ...box, fill: colour('code-ground'), stroke: colour('border') }),
        ...code.map((tokens, index) =>
          element(
            'text',
            {
              x: margin + 14,
              y: top + 25 + index * codeLine,
              class: 'code',
              fill: colour('ink'),
              'xml:space': 'preserve',
            },
            ...tokens.map(drawnToken),
          ),
        ),
      ].join('');
    },
  };
}
