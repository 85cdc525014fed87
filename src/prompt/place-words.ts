import type { Language, PoiCategory } from '../domain/index.ts';

/** What something is called in each language, without article. */
export type Words = Readonly<Record<Language, readonly string[]>>;

/** What people call kinds of places, without article. */
export const CATEGORY_WORDS: Readonly<Record<PoiCategory, Words>> = {
  CONVENIENCE_STORE: {
    en: ['convenience store', 'corner shop', 'convenience shop', 'konbini', 'mini mart'],
    ja: ['コンビニ', 'コンビニ', 'コンビニエンスストア', 'こんびに', 'コンビニさん'],
  },
  FUEL: {
    en: ['gas station', 'petrol station', 'filling station', 'fuel station', 'service station'],
    ja: ['ガソリンスタンド', 'スタンド', 'ガソスタ', '給油所', 'ガススタ'],
  },
  CHARGING: {
    en: ['charging station', 'charger', 'EV charger', 'charging point', 'charge point', 'charging bay'],
    ja: ['充電スタンド', '充電器', '充電スポット', 'EV充電', '充電ステーション', '充電'],
  },
  PARKING: {
    en: ['car park', 'parking lot', 'parking garage', 'parking', 'multi-storey'],
    ja: ['駐車場', 'パーキング', 'コインパーキング', 'ちゅうしゃじょう', '立体駐車場'],
  },
  RESTAURANT: {
    en: ['restaurant', 'place to eat', 'eatery', 'food place'],
    ja: ['レストラン', '飲食店', 'ご飯屋', '食べるところ', 'れすとらん'],
  },
  HOSPITAL: {
    en: ['hospital', 'clinic', 'emergency room', 'doctor', 'A and E'],
    ja: ['病院', 'クリニック', '救急病院', '医院', 'びょういん'],
  },
  STATION: {
    en: ['station', 'train station', 'railway station', 'subway station'],
    ja: ['駅', '電車の駅', '地下鉄の駅', 'えき', '最寄り駅'],
  },
  TOILET: {
    en: ['toilet', 'restroom', 'bathroom', 'loo', 'public toilet'],
    ja: ['トイレ', 'お手洗い', '公衆トイレ', 'おトイレ', '便所'],
  },
  PHARMACY: {
    en: ['pharmacy', 'chemist', 'drugstore', "chemist's"],
    ja: ['薬局', 'ドラッグストア', '薬屋', '薬屋さん', 'くすり屋'],
  },
  OTHER: { en: [], ja: [] },
};

/** What people call places whose name ends so; closer than their category. */
export const TAIL_WORDS: Readonly<Record<string, Words>> = {
  公園: { ja: ['公園', 'こうえん'], en: ['park'] },
  Park: { ja: ['公園'], en: ['park'] },
  神社: { ja: ['神社', 'お宮'], en: ['shrine'] },
  小学校: { ja: ['小学校', '学校'], en: ['school', 'primary school'] },
  School: { ja: ['学校'], en: ['school'] },
  郵便局: { ja: ['郵便局'], en: ['post office'] },
  'Post Office': { ja: ['郵便局'], en: ['post office'] },
  図書館: { ja: ['図書館'], en: ['library'] },
  Library: { ja: ['図書館'], en: ['library'] },
  ホテル: { ja: ['ホテル', '宿'], en: ['hotel'] },
  Hotel: { ja: ['ホテル'], en: ['hotel'] },
  美術館: { ja: ['美術館'], en: ['art museum', 'museum'] },
  Museum: { ja: ['美術館', '博物館'], en: ['museum'] },
  銀行: { ja: ['銀行'], en: ['bank'] },
  Bank: { ja: ['銀行'], en: ['bank'] },
  スーパー: { ja: ['スーパー', 'スーパーマーケット'], en: ['supermarket', 'grocery store'] },
  Mall: { ja: ['モール', 'ショッピングセンター'], en: ['mall', 'shopping centre'] },
  Church: { ja: ['教会'], en: ['church'] },
  Stadium: { ja: ['スタジアム', '競技場'], en: ['stadium'] },
  歯科: { ja: ['歯医者', '歯医者さん', '歯科'], en: ['dentist', "dentist's"] },
  Dental: { ja: ['歯医者'], en: ['dentist', "dentist's"] },
  珈琲: { ja: ['カフェ', '喫茶店', 'コーヒー屋'], en: ['cafe', 'coffee shop'] },
  カフェ: { ja: ['カフェ', '喫茶店'], en: ['cafe', 'café', 'coffee shop'] },
  'Service Area': { ja: ['サービスエリア', 'サービスエリア'], en: ['service area', 'services'] },
  Cafe: { ja: ['カフェ', '喫茶店'], en: ['cafe', 'café', 'coffee shop'] },
  Coffee: { ja: ['カフェ', 'コーヒー屋さん'], en: ['cafe', 'coffee place'] },
  ラーメン: { ja: ['ラーメン屋', 'ラーメン屋さん'], en: ['ramen place', 'noodle shop'] },
  Noodles: { ja: ['麺屋', 'ラーメン屋'], en: ['noodle shop', 'noodle bar'] },
  うどん: { ja: ['うどん屋'], en: ['udon shop'] },
  寿司: { ja: ['寿司屋', 'お寿司屋さん'], en: ['sushi place', 'sushi restaurant'] },
  Pizza: { ja: ['ピザ屋'], en: ['pizza place', 'pizzeria'] },
  ベーカリー: { ja: ['パン屋', 'パン屋さん'], en: ['bakery'] },
  食堂: { ja: ['食堂'], en: ['canteen', 'diner'] },
  Diner: { ja: ['ダイナー', '食堂'], en: ['diner'] },
};
