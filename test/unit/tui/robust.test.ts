import { afterEach, describe, expect, it } from 'vitest';
import stringWidth from 'string-width';
import type { EvidenceGiven } from '../../support/evidence.ts';
import { event, mismatch, openUi, pod, type Ui, type UiOptions } from './ui.ts';

const opened: Ui[] = [];

afterEach(() => {
  for (const ui of opened.splice(0)) ui.close();
});

function open(given: EvidenceGiven, options: UiOptions = {}): Ui {
  const ui = openUi(given, options);
  opened.push(ui);
  return ui;
}

describe('whatever is in a bundle', () => {
  const evil = '\u001b[31m\u202eRTL\u0007日本語👩‍👩‍👧‍👦שלום';

  it('no row obeys it, breaks, or grows wider than the screen', async () => {
    const ui = open(
      {
        objects: [
          pod(`pod-${evil}`, { app: evil, 'x/y': evil }),
          event('e', 'Pod', `pod-${evil}`, evil, `${evil} ${'long '.repeat(500)}`, '2026-05-01T14:20:00Z'),
        ],
        logs: [
          {
            namespace: 'shop',
            pod: 'p',
            container: 'app',
            text: `2026-05-01T14:20:00.000000000Z ERROR ${evil}\n2026-05-01T14:20:01.000000000Z ${'x'.repeat(1_000_000)}\n`,
          },
        ],
      },
      { columns: 80, rows: 24 },
    );
    const check = (where: string): void => {
      const rows = ui.rows();
      expect([where, rows.length]).toEqual([where, 24]);
      for (const row of rows) {
        expect(`${where}: ${row}`).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
        expect([where, row, stringWidth(row) <= 80]).toEqual([where, row, true]);
      }
    };
    check('verdict');
    for (const command of [
      ':pods',
      ':events',
      ':logs',
      ':timeline',
      ':kinds',
      ':findings',
      ':checks',
      ':gaps',
      ':sql',
    ]) {
      ui.type(command);
      ui.press('enter');
      check(command);
      ui.press('esc', 'esc');
    }
    ui.type(':pods');
    ui.press('enter');
    for (const key of ['d', 'y', 'e', 't']) {
      ui.press(key);
      check(key);
      ui.press('esc');
    }
    ui.type(':logs');
    ui.press('enter', 'enter', 'G');
    check('a line of a megabyte');
    ui.press('right', 'right');
    check('scrolled');
    const before = performance.now();
    ui.press('enter');
    check('the line whole');
    expect(performance.now() - before).toBeLessThan(5000);
    ui.press('G');
    check('its end');
  });
});

describe('any size', () => {
  it('is drawn whole, and one too small says what it needs', () => {
    const ui = open(mismatch());
    for (const [columns, rows] of [
      [60, 10],
      [80, 24],
      [61, 11],
      [200, 50],
      [300, 80],
    ] as const) {
      ui.controller.resize({ columns, rows });
      for (const keys of [['r'], ['esc', 't'], ['esc', '?'], ['esc']]) {
        ui.press(...keys);
        expect(ui.rows()).toHaveLength(rows);
        for (const row of ui.rows()) expect(stringWidth(row)).toBeLessThanOrEqual(columns);
      }
    }
    ui.controller.resize({ columns: 59, rows: 24 });
    expect(ui.text()).toContain('60x10');
    ui.press('j', 'r');
    ui.controller.resize({ columns: 80, rows: 24 });
    // Keys that nobody saw the effect of had none.
    expect(ui.text()).toContain('ROOT CAUSE');
    ui.press('q');
    expect(ui.quits()).toBe(1);
  });
});

describe('help', () => {
  it('lists the keys of the screen it is asked on, and every command', () => {
    const ui = open(mismatch(), { rows: 140 });
    ui.type(':pods');
    ui.press('enter', '?');
    const help = ui.text();
    for (const part of [
      'describe',
      'jump to the owner',
      'filter',
      'half a page',
      ':timeline',
      ':gaps',
      'quit',
    ])
      expect(help).toContain(part);
    ui.press('esc');
    expect(ui.rows()[1]).toContain('pods(all)');
  });

  it('is one key away from copying, too', () => {
    const ui = open(mismatch());
    ui.type(':pods');
    ui.press('enter', 'c');
    expect(ui.copied).toEqual([expect.stringContaining('Pod/')]);
  });
});
