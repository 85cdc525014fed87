import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TrackedObject } from '../../src/domain/index.ts';
import { objectsMeant, placesMeant } from '../../src/prompt/mentions.ts';
import type { exampleScene } from '../../src/scene/index.ts';

type Poi = NonNullable<ReturnType<typeof exampleScene>['route']>['pois'][number];

const poi = (name: string, category: Poi['category'], side: Poi['side'] = 'LEFT'): Poi => ({
  id: name,
  name,
  category,
  distanceM: 100,
  side,
});
const POIS = [
  poi('青空マート', 'CONVENIENCE_STORE'),
  poi('Castle Mart', 'CONVENIENCE_STORE', 'RIGHT'),
  poi('竹田駅', 'STATION'),
  poi('Maple Fuel', 'FUEL'),
  poi('若松公園', 'OTHER'),
  poi('ひばり歯科', 'HOSPITAL'),
];
const places = (text: string): string[] => placesMeant(text, POIS).map(({ name }) => name);

test('a place is meant by its name, by its kind, and by the kind that its name ends in', () => {
  assert.deepEqual(places('drop me at castle mart, will you'), ['Castle Mart']);
  assert.deepEqual(places('竹田駅で降ろして'), ['竹田駅']);
  assert.deepEqual(places('stop at the convenience store'), ['青空マート', 'Castle Mart']);
  assert.deepEqual(places('右側のコンビニで降ろして'), ['Castle Mart']);
  assert.deepEqual(places("pull in by the dentist's"), ['ひばり歯科']);
  assert.deepEqual(places('the park please'), ['若松公園']);
  assert.deepEqual(places('ガソリンスタンドに寄ってから駅まで'), ['竹田駅', 'Maple Fuel']);
});

test('a longer word is not taken for the shorter one in it, nor a verb for a place', () => {
  assert.deepEqual(places('take me to the petrol station'), ['Maple Fuel']);
  assert.deepEqual(places('park somewhere').length, POIS.length);
});

test('where no place is named, any may be meant', () => {
  for (const text of ['turn left', '次を右', '', 'bank', '🙂', '.*[('])
    assert.equal(places(text).length, POIS.length, text);
  assert.deepEqual(placesMeant('the station', []), []);
});

const object = (id: string, change: Partial<TrackedObject>): TrackedObject => ({
  id,
  class: 'CAR',
  confidence: 1,
  xM: 20,
  yM: 0,
  yawRad: 0,
  speedMps: 5,
  lengthM: 4,
  widthM: 2,
  ...change,
});
const OBJECTS = [
  object('van', { class: 'TRUCK', label: 'white van' }),
  object('red', { label: '赤い乗用車', yM: 3 }),
  object('blue', { label: 'blue car', yM: -3 }),
  object('bus', { class: 'BUS', xM: -15 }),
  object('kid', { class: 'PEDESTRIAN', label: 'child', yM: 3 }),
  object('walker', { class: 'PEDESTRIAN', yM: -3 }),
];
const objects = (text: string): string[] => objectsMeant(text, OBJECTS).map(({ id }) => id);

test('an object is meant by kind, colour and place, whatever language its label has', () => {
  assert.deepEqual(objects('白いバンを追い越して'), ['van']);
  assert.deepEqual(objects('follow the red car'), ['red']);
  assert.deepEqual(objects('青いのについて行って'), ['blue']);
  assert.deepEqual(objects('the blue one'), ['blue']);
  assert.deepEqual(objects('overtake the car in front'), ['van']);
  assert.deepEqual(objects('後ろのバスを先に行かせて'), ['bus']);
  assert.deepEqual(objects('左前の車を抜いて'), ['red']);
  assert.deepEqual(objects('watch out for the kid'), ['kid']);
});

test('what fits several is left open, and so is what nothing fits', () => {
  assert.deepEqual(objects('overtake that car'), ['van', 'red', 'blue', 'bus']);
  assert.deepEqual(objects('go round it').length, OBJECTS.length);
  assert.deepEqual(objects('the tram').length, OBJECTS.length);
  assert.deepEqual(objects('次の赤信号で左').includes('red'), true);
});
