import type { Bilingual, PoiCategory } from '../domain/index.ts';

/**
 * Every reason in words. `{limitMps}` and the like are slots: a slot that ends in `Mps` is shown as a
 * speed, one that ends in `M` or `S` with metres or seconds. Without a value a slot is left out.
 */
export const REASON_WORDS = {
  SCHEMA_INVALID: {
    ja: '指示の形が正しくありません。',
    en: 'The proposal does not fit the vocabulary.',
  },
  WITHIN_RULES: { ja: '規則の範囲内です。', en: 'Within the rules.' },
  SAID_TWICE: { ja: '同じ指示は一度だけ行います。', en: 'The same wish twice is carried out once.' },
  ASKED_BACK: { ja: '確認が必要です。', en: 'A question back is needed.' },
  DECLINED: { ja: '提案の段階で断りました。', en: 'Declined as proposed.' },
  MODEL_NOT_TUNED: {
    ja: 'この提案は、運転用に訓練されていないモデルによるものです。',
    en: 'This comes from a model that is not trained for driving.',
  },
  MODEL_UNSURE: {
    ja: '聞き違いかもしれません。',
    en: 'I may have misunderstood you.',
  },
  SOUNDS_FORBIDDEN: {
    ja: '法律に反するか危険なことのように聞こえました。',
    en: 'That sounded unlawful or dangerous.',
  },
  TOLD: { ja: 'お知らせのみです。', en: 'For information only.' },

  MANUAL_MODE: { ja: '手動運転中は指示を送りません。', en: 'Someone is driving by hand.' },
  NO_VEHICLE_STATE: {
    ja: '車の状態が分からないため、慎重な操作しかできません。',
    en: 'The state of the car is unknown, so only careful actions are possible.',
  },
  DOOR_OPEN: { ja: 'ドアが開いています。', en: 'A door is open.' },
  NOT_AUTHORIZED: {
    ja: '乗員の指示でなければできません。',
    en: 'Only an occupant may ask for that.',
  },
  VOICE_NOT_LIVE: {
    ja: 'スピーカーからの声かもしれないため従えません。',
    en: 'That voice may have come from a loudspeaker.',
  },
  LOW_CONFIDENCE: {
    ja: 'よく聞き取れませんでした。もう一度お願いします。',
    en: 'I did not hear that well. Please say it again.',
  },

  OVER_LIMIT: {
    ja: 'ここの制限速度は{limitMps}です。',
    en: 'The limit here is {limitMps}.',
  },
  LIMITED_TO_LAW: {
    ja: '制限速度の{limitMps}までにします。',
    en: 'Only up to the limit, {limitMps}.',
  },
  LIMIT_UNKNOWN: {
    ja: '制限速度が分からないため、今より速くはできません。',
    en: 'The limit is unknown, so no faster than now.',
  },
  OVER_VEHICLE_MAX: {
    ja: 'この車は最高{limitMps}までです。',
    en: 'This car goes no faster than {limitMps}.',
  },
  LIMITED_TO_VEHICLE_MAX: {
    ja: 'この車の最高速度{limitMps}までにします。',
    en: "Only up to this car's maximum, {limitMps}.",
  },
  ABOVE_HELD_SPEED: {
    ja: 'すでに{limitMps}までと指示されています。',
    en: 'It has been asked to keep to {limitMps}.',
  },
  STANDING: {
    ja: '車は止まっていて、この先の速度もまだ分かりません。',
    en: 'The car is standing, and the speed it will drive at is not known.',
  },
  NOTHING_TO_RESTORE: {
    ja: '変えた速度はありません。',
    en: 'No speed had been set.',
  },

  GAP_OUT_OF_RANGE: {
    ja: 'その車間は指定できません。',
    en: 'That gap is out of range.',
  },
  GAP_TOO_SMALL: {
    ja: '車間は少なくとも{minGapS}必要です。',
    en: 'The gap must be at least {minGapS}.',
  },

  NO_ROUTE: { ja: 'この先の道が分かりません。', en: 'The road ahead is unknown.' },
  NO_JUNCTION: { ja: 'この先に交差点が見当たりません。', en: 'There is no such junction ahead.' },
  NO_SUCH_EXIT: {
    ja: 'その交差点ではその方向に進めません。',
    en: 'That junction has no such way out.',
  },
  TURN_BANNED: {
    ja: '標識により、その方向には進めません。',
    en: 'A sign forbids going that way.',
  },
  JUNCTION_NOT_KNOWN_YET: {
    ja: 'その先の交差点はまだ分からないため、車が判断します。',
    en: 'That junction is not known yet; the car decides there.',
  },
  NO_SUCH_LANE: { ja: 'そちらに車線がありません。', en: 'There is no lane on that side.' },
  LANE_CHANGE_BANNED: { ja: 'ここは進路変更禁止です。', en: 'Changing lanes is forbidden here.' },
  OVERTAKING_BANNED: { ja: 'ここは追越し禁止です。', en: 'Overtaking is forbidden here.' },
  STOPPING_BANNED: { ja: 'ここは駐停車禁止です。', en: 'Stopping is forbidden here.' },
  PARKING_BANNED: { ja: 'ここは駐車禁止です。', en: 'Parking is forbidden here.' },
  RED_LIGHT_AHEAD: {
    ja: '前の信号は赤なので、変わるまで待ちます。',
    en: 'The light ahead is red, so the car waits for it.',
  },

  WHICH_OBJECT: { ja: 'どれのことか分かりません。', en: 'I do not know which one you mean.' },
  WHICH_PLACE: {
    ja: '{name}がどこか分かりません。どこですか。',
    en: 'I do not know where {name} is. Which place?',
  },
  NONE_NEARBY: {
    ja: 'この先に{category}が見当たりません。どこですか。',
    en: 'I know of no {category} ahead. Which place?',
  },
  SEVERAL_PLACES: {
    ja: '{name}はいくつかあります。どれですか。',
    en: 'There is more than one {name}. Which one?',
  },
  NO_DESTINATION: { ja: '目的地が決まっていません。', en: 'There is no destination yet.' },

  EMERGENCY_NOT_ASKED: {
    ja: '緊急停止とは言われていないため、速やかに止まります。',
    en: 'No emergency was named, so a prompt stop.',
  },
  NOTHING_TO_CANCEL: { ja: '取り消す指示がありません。', en: 'There is nothing to cancel.' },
  OUT_OF_RANGE: { ja: '数値が範囲外です。', en: 'A number is out of range.' },
} as const satisfies Record<string, Bilingual>;

/** Kinds of place, as the slot `category` shows them. */
export const CATEGORY_WORDS: Readonly<Record<PoiCategory, Bilingual>> = {
  CONVENIENCE_STORE: { ja: 'コンビニ', en: 'convenience store' },
  FUEL: { ja: 'ガソリンスタンド', en: 'filling station' },
  CHARGING: { ja: '充電スタンド', en: 'charging station' },
  PARKING: { ja: '駐車場', en: 'car park' },
  RESTAURANT: { ja: '飲食店', en: 'restaurant' },
  HOSPITAL: { ja: '病院', en: 'hospital' },
  STATION: { ja: '駅', en: 'railway station' },
  TOILET: { ja: 'トイレ', en: 'toilet' },
  PHARMACY: { ja: '薬局', en: 'pharmacy' },
  OTHER: { ja: 'そのような場所', en: 'such place' },
};

/** A code of the gate's reasons. */
export type ReasonCode = keyof typeof REASON_WORDS;

/** Codes of proposals that never reached a verdict; given by the assistant, worded here. */
export const DROP_WORDS: Readonly<Record<string, Bilingual>> = {
  LATE: { ja: '答えが間に合いませんでした。', en: 'The answer came too late.' },
  BROKEN_ANSWER: { ja: '答えを読み取れませんでした。', en: 'The answer could not be read.' },
  NO_MODEL: {
    ja: '今は「止まって」「ゆっくり」「取り消し」だけ承れます。',
    en: 'For now I can only take "stop", "slow down" and "cancel".',
  },
  SUPERSEDED: { ja: '新しい指示を優先しました。', en: 'A newer wish took its place.' },
  VOIDED_BY_REFLEX: { ja: '停止や取り消しを優先しました。', en: 'A stop or a cancel took its place.' },
  VOIDED_BY_END: { ja: '終了のため取りやめました。', en: 'Given up at the end of the run.' },
};
