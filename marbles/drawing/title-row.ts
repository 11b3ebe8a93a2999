import { margin, type Row } from './paper';
import { text } from './svg';
import { colour } from './theme';

const longestLine = 94;
const lineHeight = 22;

/** The sentence that a drawing proves. */
export function titleRow(title: string): Row {
  const lines = balanced(title);
  return {
    height: lines.length * lineHeight + 10,
    draw: (top) =>
      lines
        .map((each, index) =>
          text(margin, top + 16 + index * lineHeight, each, { class: 'title', fill: colour('ink') }),
        )
        .join(''),
  };
}

/** As few lines as possible, and those about equally long. */
function balanced(title: string): string[] {
  const { length } = wrapped(title, longestLine);
  let shortest = longestLine;
  while (wrapped(title, shortest - 1).length === length && shortest > 1) {
    shortest -= 1;
  }
  return wrapped(title, length === 1 ? longestLine : shortest);
}

function wrapped(title: string, length: number): string[] {
  const lines = [''];
  for (const word of title.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length > length) {
      lines.push(word);
    } else {
      lines[lines.length - 1] = longer;
    }
  }
  return lines;
}
