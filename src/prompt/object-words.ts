import type { ObjectClass } from '../domain/index.ts';
import type { Words } from './place-words.ts';

/** A kind of vehicle or person: its class, what it is called, and whether a colour is said of it. */
export interface ThingKind {
  readonly class: ObjectClass;
  /** First: what a label calls it; the others are said of it too. */
  readonly en: readonly string[];
  readonly ja: readonly string[];
  readonly coloured: boolean;
  readonly share: number;
  readonly authority?: 'EMERGENCY_SERVICE' | 'TRAFFIC_WARDEN' | 'FLAGGER_OR_ATTENDANT';
}

const thing = (
  objectClass: ObjectClass,
  en: string,
  ja: string,
  share: number,
  coloured = true,
  authority?: ThingKind['authority'],
): ThingKind => ({
  class: objectClass,
  en: en.split(','),
  ja: ja.split(','),
  share,
  coloured,
  ...(authority === undefined ? {} : { authority }),
});

/** Vehicles that one can overtake, follow or let in. */
export const VEHICLES: readonly ThingKind[] = [
  thing('CAR', 'car,sedan', '乗用車,車,セダン', 10),
  thing('CAR', 'taxi,cab', 'タクシー', 3),
  thing('CAR', 'SUV,four by four', 'SUV', 2),
  thing('CAR', 'minivan', 'ミニバン,ワゴン', 2),
  thing('CAR', 'kei car,little car', '軽自動車,軽', 2),
  thing('CAR', 'sports car', 'スポーツカー', 1),
  thing('CAR', 'learner car', '教習車', 1, false),
  thing('TRUCK', 'truck,lorry', 'トラック', 7),
  thing('TRUCK', 'van,delivery van', 'バン,配達車', 4),
  thing('TRUCK', 'dump truck', 'ダンプ,ダンプカー', 1),
  thing('TRUCK', 'garbage truck,rubbish truck', 'ゴミ収集車,パッカー車', 1, false),
  thing('TRUCK', 'tanker', 'タンクローリー', 1, false),
  thing('TRUCK', 'ambulance', '救急車', 1, false, 'EMERGENCY_SERVICE'),
  thing('TRUCK', 'fire engine,fire truck', '消防車', 1, false, 'EMERGENCY_SERVICE'),
  thing('TRUCK', 'tractor', 'トラクター', 1, false),
  thing('BUS', 'bus', 'バス', 5),
  thing('BUS', 'school bus,coach', '幼稚園バス,観光バス', 1, false),
  thing('MOTORCYCLE', 'motorbike,motorcycle,biker', 'バイク,オートバイ', 3, false),
  thing('MOTORCYCLE', 'scooter,moped', '原付,スクーター', 2, false),
];

/** People and cyclists. */
export const PEOPLE: readonly ThingKind[] = [
  thing('PEDESTRIAN', 'pedestrian,person,walker,woman,lady,people', '歩行者,人,歩いてる方', 6, false),
  thing('PEDESTRIAN', 'child,kid,little boy,little one', '子ども,子供,こども,あの子', 3, false),
  thing('PEDESTRIAN', 'old lady,elderly woman', 'おばあさん,おばあちゃん', 2, false),
  thing('PEDESTRIAN', 'old man,elderly man', 'おじいさん,お年寄り,ご老人', 2, false),
  thing('PEDESTRIAN', 'woman with a pram,mother', 'ベビーカーの人,お母さん', 1, false),
  thing('PEDESTRIAN', 'jogger,runner', 'ランナー,走ってる人', 1, false),
  thing('BICYCLE', 'bicycle,bike,cyclist,push bike', '自転車,チャリ', 5, false),
];

/** Those who direct traffic or attend. */
export const WORKERS: readonly ThingKind[] = [
  thing(
    'PEDESTRIAN',
    'flagger,man with the flag,road worker',
    '誘導員,旗の人,作業員',
    3,
    false,
    'FLAGGER_OR_ATTENDANT',
  ),
  thing(
    'PEDESTRIAN',
    'attendant,parking attendant,guard',
    '係員,警備員,駐車場の人,係の人',
    3,
    false,
    'FLAGGER_OR_ATTENDANT',
  ),
  thing(
    'PEDESTRIAN',
    'police officer,policeman,officer,cop',
    '警察官,お巡りさん,警官',
    2,
    false,
    'TRAFFIC_WARDEN',
  ),
];

/** What each class is called where nothing more is known of an object. */
export const CLASS_WORDS: Readonly<Record<ObjectClass, Words>> = {
  CAR: { en: ['car'], ja: ['車', '乗用車', 'クルマ'] },
  TRUCK: { en: ['truck', 'lorry'], ja: ['トラック'] },
  BUS: { en: ['bus'], ja: ['バス'] },
  MOTORCYCLE: { en: ['motorbike', 'motorcycle'], ja: ['バイク', 'オートバイ'] },
  BICYCLE: { en: ['bike', 'cyclist', 'bicycle'], ja: ['自転車', 'チャリ'] },
  PEDESTRIAN: { en: ['pedestrian', 'person'], ja: ['歩行者', '人'] },
  TRAFFIC_LIGHT: { en: [], ja: [] },
  UNKNOWN: { en: [], ja: [] },
};

/** Classes of motor vehicles. */
export const MOTOR_VEHICLES: ReadonlySet<ObjectClass> = new Set(['CAR', 'TRUCK', 'BUS', 'MOTORCYCLE']);

/** Words that fit any motor vehicle. */
export const ANY_VEHICLE: Words = {
  en: ['car', 'vehicle', 'guy', 'one'],
  ja: ['車', 'くるま', 'やつ', 'クルマ'],
};

/** Colours, as a label and as people say them. */
export const COLOURS: readonly { readonly en: string; readonly ja: string }[] = [
  { en: 'white', ja: '白い' },
  { en: 'black', ja: '黒い' },
  { en: 'red', ja: '赤い' },
  { en: 'blue', ja: '青い' },
  { en: 'silver', ja: '銀色の' },
  { en: 'grey', ja: 'グレーの' },
  { en: 'yellow', ja: '黄色い' },
  { en: 'green', ja: '緑の' },
  { en: 'orange', ja: 'オレンジの' },
  { en: 'brown', ja: '茶色い' },
];

/** Where an object is, as people say it before (ja) or after (en) its name. */
export const POSITIONS: Readonly<Record<'front' | 'behind' | 'left' | 'right', Words>> = {
  front: {
    en: ['in front', 'ahead', 'in front of us', 'up ahead'],
    ja: ['前の', '前の', '目の前の', '前を走ってる', 'すぐ前の'],
  },
  behind: { en: ['behind us', 'behind'], ja: ['後ろの', '後ろから来る', 'うしろの'] },
  left: { en: ['on the left', 'to our left', 'on our left'], ja: ['左の', '左側の', '左にいる', '左前の'] },
  right: {
    en: ['on the right', 'to our right', 'on our right'],
    ja: ['右の', '右側の', '右にいる', '右前の'],
  },
};
