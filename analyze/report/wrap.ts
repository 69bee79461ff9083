/** Lines for a terminal of some width: broken at spaces, what goes on stands below where the line's own text began. */

/** What a person copies stays in one piece, and so does what has no space to break at. */
const COMMAND = /^\s*(?:confirm|mend|Confirm|Mend): +\S*kubectl\b/;

/** The label of the first lines, a bullet, an arrow: text goes on behind it. */
const HEAD = /^(?:[A-Z][a-z ]{2,10}: +|\s*(?:- |-> )?)/;

/** No line longer than `width` columns, where there is a space to break at. */
export function wrapped(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => (line.length <= width || COMMAND.test(line) ? [line] : broken(line, width)))
    .join('\n');
}

function broken(line: string, width: number): string[] {
  const head = (HEAD.exec(line)?.[0] ?? '').length;
  // On a narrow terminal the indent must not take the room.
  const indent = ' '.repeat(head <= width / 3 ? head : 2);
  const lines: string[] = [];
  let current = line.slice(0, head);
  let bare = true;
  for (const word of line.slice(head).split(' ')) {
    if (!bare && current.length + 1 + word.length > width) {
      lines.push(current);
      current = indent;
      bare = true;
    }
    current += bare ? word : ` ${word}`;
    bare = false;
  }
  return [...lines, current];
}
