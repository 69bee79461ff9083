/** The live view of a capture, drawn by Ink below what stands on the terminal already; it takes no keys. */
import { render, Text } from 'ink';
import type { ReactElement } from 'react';
import { captureFrame, type CaptureModel } from './capture-frame.ts';

export interface CaptureView {
  draw(model: CaptureModel): void;
  /** Writes a line that stays, above the view. */
  above(line: string): void;
  end(): void;
}

/** Starts drawing on `stream`, which must be a terminal. */
export function showCapture(stream: NodeJS.WriteStream): CaptureView {
  const view = (model: CaptureModel | undefined): ReactElement => {
    const size = { columns: stream.columns || 80, rows: stream.rows || 24 };
    return <Text wrap="truncate">{model === undefined ? '' : captureFrame(model, size).join('\n')}</Text>;
  };
  const app = render(view(undefined), {
    stdout: stream,
    interactive: true,
    incrementalRendering: true,
    maxFps: 10,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  return {
    draw: (model) => app.rerender(view(model)),
    above(line) {
      app.clear();
      stream.write(`${line}\n`);
    },
    end: () => app.unmount(),
  };
}
