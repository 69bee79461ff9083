/** `inquest open` as a person sees it: the built program in a real terminal, over a recorded incident. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import stringWidth from 'string-width';
import { ROOT } from '../support/sources.ts';
import { KEYS, startTerminal, type Terminal } from './terminal.ts';

const BUNDLE = join(ROOT, 'samples/selector-mismatch/bundle.tar.gz');
const terminals: Terminal[] = [];
let cache = '';

/** One cache for all: the bundle is loaded once. */
beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), 'inquest-pty-'));
  if (!existsSync(join(ROOT, 'dist/src/cli/main.js'))) throw new Error('npm run build comes first');
});

afterEach(async () => {
  for (const terminal of terminals.splice(0)) await terminal.dispose();
});

afterAll(() => rmSync(cache, { recursive: true, force: true }));

function open(columns: number, rows: number, env: Record<string, string> = {}, bundle = BUNDLE): Terminal {
  const terminal = startTerminal(['open', bundle], { columns, rows, cache, env });
  terminals.push(terminal);
  return terminal;
}

/** The row that carries the selection's mark. */
function selected(screen: readonly string[]): string {
  return screen.find((row) => row.startsWith('>')) ?? '';
}

async function quits(terminal: Terminal): Promise<void> {
  terminal.press('q');
  expect((await terminal.exit).code).toBe(0);
  expect(terminal.modes()).toEqual({ alternate: false, cursor: true, autowrap: true });
}

describe.each([
  [80, 24],
  [200, 50],
])('inquest open at %i×%i', (columns, rows) => {
  it('tells what broke, shows the evidence, and walks the layers of the broken path', async () => {
    const terminal = open(columns, rows);
    const verdict = await terminal.until('ROOT CAUSE');
    expect(verdict).toHaveLength(rows);
    expect(verdict[0]).toMatch(/inquest · .*captured 2\d{3}-\d\d-\d\d \d\d:\d\d:\d\dZ/);
    expect(verdict.join(' ').replace(/[>\s]+/g, ' ')).toMatch(
      /selects app=payment-api-v1, but its pods carry app=payment-api-v2/,
    );
    expect(verdict.join('\n')).toMatch(/since .*before the capture/);

    // The evidence is one key away: v from the verdict, and the deciding field stands on the screen.
    terminal.press('v');
    const yaml = await terminal.until('yaml Service/payment-api');
    expect(yaml.join('\n')).toMatch(/^\*\s+selector:\n\s+app: payment-api-v1$/m);
    terminal.press(KEYS.esc);
    await terminal.until('ROOT CAUSE');

    // The replay stands where the request stops, and goes on layer by layer.
    terminal.press('r');
    const replay = await terminal.until(/stops at service/);
    expect(selected(replay)).toMatch(/^> service\s+FAIL/);
    terminal.press('g');
    await terminal.until((screen) => selected(screen).startsWith('> client'));
    for (const station of ['dns', 'edge', 'service', 'policy', 'pod', 'platform']) {
      terminal.press(KEYS.enter);
      const screen = await terminal.until((rows) => selected(rows).startsWith(`> ${station}`));
      expect(selected(screen)).toMatch(/pass|FAIL|unknown|-/);
    }

    // Time runs along what changed; every state of the past says how it is known.
    terminal.press('[');
    const past = await terminal.until(/moment \d+ of \d+/);
    expect(past.join('\n')).toMatch(/inferred|observed/);
    await quits(terminal);
  });

  it('finds the moment on the timeline, answers SQL, and lists its keys', async () => {
    const terminal = open(columns, rows);
    await terminal.until('ROOT CAUSE');
    terminal.press('t');
    const timeline = await terminal.until(/› timeline/);
    expect(selected(timeline)).toMatch(/\d\d:\d\d:\d\d/);
    expect(timeline.join('\n')).toContain('1h00m');
    terminal.press('z');
    await terminal.until('15m00s');
    terminal.press('/', 'revision 2', KEYS.enter);
    const found = await terminal.until(
      (screen) => /revision 2/.test(selected(screen)) || /Rollout/.test(selected(screen)),
    );
    expect(selected(found)).toContain('ReplicaSet/payment');

    terminal.press(KEYS.esc, ';');
    await terminal.until(/sql/i);
    terminal.press("SELECT count(*) AS pods_in_shop FROM pods WHERE namespace = 'shop'", KEYS.enter);
    const rowsFound = await terminal.until(/\d+ rows? in/);
    expect(rowsFound.join('\n')).toContain('pods_in_shop');
    expect(selected(rowsFound)).toMatch(/^>\s+3\s*$/);

    terminal.press('?');
    const help = await terminal.until(/› help/);
    expect(help.join('\n')).toMatch(/Moving/);
    terminal.press(KEYS.ctrlC);
    expect((await terminal.exit).code).toBe(0);
    expect(terminal.modes().alternate).toBe(false);
  });

  it('shows resources as k9s does: commands, filter, namespaces, owner, Events, logs', async () => {
    const terminal = open(columns, rows);
    await terminal.until('ROOT CAUSE');
    terminal.press(':pods', KEYS.enter);
    const pods = await terminal.until(/pods\(all\)/);
    expect(pods.join('\n')).toMatch(/NAMESPACE\s+NAME\s+READY\s+STATUS/);
    terminal.press('/', 'payment');
    await terminal.until(
      (screen) =>
        screen.filter((row) => /shop\s+payment-a/.test(row)).length === 2 &&
        !screen.some((row) => row.includes('coredns-')),
    );
    terminal.press(KEYS.enter, 'J');
    await terminal.until(/ReplicaSet payment-api-/);
    terminal.press(KEYS.esc);
    await terminal.until(/› pods\(all\)/);
    terminal.press('d');
    await terminal.until(/Pod payment-api-/);
    terminal.press(KEYS.esc);
    await terminal.until(
      (screen) => /› pods\(all\)/.test(screen[1] ?? '') && !(screen[1] ?? '').includes('Pod/'),
    );
    terminal.press('e');
    const events = await terminal.until(/events of Pod/);
    expect(events.join('\n')).toMatch(/Scheduled|Started|Pulled/);
    terminal.press(KEYS.esc);
    await terminal.until(/› pods\(all\)/);
    terminal.press('l');
    await terminal.until(/› log/);
    await quits(terminal);
  });
});

describe('inquest open in any terminal', () => {
  it('works at 60×10, says what it needs when smaller, and comes back when it grows', async () => {
    const terminal = open(60, 10);
    const screen = await terminal.until('ROOT CAUSE');
    expect(screen).toHaveLength(10);
    expect(screen.at(-1)).toMatch(/<q> quit/);
    terminal.resize(40, 8);
    await terminal.until('60x10');
    terminal.resize(100, 30);
    const grown = await terminal.until('ROOT CAUSE');
    expect(grown.at(-1)).toMatch(/<q> quit/);
    await quits(terminal);
  });

  it('needs no colour: the selection is marked, and no colour is written under NO_COLOR', async () => {
    const terminal = open(80, 24, { NO_COLOR: '1' });
    const before = await terminal.until((screen) => selected(screen) !== '');
    terminal.press('j');
    await terminal.until((screen) => selected(screen) !== selected(before));
    expect(terminal.colours()).toBe(false);
    await quits(terminal);
  });

  it('switches times between UTC, local and relative', async () => {
    const terminal = open(80, 24, { TZ: 'Asia/Kolkata' });
    await terminal.until(/UTC/);
    terminal.press(KEYS.ctrlT);
    await terminal.until(/local \+05:30/);
    terminal.press(KEYS.ctrlT);
    const relative = await terminal.until(/relative/);
    expect(relative.join('\n')).toMatch(/-\d+s/);
    await quits(terminal);
  });

  it('gives the terminal back when it is killed by SIGTERM', async () => {
    const terminal = open(80, 24);
    await terminal.until('ROOT CAUSE');
    terminal.press('r');
    await terminal.until('stops at');
    expect(terminal.modes()).toEqual({ alternate: true, cursor: false, autowrap: false });
    terminal.kill('SIGTERM');
    await terminal.exit;
    expect(terminal.modes()).toEqual({ alternate: false, cursor: true, autowrap: true });
  });

  it('handles keys that arrive in one piece, and says which key does nothing', async () => {
    const terminal = open(80, 24);
    await terminal.until('ROOT CAUSE');
    terminal.press(':pods', KEYS.enter, 'jjk', '/check', KEYS.enter);
    const screen = await terminal.until((rows) => selected(rows).includes('checkout'));
    expect(screen.join('\n')).not.toContain('coredns-');
    terminal.press('Q');
    await terminal.until(/Q/);
    await quits(terminal);
  });

  it('keeps every row within the screen, whatever is drawn', async () => {
    const terminal = open(80, 24);
    await terminal.until('ROOT CAUSE');
    for (const keys of [
      'r',
      't',
      ':pods\r',
      ':events\r',
      ':logs\r',
      ':kinds\r',
      'u',
      ':checks\r',
      ':paths\r',
      ':findings\r',
      '?',
    ]) {
      terminal.press(keys);
      const screen = await terminal.until((rows) => rows[1] !== '' && rows.at(-1) !== '');
      expect(screen).toHaveLength(24);
      for (const row of screen) expect(stringWidth(row)).toBeLessThanOrEqual(80);
    }
    await quits(terminal);
  });
});

describe('where there is no terminal', () => {
  it('says so before loading anything, and names the next step', () => {
    const run = spawnSync(process.execPath, [join(ROOT, 'dist/src/cli/main.js'), 'open', BUNDLE], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect(run.status).toBe(2);
    expect(run.stdout).toBe('');
    expect(run.stderr).toMatch(/terminal/);
    expect(run.stderr).toContain('inquest diagnose');
  });

  it('refuses a dumb terminal in the same words', async () => {
    const terminal = open(80, 24, { TERM: 'dumb' });
    await terminal.until('inquest diagnose');
    expect((await terminal.exit).code).toBe(2);
  });

  it('says what is wrong with a file that is none, the screen untouched', async () => {
    const terminal = open(80, 24, {}, '/nonexistent/bundle.tar.gz');
    await terminal.until(/nonexistent/);
    expect((await terminal.exit).code).toBe(2);
    expect(terminal.modes().alternate).toBe(false);
  });
});

describe('from the first frame on', () => {
  it('keys are not lost, nor written over the screen, while the rest is still loading', async () => {
    const terminal = open(80, 24);
    await terminal.until('ROOT CAUSE');
    // Sent at once: what reads the keys is being loaded now.
    terminal.press(':svc', KEYS.enter);
    const screen = await terminal.until('services(all)');
    expect(screen[0]).toMatch(/^ inquest · /);
    expect(screen).toHaveLength(24);
    await quits(terminal);
  });

  it('SIGTERM ends it and gives the terminal back', async () => {
    const terminal = open(80, 24);
    await terminal.until('ROOT CAUSE');
    terminal.kill('SIGTERM');
    await terminal.exit;
    expect(terminal.modes()).toEqual({ alternate: false, cursor: true, autowrap: true });
  });
});
