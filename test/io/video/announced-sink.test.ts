import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AnnouncedSink } from '../../../src/io/video/announced-sink.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);

describe('AnnouncedSink', () => {
  it('cuts bytes into the pieces that were announced, however they come', async () => {
    const sink = new AnnouncedSink<{ bytes: number; name: string }>(() => {});
    sink.announce({ bytes: 3, name: 'a' });
    sink.announce({ bytes: 2, name: 'b' });
    assert.equal(sink.write(bytes(1, 2)), true);
    assert.equal(sink.write(bytes(3, 4)), true);
    assert.equal(sink.write(bytes(5)), true);
    sink.end();
    assert.deepEqual(await sink.next(), { about: { bytes: 3, name: 'a' }, data: bytes(1, 2, 3) });
    assert.deepEqual(await sink.next(), { about: { bytes: 2, name: 'b' }, data: bytes(4, 5) });
    assert.equal(await sink.next(), undefined);
  });

  it('keeps what nothing was said about, though its memory is used anew, and asks for more once it is told', async () => {
    let room = 0;
    const sink = new AnnouncedSink(() => {
      room += 1;
    });
    const memory = bytes(7, 8);
    assert.equal(sink.write(memory), false);
    assert.equal(sink.inTheDark, true);
    memory.fill(0);
    sink.announce({ bytes: 2 });
    assert.equal(room, 1);
    assert.equal(sink.inTheDark, false);
    assert.deepEqual((await sink.next())?.data, bytes(7, 8));
  });

  it('has no room for a piece while more than 4 MiB wait, and has again once one is taken', async () => {
    let room = 0;
    const sink = new AnnouncedSink(() => {
      room += 1;
    });
    const large = new Uint8Array(5 * 1024 * 1024);
    sink.announce({ bytes: large.length });
    sink.announce({ bytes: 1 });
    assert.equal(sink.write(large), true);
    assert.equal(sink.write(bytes(9)), false);
    assert.equal(room, 0);
    assert.equal((await sink.next())?.data.length, large.length);
    assert.equal(room, 1);
    assert.deepEqual((await sink.next())?.data, bytes(9));
  });

  it('drops bytes that nothing is said about once all is announced, and everything when discarded', async () => {
    const sink = new AnnouncedSink(() => {});
    sink.allAnnounced();
    assert.equal(sink.write(bytes(1)), true);
    sink.announce({ bytes: 1 });
    sink.discard();
    assert.equal(sink.write(bytes(1)), true);
    assert.equal(await sink.next(), undefined);
  });
});
