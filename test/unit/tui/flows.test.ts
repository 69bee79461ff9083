/** The main views, driven by keys over a small store: what stands on the screen and where keys lead. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import stringWidth from 'string-width';
import { event, pod, replicaSet, service } from '../timeline/objects.ts';
import { selectorFinding, uiOver, type Ui } from './driver.ts';

const HOSTILE = '\u001b[2Jevil\u202etext';
const KEY = 'service/shop/payment:80';
const LAYERS = {
  dns: 'pass',
  edge: 'none',
  service: 'fail',
  policy: 'unknown',
  pod: 'pass',
  platform: 'pass',
} as const;

let ui: Ui;

beforeEach(() => {
  const finding = selectorFinding();
  ui = uiOver(
    {
      objects: [
        service({ app: 'v1' }),
        replicaSet('payment-2', 2, '2026-05-01T14:19:58Z', { app: 'v2' }, 1),
        pod({ name: 'payment-2-a', at: '2026-05-01T14:20:00Z', owner: 'payment-2', labels: { app: 'v2' } }),
        pod({ name: 'other', labels: { app: 'other' } }),
        event({
          about: ['Pod', 'payment-2-a'],
          reason: 'Unhealthy',
          at: '2026-05-01T14:21:00Z',
          type: 'Warning',
          message: HOSTILE,
        }),
        event({ about: ['Pod', 'other'], reason: 'Pulled', at: '2026-05-01T14:22:00Z' }),
      ],
      lists: { 'networking.k8s.io/networkpolicies': 'forbidden' },
      logs: [
        {
          namespace: 'shop',
          pod: 'payment-2-a',
          container: 'app',
          text: [
            '2026-05-01T14:20:01Z INFO start',
            '2026-05-01T14:20:02Z WARN slow',
            '2026-05-01T14:20:03Z ERROR broke',
            '2026-05-01T14:20:04Z INFO start again',
          ].join('\n'),
        },
      ],
    },
    {
      verdict: {
        roots: [finding.key],
        findings: [finding],
        paths: [
          {
            key: KEY,
            service: 'shop/payment',
            port: 80,
            layers: LAYERS,
            because: { policy: 'no-check' },
            findings: [finding.key],
          },
        ],
        gaps: [
          {
            key: 'g1',
            evidence: 'list',
            reason: 'forbidden',
            summary: 'NetworkPolicies',
            detail: 'may not list',
          },
        ],
        unknown: [{ check: 'policy/denies', because: 'g1', detail: 'policies are not known' }],
      },
      query: (sql) =>
        sql === 'broken'
          ? Promise.reject(new Error('no such table'))
          : Promise.resolve({
              columns: ['name', 'n'],
              rows: [
                ['a', 1],
                [null, 2],
              ],
              truncated: false,
              ms: 1,
            }),
    },
  );
});
afterEach(() => ui.close());

const text = (): string => ui.rows().join('\n');

describe('verdict', () => {
  it('says what broke, the cluster, when it was captured, and what could not be judged', () => {
    expect(ui.rows()).toHaveLength(24);
    expect(ui.rows()[0]).toMatch(/prod · captured 2026-05-01 14:30:00Z · 1 gap \(u\).*UTC/);
    expect(text()).toContain('ROOT CAUSE  service · critical · certain');
    expect(ui.selected()).toContain('selects app=v1, but its pods carry app=v2');
    ui.press('G');
    expect(text()).toContain('No check of this version judges these layers of the paths: policy.');
    expect(text()).toContain('policies are not known');
  });

  it('opens the evidence by one key, at the field', () => {
    ui.press('v');
    expect(ui.rows()[1]).toContain('yaml Service/payment');
    expect(ui.rows().find((row) => row.startsWith('*'))).toMatch(/^\* {5}app: v1/);
    ui.press('esc');
    expect(text()).toContain('ROOT CAUSE');
  });
});

describe('resources', () => {
  it('filters, inverts, selects by label and by likeness', () => {
    ui.press(':pods', 'enter');
    expect(ui.rows()[1]).toContain('1/2');
    ui.press('/', 'payment');
    expect(text()).toContain('payment-2-a');
    expect(text()).not.toMatch(/shop +other/);
    ui.press('ctrl+u', '!payment', 'enter');
    expect(text()).not.toContain('payment-2-a');
    ui.press('/', 'ctrl+u', '-l app=v2', 'enter');
    expect(ui.selected()).toContain('payment-2-a');
    ui.press('/', 'ctrl+u', '-f pymnt', 'enter');
    expect(ui.selected()).toContain('payment-2-a');
    ui.press('esc');
    expect(ui.rows()[1]).toContain('1/2');
  });

  it('sorts by a letter and back, describes, shows YAML, Events, logs and the owner', () => {
    ui.press(':pods', 'enter', 'N');
    expect(ui.selected()).toContain('other');
    ui.press('N');
    expect(ui.selected()).toContain('payment-2-a');
    ui.press('d');
    expect(text()).toContain('Pod payment-2-a');
    ui.press('J');
    expect(text()).toContain('ReplicaSet payment-2');
    ui.press('esc', 'esc', 'y');
    expect(text()).toContain('  kind: Pod');
    ui.press('esc', 'e');
    expect(text()).toContain('Unhealthy');
    expect(text()).not.toContain('Pulled');
    ui.press('esc', 'l');
    expect(ui.selected()).toContain('start');
  });

  it('tells a forbidden list from an empty one', () => {
    ui.press(':networkpolicies', 'enter');
    expect(text()).toMatch(/not known: listing networkpolicies failed/);
    ui.press(':services', 'enter', '/nothing', 'enter');
    expect(text()).toContain('nothing matches nothing');
  });

  it('suggests what a wrong command may mean, and completes by tab', () => {
    ui.press(':serices', 'enter');
    expect(ui.rows().at(-1)).toContain('There is no view and no kind named serices');
    ui.press(':timel', 'tab', 'enter');
    expect(ui.rows()[1]).toContain('timeline');
  });

  it('shows no foreign control character', () => {
    ui.press(':events', 'enter');
    ui.press('enter');
    expect(text()).toContain('\\x1b[2Jevil\\u{202e}text');
    expect(text()).not.toContain('\u001b');
    expect(text()).not.toContain('\u202e');
  });
});

describe('logs', () => {
  it('goes to the next error and warning, and searches both ways', async () => {
    ui.press(':logs', 'enter', 'enter');
    expect(ui.selected()).toContain('start');
    ui.press('e');
    await vi.waitFor(() => expect(ui.selected()).toContain('ERROR broke'));
    ui.press('W');
    await vi.waitFor(() => expect(ui.selected()).toContain('WARN slow'));
    ui.press('/', 'again', 'enter');
    await vi.waitFor(() => expect(ui.selected()).toContain('start again'));
    ui.press('g', 'n');
    await vi.waitFor(() => expect(ui.selected()).toContain('start again'));
  });
});

describe('timeline', () => {
  it('stands at the onset, zooms, narrows to an object and to what is bad', () => {
    ui.press('t');
    expect(ui.selected()).toContain('14:20:00');
    expect(text()).toContain('1h00m');
    ui.press('z');
    expect(text()).toContain('15m00s');
    ui.press('s');
    expect(ui.rows()[1]).toContain('(warning or worse)');
    expect(text()).toContain('Unhealthy');
    expect(text()).not.toContain('Pulled');
    ui.press('s', 's', ':timeline 14:21', 'enter');
    expect(ui.selected()).toContain('Unhealthy');
    ui.press('o');
    expect(ui.rows()[1]).toContain('timeline of Pod/payment-2-a');
    expect(text()).not.toContain('Pulled');
  });
});

describe('replay', () => {
  it('starts where the request stops, walks all layers, and steps back through time', () => {
    ui.press('r');
    expect(text()).toContain('stops at service');
    expect(ui.selected()).toMatch(/^> service +FAIL/);
    ui.press('g');
    const seen: string[] = [];
    for (let step = 0; step < 7; step += 1) {
      seen.push(ui.selected().slice(2, 10).trim());
      ui.press('enter');
    }
    expect(seen).toEqual(['client', 'dns', 'edge', 'service', 'policy', 'pod', 'platform']);
    ui.press('[');
    expect(text()).toMatch(/moment \d+ of \d+/);
    expect(text()).toMatch(/inferred|unknown/);
  });
});

describe('sql', () => {
  it('shows rows as a table, a row whole, and errors in words', async () => {
    ui.press(';', 'SELECT 1', 'enter');
    await vi.waitFor(() => expect(text()).toContain('2 rows in'));
    expect(ui.selected()).toMatch(/^> a +1/);
    ui.press('j', 'enter');
    expect(text()).toContain('name: NULL');
    ui.press('esc', ';', 'ctrl+u', 'broken', 'enter');
    await vi.waitFor(() => expect(text()).toContain('no such table'));
  });
});

describe('gaps and help', () => {
  it('lists the gaps and which questions stay open', () => {
    ui.press('u');
    expect(ui.selected()).toMatch(/NetworkPolicies +forbidden/);
    ui.press('enter');
    expect(text()).toContain('policy/denies');
  });

  it('shows the keys of the screen it was asked on', () => {
    ui.press(':pods', 'enter', '?');
    expect(text()).toContain('sort by NAMESPACE');
    ui.press('esc', 'r', '?');
    expect(text()).toContain('to the moment before');
  });
});

describe('everywhere', () => {
  it('says when it is too small, and keeps every row within its width', () => {
    ui.controller.resize({ columns: 50, rows: 8 });
    expect(text()).toContain('50x8, needs 60x10');
    for (const size of [
      { columns: 60, rows: 10 },
      { columns: 200, rows: 50 },
    ]) {
      ui.controller.resize(size);
      for (const keys of ['~', 'r', 't', ':pods\n', ':kinds\n', ':events\n', 'u', '?', ';']) {
        ui.press('esc', ...(keys.endsWith('\n') ? [keys.trim(), 'enter'] : [keys]));
        const rows = ui.rows();
        expect(rows).toHaveLength(size.rows);
        for (const row of rows) expect(stringWidth(row)).toBeLessThanOrEqual(size.columns);
      }
    }
  });

  it('copies what is selected, switches times, and quits', () => {
    ui.press('c');
    expect(ui.copied()).toContain('selects app=v1');
    ui.press('ctrl+t', 'ctrl+t');
    expect(ui.rows()[0]).toContain('relative');
    expect(text()).toContain('-10m00s');
    ui.press('q');
    expect(ui.ended()).toBe(true);
  });
});
