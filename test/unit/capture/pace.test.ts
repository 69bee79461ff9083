import { describe, expect, it } from 'vitest';
import { createPace } from '../../../capture/pace.ts';

const ever = new AbortController().signal;

describe('the pace of requests', () => {
  it('lets a burst through at once, and what comes after it one by one', async () => {
    const pace = createPace({ perSecond: 50, burst: 10 });
    const began = performance.now();
    await Promise.all(Array.from({ length: 10 }, () => pace(ever)));
    const burst = performance.now() - began;
    await Promise.all(Array.from({ length: 10 }, () => pace(ever)));
    // Ten more at 50 a second are owed 200 ms: a timer never fires early by more than a rounding.
    expect(performance.now() - began - burst).toBeGreaterThan(150);
  });

  it('holds nobody back who has to stop', async () => {
    const pace = createPace({ perSecond: 0.001, burst: 1 });
    await pace(ever);
    const began = performance.now();
    await pace(AbortSignal.timeout(50));
    expect(performance.now() - began).toBeLessThan(5000);
  });
});
