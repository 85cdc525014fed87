import type { Authority, Config, Maneuver, ProposalSource, Scene, Utterance } from '../domain/index.ts';

/** A gap from which asking to keep it counts as more careful, seconds (the usual two-second rule). */
const CAREFUL_GAP_S = 2;

/** What the car does anyway: its speed, or the speed its planner is heading for, whichever is more; null: unknown. */
export function presentSpeedMps(scene: Scene): number | null {
  const speeds = [scene.vehicle?.speedMps, scene.planner?.targetSpeedMps].filter(
    (speed): speed is number => speed !== undefined && Number.isFinite(speed),
  );
  return speeds.length === 0 ? null : Math.max(0, ...speeds);
}

/**
 * True where a maneuver can only make the car more careful: stop, slow, yield, keep more distance,
 * hazard lights. Anything that needs knowledge the scene lacks is not cautious. CANCEL and RESUME never
 * are; the gate looks at what a CANCEL takes back.
 */
export function isCautious(maneuver: Maneuver, scene: Scene): boolean {
  switch (maneuver.kind) {
    case 'STOP':
    case 'YIELD':
      return true;
    case 'SIGNAL':
      return maneuver.signal === 'HAZARD';
    case 'SET_SPEED': {
      if (maneuver.speedMps === null) return false;
      if (maneuver.speedMps === 0) return true;
      const present = presentSpeedMps(scene);
      return present !== null && maneuver.speedMps <= present;
    }
    case 'KEEP_DISTANCE': {
      if (maneuver.timeGapS !== undefined) return maneuver.timeGapS >= CAREFUL_GAP_S;
      const present = presentSpeedMps(scene);
      return present !== null && (maneuver.distanceM ?? 0) >= CAREFUL_GAP_S * present;
    }
    default:
      return false;
  }
}

/** Who may make the car less careful: occupants, and those the law puts above them. */
const MAY_RELAX: readonly Authority[] = [
  'EMERGENCY_SERVICE',
  'TRAFFIC_WARDEN',
  'DRIVER_OR_OWNER',
  'OCCUPANT',
];

/** Why an origin may only make the car more careful; null where it may do more. */
export function distrust(
  source: ProposalSource,
  utterance: Utterance | null,
  config: Config,
): 'NOT_AUTHORIZED' | 'VOICE_NOT_LIVE' | 'LOW_CONFIDENCE' | null {
  if (source === 'SIGN' || utterance === null) return 'NOT_AUTHORIZED';
  if (!MAY_RELAX.includes(utterance.authority)) return 'NOT_AUTHORIZED';
  if (!utterance.live) return 'VOICE_NOT_LIVE';
  // Written so that a confidence that is no number counts as low.
  return utterance.confidence >= config.gate.minSpeechConfidence ? null : 'LOW_CONFIDENCE';
}

const EMERGENCY_WORDS =
  /緊急(?:停止|停車|ブレーキ)|急(?:停止|停車|ブレーキ)|非常停止|emergency (?:stop|brak\w*|halt)|brake now|slam (?:on )?the brakes/;
const EMERGENCY_DENIED =
  /(?:停止|停車|ブレーキ)(?:を|は|が|も)?(?:し|かけ|踏ま)?(?:ない|なくて|ずに|るな|要らない|いらない|不要|必要ない)|\b(?:don t|do not|didn t|no need|never|not an?|without|why)\b/;

/** Whether an emergency stop was asked for in so many words. */
export function saysEmergency(text: string): boolean {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/['’.,!?、。！？\s-]+/g, ' ');
  const japanese = plain.replaceAll(' ', '');
  const said = EMERGENCY_WORDS.test(plain) || EMERGENCY_WORDS.test(japanese);
  return said && !EMERGENCY_DENIED.test(plain) && !EMERGENCY_DENIED.test(japanese);
}
