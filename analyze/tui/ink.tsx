/** The part of the UI that needs Ink and React; loading both takes longer than drawing the first screen does. */
import { render, type Instance } from 'ink';
import { App } from './app.tsx';
import type { Controller } from './controller.ts';

/** Draws the controller's rows from here on, and hands it the keys. */
export function mount(controller: Controller): Instance {
  return render(<App controller={controller} />, {
    alternateScreen: true,
    incrementalRendering: true,
    interactive: true,
    maxFps: 60,
    exitOnCtrlC: false,
    patchConsole: false,
  });
}
