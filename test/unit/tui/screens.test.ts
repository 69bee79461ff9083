import { afterEach, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/core/errors.ts';
import type { EvidenceGiven } from '../../support/evidence.ts';
import { pod as sickPod, replicaSet, workload } from '../../support/kube-objects.ts';
import { mismatch, openUi, pod, type Ui, type UiOptions } from './ui.ts';

const opened: Ui[] = [];

afterEach(() => {
  for (const ui of opened.splice(0)) ui.close();
});

function open(given: EvidenceGiven, options: UiOptions = {}): Ui {
  const ui = openUi(given, options);
  opened.push(ui);
  return ui;
}

describe('the verdict', () => {
  it('tells the root, its evidence, since when, what it took down and how to mend it', () => {
    const ui = open(mismatch(), { rows: 70, columns: 120 });
    const text = ui.text();
    for (const part of [
      'ROOT CAUSE',
      'payment-v1',
      'payment-v2',
      'Evidence',
      'since',
      'What it took down',
      'Mend',
      'confirm',
      'kubectl -n shop',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).toContain('What could not be judged');
    expect(ui.rows()).toHaveLength(70);
  });

  it('opens a field where it stands in its object, and comes back', () => {
    const ui = open(mismatch());
    ui.press('v');
    expect(ui.text()).toContain('yaml Service/payment');
    expect(ui.text()).toMatch(/^\*.*(selector:|app: payment-v1)/m);
    ui.press('esc');
    expect(ui.text()).toContain('ROOT CAUSE');
    ui.press('esc');
    expect(ui.text()).toContain('first screen');
  });

  it('of a healthy bundle says so, and what that rests on', () => {
    const ui = open({ objects: [pod('a', { app: 'a' })] });
    expect(ui.text()).toContain('HEALTHY');
    expect(ui.text()).toMatch(/\d+ checks?/);
  });

  it('of a symptom that nothing explains names it as that, no root, and the gap its cause may hide in', () => {
    const sick = sickPod('pay-a', {
      labels: { app: 'pay' },
      owner: ['ReplicaSet', 'pay-1'],
      ready: false,
      since: '14:00:00',
    });
    const owners = [
      workload('pay', { pods: { app: 'pay' } }),
      replicaSet('pay', 1, { app: 'pay' }, '12:00:00', 1),
    ];
    const ui = open({ objects: [...owners, sick], lists: { events: 'forbidden' } }, { rows: 40 });
    expect(ui.text()).toContain('Wrong, without a known cause');
    expect(ui.text()).toMatch(/not Ready/);
    expect(ui.text()).toMatch(/its cause may hide in list:events/);
    expect(ui.text()).toContain('NO ROOT CAUSE FOUND');
  });

  it('never calls healthy what could not be judged without saying so, and shows the gaps one key away', () => {
    const ui = open({ objects: [pod('a', { app: 'a' })], lists: { services: 'forbidden' } });
    expect(ui.rows()[0]).toMatch(/1 gap/);
    expect(ui.text()).toMatch(/Not everything could be|could not be judged/);
    ui.press('u');
    expect(ui.text()).toContain('forbidden');
    ui.press('enter');
    expect(ui.text()).toContain('What cannot be answered without it');
  });
});

describe('resources', () => {
  it('tell an empty list from one that was forbidden', () => {
    const ui = open({ objects: [pod('a', { app: 'a' })], lists: { secrets: 'forbidden' } });
    ui.type(':configmaps');
    ui.press('enter');
    expect(ui.text()).toMatch(/the list came, and it was empty/);
    ui.type(':secrets');
    ui.press('enter');
    expect(ui.text()).toMatch(/not known: listing secrets failed/);
  });

  it('filter while one types, go back when it is cancelled, and stay when it is accepted', () => {
    const ui = open(mismatch());
    ui.type(':pods');
    ui.press('enter');
    expect(ui.rows()[1]).toContain('1/4');
    ui.press('/');
    ui.type('cart');
    expect(ui.rows()[1]).toContain('1/1 of 4');
    ui.press('esc');
    expect(ui.rows()[1]).toContain('1/4');
    ui.press('/');
    ui.type('!payment');
    ui.press('enter');
    expect(ui.rows()[1]).toContain('of 4');
    expect(ui.text()).not.toContain('payment-bbb-1');
    // Esc takes the filter away before it leaves the table.
    ui.press('esc');
    expect(ui.text()).toContain('payment-bbb-1');
    ui.press('/');
    ui.type('-l app=cart');
    ui.press('enter');
    expect(ui.selected()).toContain('cart-1');
    expect(ui.rows()[1]).toContain('1/1 of 4');
  });

  it('sort by their letters, one way and the other, and go by namespace numbers', () => {
    const ui = open(mismatch());
    ui.type(':pods');
    ui.press('enter', 'N');
    expect(ui.text()).toContain('NAME↑');
    expect(ui.selected()).toContain('cart-1');
    ui.press('N');
    expect(ui.text()).toContain('NAME↓');
    expect(ui.selected()).toContain('proxy-1');
    ui.press('2');
    expect(ui.rows()[1]).toContain('pods(edge)');
    expect(ui.rows()[1]).toContain('1/1');
    ui.press('0');
    expect(ui.rows()[1]).toContain('pods(all)');
    ui.press('9');
    expect(ui.rows().at(-1)).toContain('9');
  });

  it('lead to the description, the YAML, the owner, the Events and the logs', () => {
    const ui = open(mismatch());
    ui.type(':pods shop /bbb-1');
    ui.press('enter');
    expect(ui.selected()).toContain('payment-bbb-1');
    ui.press('d');
    expect(ui.text()).toContain('Pod payment-bbb-1');
    ui.press('esc', 'y');
    expect(ui.text()).toContain('containerPort: 8080');
    ui.press('esc', 'J');
    expect(ui.text()).toContain('ReplicaSet payment-bbb');
    ui.press('esc', 'e');
    expect(ui.text()).toContain('Container image pulled');
    ui.press('esc', 'l');
    expect(ui.rows().at(-1)).toMatch(/No log/);
    ui.press('esc');
    ui.type(':pods shop /cart');
    ui.press('enter', 'l');
    expect(ui.text()).toContain('no healthy upstream');
  });

  it('of a command nobody knows say what there is', () => {
    const ui = open(mismatch());
    ui.type(':pdos');
    ui.press('enter');
    expect(ui.rows().at(-1)).toContain('pdos');
  });

  it('of thousands of rows are filtered in the background, keys answered meanwhile', async () => {
    const many = Array.from({ length: 3000 }, (_, index) =>
      pod(`worker-${String(index).padStart(4, '0')}`, { app: 'w' }),
    );
    const ui = open({ objects: [...many, pod('needle', { app: 'n' })] });
    ui.type(':pods');
    ui.press('enter');
    expect(ui.rows()[1]).toContain('1/3001');
    ui.press('G');
    expect(ui.selected()).toContain('worker-2999');
    ui.press('g', '/');
    ui.type('needle');
    ui.press('enter');
    await ui.until('1/1 of 3001');
    expect(ui.selected()).toContain('needle');
  });
});

describe('the replay', () => {
  it('stands where the request stops, walks on, and steps through time', () => {
    const ui = open(mismatch(), { rows: 40, columns: 120 });
    ui.press('r');
    expect(ui.selected()).toMatch(/^> service\s+FAIL/);
    ui.press('g');
    expect(ui.selected()).toMatch(/^> client/);
    const walked = [ui.selected()];
    for (let step = 0; step < 6; step += 1) {
      ui.press('enter');
      walked.push(ui.selected());
    }
    expect(walked.map((row) => row.split(/\s+/)[1])).toEqual([
      'client',
      'dns',
      'edge',
      'service',
      'policy',
      'pod',
      'platform',
    ]);
    ui.press('[');
    expect(ui.text()).toMatch(/moment \d+ of \d+/);
    for (let back = 0; back < 50; back += 1) ui.press('[');
    expect(ui.rows().at(-1)).toMatch(/earliest/);
    ui.press(']');
    for (let on = 0; on < 50; on += 1) ui.press(']');
    expect(ui.rows().at(-1)).toMatch(/capture/);
  });

  it('opens its evidence', () => {
    const ui = open(mismatch(), { rows: 40, columns: 120 });
    ui.press('r', 'v');
    expect(ui.text()).toMatch(/yaml|events|evidence/i);
  });
});

describe('the timeline', () => {
  it('opens at the selected moment, zooms, searches, and leads to the evidence', async () => {
    const ui = open(mismatch(), { rows: 40, columns: 140 });
    ui.press('t');
    expect(ui.text()).toContain('timeline');
    expect(ui.text()).toContain('1h00m');
    ui.press('z');
    expect(ui.text()).toContain('15m00s');
    ui.press('Z', 'Z');
    expect(ui.text()).toContain('6h00m');
    ui.press('g', '/');
    ui.type('no healthy');
    ui.press('enter');
    await ui.until(/^>.*no healthy upstream/m);
    ui.press('enter');
    expect(ui.rows()[1]).toMatch(/log/);
    expect(ui.selected()).toContain('no healthy upstream');
    ui.press('esc', 'g', 'e');
    await ui.until(/^>.*no healthy upstream/m);
  });

  it('marks what is inferred, and keeps to one object when asked', async () => {
    const ui = open(mismatch(), { rows: 40, columns: 140 });
    ui.press('t');
    expect(ui.text()).toMatch(/~/);
    ui.press('g', '/');
    ui.type('Container image pulled');
    ui.press('enter');
    await ui.until(/^>.*image pulled/m);
    ui.press('o');
    expect(ui.rows()[1]).toContain('payment-bbb-1');
    expect(ui.text()).not.toContain('cart-1');
  });
});

describe('logs', () => {
  it('find hits and errors both ways, and bookmark', async () => {
    const ui = open(mismatch());
    ui.type(':logs');
    ui.press('enter');
    expect(ui.text()).toContain('cart-1');
    ui.press('enter');
    expect(ui.selected()).toContain('started');
    ui.press('e');
    await ui.until(/^>.*ERROR payment refused/m);
    ui.press('m', 'G');
    expect(ui.selected()).toContain('still here');
    ui.press('B');
    expect(ui.selected()).toContain('ERROR payment refused');
    ui.press('e');
    await ui.until(/No error that way/i);
    ui.press('g', '/');
    ui.type('STILL');
    ui.press('enter');
    await ui.until(/^>.*still here/m);
    ui.press('n');
    await ui.until(/other end|No hit/i);
  });
});

describe('SQL', () => {
  const result = {
    columns: ['name', 'n'],
    rows: [
      ['a', 1],
      ['b\u001b[2J', 22],
    ],
    truncated: false,
    ms: 3,
  };

  it('answers beside the UI, which goes on meanwhile', async () => {
    let answer: (rows: typeof result) => void = () => undefined;
    const ui = open(mismatch(), {
      query: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    });
    ui.press(';');
    ui.type('SELECT 1');
    ui.press('enter');
    expect(ui.text()).toContain('SELECT 1');
    ui.press('ctrl+t');
    expect(ui.rows()[0]).toMatch(/local/);
    answer(result);
    const shown = await ui.until(/2 rows/);
    expect(shown).toContain('b\\x1b[2J');
    expect(shown).not.toContain('\u001b');
  });

  it('says what is wrong with a statement, and stops one that is left', async () => {
    const signals: AbortSignal[] = [];
    const ui = open(mismatch(), {
      query: (sql, signal) => {
        signals.push(signal);
        return sql.startsWith('SELEC ')
          ? Promise.reject(
              new UserError('sql-invalid', 'near "SELEC": syntax error', { hint: 'did you mean SELECT?' }),
            )
          : new Promise(() => undefined);
      },
    });
    ui.press(';');
    ui.type('SELEC 1');
    ui.press('enter');
    await ui.until('syntax error');
    ui.press(';', 'ctrl+u');
    ui.type('SELECT 2');
    ui.press('enter');
    expect(signals).toHaveLength(2);
    ui.press('esc', 'esc', 'esc');
    expect(signals.every((signal) => signal.aborted)).toBe(true);
  });
});
