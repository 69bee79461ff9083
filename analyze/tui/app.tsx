/** The React side of the UI, as thin as it goes: the controller's rows, one Text each, and the keys. */
import { useSyncExternalStore, useEffect, memo } from 'react';
import { Box, Text, useInput, useWindowSize } from 'ink';
import type { Controller } from './controller.ts';
import { keysOf } from './keys.ts';

const Row = memo(function Row({ text }: { readonly text: string }) {
  // An empty Text takes no height.
  return <Text wrap="truncate-end">{text === '' ? ' ' : text}</Text>;
});

/** The whole screen. Rows are keyed by their slot, so that scrolling changes texts and never the tree. */
export function App({ controller }: { readonly controller: Controller }) {
  const frame = useSyncExternalStore(controller.subscribe, controller.frame);
  const { columns, rows } = useWindowSize();
  useEffect(() => {
    controller.resize({ columns, rows });
  }, [controller, columns, rows]);
  useInput((input, key) => {
    for (const name of keysOf(input, key)) controller.key(name);
  });
  return (
    <Box flexDirection="column" height={frame.length} width={columns}>
      {frame.map((text, slot) => (
        // oxlint-disable-next-line react/no-array-index-key -- a row is its slot: what scrolls is the text in it
        <Row key={slot} text={text} />
      ))}
    </Box>
  );
}
