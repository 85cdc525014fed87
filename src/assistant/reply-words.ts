import type { z } from 'zod';
import type {
  Bilingual,
  ClarifyTopic,
  IntentPhase,
  IntentPlace,
  Maneuver,
  PlanningBehavior,
  RefuseTopic,
} from '../domain/index.ts';

/** Why the planner does what it does, for a passenger. */
export const BEHAVIOR_WORDS: Readonly<Record<PlanningBehavior, Bilingual>> = {
  ADAPTIVE_CRUISE: { ja: '前の車に合わせて', en: 'the vehicle in front' },
  AVOIDANCE: { ja: '障害物を避けるため', en: 'passing an obstacle' },
  CROSSWALK: { ja: '横断歩道', en: 'a crosswalk' },
  GOAL_PLANNER: { ja: '目的地', en: 'the destination' },
  INTERSECTION: { ja: '交差点', en: 'a junction' },
  LANE_CHANGE: { ja: '車線変更', en: 'a lane change' },
  MERGE: { ja: '合流', en: 'merging' },
  NO_DRIVABLE_LANE: { ja: '走れる車線がない', en: 'no lane to drive in' },
  NO_STOPPING_AREA: { ja: '停止禁止部分', en: 'a no-stopping area' },
  REAR_CHECK: { ja: '後方確認', en: 'something behind' },
  ROUTE_OBSTACLE: { ja: '進路上の障害物', en: 'an obstacle in the way' },
  ROUNDABOUT: { ja: '環状交差点', en: 'a roundabout' },
  RUN_OUT: { ja: '飛び出し', en: 'someone running out' },
  SIDEWALK: { ja: '歩道', en: 'a sidewalk' },
  START_PLANNER: { ja: '発進', en: 'starting off' },
  STOP_SIGN: { ja: '一時停止', en: 'a stop sign' },
  SURROUNDING_OBSTACLE: { ja: '周りの障害物', en: 'something close by' },
  TRAFFIC_SIGNAL: { ja: '信号', en: 'a traffic light' },
  USER_DEFINED_ATTENTION_AREA: { ja: '注意区域', en: 'an attention area' },
  VIRTUAL_TRAFFIC_LIGHT: { ja: '管制', en: 'traffic control' },
  LANE_FOLLOWING: { ja: '車線に沿って', en: 'following the lane' },
  INTENT: { ja: 'ご希望', en: 'your wish' },
  INTENT_EXPIRED: { ja: '期限切れ', en: 'it came too late' },
  INTENT_STALE: { ja: '古い指示', en: 'it was out of date' },
  INTENT_NOT_SUPPORTED: { ja: 'この車は対応していません', en: "this car can't do that" },
};

/** Where an intent stands, for a passenger. */
export const PHASE_WORDS: Readonly<Record<IntentPhase, Bilingual>> = {
  ACCEPTED: { ja: '車が受け付けました', en: 'accepted by the car' },
  REJECTED: { ja: '車が断りました', en: 'the car declined' },
  EXECUTING: { ja: '実行しています', en: 'under way' },
  DONE: { ja: '済みました', en: 'done' },
  CANCELLED: { ja: '取り消しました', en: 'cancelled' },
  EXPIRED: { ja: '期限が切れました', en: 'ran out of time' },
  FAILED: { ja: 'できませんでした', en: 'failed' },
};

/** What is asked back. */
export const CLARIFY_WORDS: Readonly<Record<z.infer<typeof ClarifyTopic>, Bilingual>> = {
  WHICH_DIRECTION: { ja: 'どちらの方向ですか。', en: 'Which way?' },
  WHICH_OBJECT: { ja: 'どれのことですか。', en: 'Which one do you mean?' },
  WHICH_PLACE: { ja: 'どこですか。', en: 'Where?' },
  WHICH_SPEED: { ja: '時速何キロですか。', en: 'How fast?' },
  WHICH_OCCUPANT: { ja: 'どなたのご希望に従えばよいですか。', en: 'Whose wish shall I follow?' },
  // Who was not understood may speak neither language well.
  NOT_UNDERSTOOD: {
    ja: 'もう一度、日本語か英語でお願いします。 Please say it again, in Japanese or English.',
    en: 'Could you say that again, in English or Japanese? もう一度、日本語か英語でお願いします。',
  },
};

/** Why the model would rather not. */
export const REFUSE_WORDS: Readonly<Record<z.infer<typeof RefuseTopic>, Bilingual>> = {
  UNLAWFUL: { ja: '法律で禁じられています。', en: 'It is against the law.' },
  UNSAFE: { ja: '危険です。', en: 'It is not safe.' },
  IMPOSSIBLE: { ja: 'ここではできません。', en: 'It is not possible here.' },
  NOT_AUTHORIZED: { ja: '権限がありません。', en: 'You are not authorized to ask that.' },
  OUT_OF_SCOPE: { ja: '運転の範囲を超えています。', en: 'It is outside what I do.' },
};

const SIDE: Record<'LEFT' | 'RIGHT' | 'STRAIGHT' | 'U_TURN', Bilingual> = {
  LEFT: { ja: '左', en: 'left' },
  RIGHT: { ja: '右', en: 'right' },
  STRAIGHT: { ja: 'まっすぐ', en: 'straight on' },
  U_TURN: { ja: '転回', en: 'around' },
};

function placeWords(place: IntentPlace | undefined): Bilingual {
  if (place === undefined) return { ja: '', en: '' };
  if (place.type === 'DESTINATION') return { ja: '目的地で', en: ' at the destination' };
  const distanceM = Math.round(place.distanceM);
  return { ja: `${distanceM}メートル先で`, en: ` in ${distanceM} m` };
}

/** A maneuver in a few words. */
export function maneuverWords(maneuver: Maneuver): Bilingual {
  switch (maneuver.kind) {
    case 'SET_SPEED': {
      if (maneuver.speedMps === null) return { ja: '元の速度に戻す', en: 'back to normal speed' };
      const kmh = Math.round(maneuver.speedMps * 3.6);
      return { ja: `時速${kmh}キロまで`, en: `up to ${kmh} km/h` };
    }
    case 'KEEP_DISTANCE':
      return { ja: '車間距離を変える', en: 'change the gap' };
    case 'CHANGE_LANE':
      return {
        ja: `${SIDE[maneuver.direction].ja}へ車線変更`,
        en: `change lane ${SIDE[maneuver.direction].en}`,
      };
    case 'TURN':
      return maneuver.direction === 'LEFT' || maneuver.direction === 'RIGHT'
        ? { ja: `${SIDE[maneuver.direction].ja}折`, en: `turn ${SIDE[maneuver.direction].en}` }
        : { ja: SIDE[maneuver.direction].ja, en: `go ${SIDE[maneuver.direction].en}` };
    case 'OVERTAKE':
      return { ja: '追い越し', en: 'overtake' };
    case 'FOLLOW':
      return { ja: 'ついて行く', en: 'follow' };
    case 'YIELD':
      return { ja: '譲る', en: 'give way' };
    case 'PULL_OVER':
      return {
        ja: `${placeWords(maneuver.place).ja}${SIDE[maneuver.side].ja}に寄せて止まる`,
        en: `pull over on the ${SIDE[maneuver.side].en}${placeWords(maneuver.place).en}`,
      };
    case 'STOP':
      return {
        ja: `${placeWords(maneuver.place).ja}${maneuver.urgency === 'EMERGENCY' ? '緊急停止' : '止まる'}`,
        en: `${maneuver.urgency === 'EMERGENCY' ? 'emergency stop' : 'stop'}${placeWords(maneuver.place).en}`,
      };
    case 'RESUME':
      return { ja: '走行を再開', en: 'drive on' };
    case 'PARK':
      return { ja: '駐車', en: 'park' };
    case 'ROUTE_TO':
      return { ja: '行き先を変える', en: 'change the destination' };
    case 'AVOID':
      return { ja: '避けて通る', en: 'avoid it' };
    case 'SIGNAL':
      return {
        HAZARD: { ja: 'ハザード', en: 'hazard lights' },
        HORN: { ja: 'クラクション', en: 'horn' },
        HEADLIGHT: { ja: 'ヘッドライト', en: 'headlights' },
      }[maneuver.signal];
    case 'TELL':
      return { ja: '外の人に伝える', en: 'tell the person outside' };
    case 'CANCEL':
      return { ja: '取り消し', en: 'cancel' };
  }
}
