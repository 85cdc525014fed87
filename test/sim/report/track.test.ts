import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReportCollector } from '../../../sim/report/collector.ts';
import { TrackBuilder } from '../../../sim/report/track.ts';
import type { JournalEntry } from '../../../src/domain/index.ts';
import { at } from './fixture.ts';

const numbers = (base64: string): number[] =>
  Array.from(new Int32Array(new Uint8Array(Buffer.from(base64, 'base64')).buffer));

const fix = (latitudeDeg: number, longitudeDeg: number) => ({ stampNs: 0n, latitudeDeg, longitudeDeg });

describe('TrackBuilder', () => {
  it('measures a tenth of a degree as the earth does', () => {
    const track = new TrackBuilder('GNSS');
    track.addFix(0, fix(35, 139));
    track.addFix(60, fix(35.1, 139));
    track.addFix(120, fix(35.1, 139.1));
    const { east, north, count, origin } = track.build()!;
    assert.equal(count, 3);
    assert.deepEqual(origin, { latitudeDeg: 35, longitudeDeg: 139 });
    const [, , lastEast] = numbers(east);
    const [, firstNorth] = numbers(north);
    // One degree of a meridian of the mean sphere is 111.195 km; a parallel shrinks with the cosine.
    assert.ok(Math.abs(firstNorth! / 100 - 11_119.5) < 1, `${firstNorth}`);
    assert.ok(Math.abs(lastEast! / 100 - 11_119.5 * Math.cos((35 * Math.PI) / 180)) < 1, `${lastEast}`);
  });

  it('crosses the antimeridian the short way', () => {
    const track = new TrackBuilder('GNSS');
    track.addFix(0, fix(0, 179.99));
    track.addFix(1, fix(0, -179.99));
    const [, east] = numbers(track.build()!.east);
    assert.ok(Math.abs(east! / 100 - 2223.9) < 1, `${east}`);
  });

  it('leaves out where the car stands, and is no track without a way', () => {
    const track = new TrackBuilder('POSE');
    for (let i = 0; i < 100; i++) track.add(i, 5 + (i % 2) * 0.1, 7);
    assert.equal(track.build(), null);
    track.add(101, 9, 7);
    assert.equal(track.build()!.count, 2);
    assert.deepEqual(numbers(track.build()!.east), [0, 400]);
  });

  it('prefers GNSS to poses, and takes poses where there is nothing else', () => {
    const pose = (t: number): JournalEntry => ({
      type: 'vehicle',
      stampNs: at(t),
      vehicle: { stampNs: at(t), speedMps: 10, pose: { xM: t * 10, yM: 0, yawRad: 0 } },
    });
    const gnss = (t: number): JournalEntry => ({
      type: 'gnss',
      stampNs: at(t),
      fix: { stampNs: at(t), latitudeDeg: 35 + t / 1000, longitudeDeg: 139 },
    });
    const kindOf = (entries: JournalEntry[]) => {
      const collector = new ReportCollector();
      for (const entry of entries) collector.add(entry);
      return collector.build({ language: 'en', reflexMs: [], thoughtMs: [] }).track?.kind;
    };
    assert.equal(kindOf([pose(0), pose(1)]), 'POSE');
    assert.equal(kindOf([pose(0), gnss(0), pose(1), gnss(1)]), 'GNSS');
    assert.equal(kindOf([pose(0)]), undefined);
  });
});
