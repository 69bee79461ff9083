import { describe, expect, it } from 'vitest';
import { createRoom, type Room, worthOf } from '../../../capture/room.ts';

/** A writer that compresses to a tenth. */
function writer() {
  const state = { written: 0, waiting: 0, entries: 0 };
  return {
    add(bytes: number) {
      state.waiting += bytes;
      state.entries += 1;
    },
    progress: () => ({ entries: state.entries, inflated: 0, written: state.written }),
    flush() {
      state.written += state.waiting / 10;
      state.waiting = 0;
      return Promise.resolve();
    },
  };
}

const take = async (room: Room, path: string, bytes: number): Promise<void> =>
  await room.take(path, bytes, () => Promise.resolve());

async function fill(path: string, maxBytes: number, most: number) {
  const out = writer();
  const room = createRoom(out, maxBytes);
  for (let taken = 0; taken < most; taken += 1) {
    try {
      await room.take(path, 100_000, async () => out.add(100_000));
    } catch (error) {
      return { taken, error, out, room };
    }
  }
  return { taken: most, error: undefined, out, room };
}

describe('the room in a file', () => {
  it('is spent by compressed size', async () => {
    const { taken, error, out } = await fill('resources/core/v1/pods/0001.ndjson', 2_000_000, 1000);
    expect(error).toMatchObject({ reason: 'too-large', message: expect.stringContaining('--max-size') });
    await out.flush();
    expect(out.progress().written).toBeLessThan(2_000_000);
    expect(taken).toBeGreaterThan(100);
  });

  it('is given to logs only in part: objects still find theirs', async () => {
    const out = writer();
    const room = createRoom(out, 2_000_000);
    let granted = 100_000;
    while (granted === 100_000) {
      const reserved = await room.reserve(100_000);
      granted = reserved.bytes;
      out.add(granted);
      reserved.release();
    }
    await out.flush();
    expect(out.progress().written).toBeLessThan(1_400_000);
    await expect(take(room, 'resources/core/v1/pods/0001.ndjson', 100_000)).resolves.toBeUndefined();
  });

  it('that a log has reserved is not given away by a flush before its parts are written', async () => {
    const room = createRoom(writer(), 2_000_000);
    const first = await room.reserve(800_000);
    const second = await room.reserve(800_000);
    const third = await room.reserve(800_000);
    expect(first.bytes + second.bytes + third.bytes).toBeLessThan(1_400_000);
    expect(third.bytes).toBe(0);
    first.release();
    // What was released, written or not, is settled by the next flush.
    expect((await room.reserve(800_000)).bytes).toBeGreaterThan(0);
  });

  it('always takes the records of how things ended', async () => {
    const { room } = await fill('resources/core/v1/pods/0001.ndjson', 200_000, 1000);
    await take(room, 'resources/core/v1/pods/list.json', 500);
    await expect(take(room, 'collectors/logs.json', 500)).resolves.toBeUndefined();
  });

  it.each([
    ['logs/a/b/c.log', 'log'],
    ['resources/core/v1/events/0001.ndjson', 'telling'],
    ['resources/apps/v1/deployments/0001.ndjson', 'telling'],
    ['resources/coordination.k8s.io/v1/leases/0001.ndjson', 'low'],
    ['nodes/n/pods.json', 'low'],
    ['probes/dns.ndjson', 'telling'],
    ['resources/core/v1/pods/list.shop.json', undefined],
  ])('%s is %s', (path, worth) => expect(worthOf(path)).toBe(worth));
});
