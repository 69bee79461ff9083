/** The React side: the controller's rows as they are, and keys as terminals send them, several in one piece. */
import { render } from 'ink-testing-library';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { App } from '../../../analyze/tui/app.tsx';
import { pod } from '../timeline/objects.ts';
import { uiOver, type Ui } from './driver.ts';

let ui: Ui | undefined;
let app: ReturnType<typeof render> | undefined;

afterEach(() => {
  app?.unmount();
  ui?.close();
});

describe('the app', () => {
  it('draws what the controller draws, and takes apart keys that come in one piece', async () => {
    ui = uiOver({ objects: [pod({ name: 'a' }), pod({ name: 'b' }), pod({ name: 'c' })] });
    app = render(<App controller={ui.controller} />);
    const shown = (): string => app?.lastFrame() ?? '';
    await vi.waitFor(() => expect(shown()).toContain('verdict'));
    app.stdin.write(':pods');
    app.stdin.write('\r');
    await vi.waitFor(() => expect(shown()).toContain('pods(all)'));
    app.stdin.write('jj');
    await vi.waitFor(() => expect(shown()).toMatch(/^> shop +c /m));
    app.stdin.write('kd');
    await vi.waitFor(() => expect(shown()).toContain('Pod b'));
    app.stdin.write('\u001b');
    await vi.waitFor(() => expect(shown()).toMatch(/^> shop +b /m));
  });
});
