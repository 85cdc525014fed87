import type {
  Bilingual,
  IntentStatus,
  Language,
  Maneuver,
  PlannerStatus,
  Scene,
  Verdict,
} from '../domain/index.ts';
import { explain } from '../gate/explain.ts';
import { BEHAVIOR_WORDS, CLARIFY_WORDS, maneuverWords, PHASE_WORDS, REFUSE_WORDS } from './reply-words.ts';

const kmh = (speedMps: number): number => Math.round(speedMps * 3.6);

/** The sign of life, before anything is decided. */
export function heardReply(language: Language): string {
  return { ja: 'はい、聞こえました。', en: 'I heard you.' }[language];
}

/** Said when the model is asked. */
export function thinkingReply(language: Language): string {
  return { ja: '考えています。', en: 'Let me think.' }[language];
}

/** What the verdict means for the passenger. Never claims that something was done: the status tells that. */
export function verdictReply(
  verdict: Verdict,
  scene: Scene,
  lawLimitMps: number | null,
  language: Language,
): string {
  const why = verdict.reasons
    .filter((reason) => reason.effect !== 'NOTE')
    .map((reason) => explain(reason, language))
    .join(language === 'ja' ? '' : ' ');
  const proposal = verdict.proposal;
  switch (verdict.outcome) {
    case 'EXECUTE': {
      const wishes = verdict.intents.map((intent) => maneuverWords(intent.maneuver)[language]);
      const asked = {
        ja: `車に頼みます：${wishes.join('、')}。`,
        en: `Asking the car: ${wishes.join(', ')}.`,
      }[language];
      return join(language, asked, why);
    }
    case 'CLARIFY': {
      const topic = proposal?.decision === 'CLARIFY' ? proposal.topic : 'NOT_UNDERSTOOD';
      return join(
        language,
        why,
        proposal?.decision === 'CLARIFY' || why === '' ? CLARIFY_WORDS[topic][language] : '',
      );
    }
    case 'REFUSE': {
      const topic = proposal?.decision === 'REFUSE' ? REFUSE_WORDS[proposal.topic][language] : '';
      return join(language, { ja: 'それはできません。', en: "I can't do that." }[language], topic, why);
    }
    case 'CONFIRM':
      return join(language, why, { ja: 'よろしいですか。', en: 'Shall I?' }[language]);
    case 'INFORM':
      return proposal?.decision === 'INFORM'
        ? informReply(proposal.topic, scene, lawLimitMps)[language]
        : why;
    case 'DROPPED':
      return join(language, { ja: '今の件は取りやめました。', en: 'I let that one go.' }[language], why);
  }
}

/** What the planner really does with an intent. */
export function statusReply(status: IntentStatus, maneuver: Maneuver, language: Language): string {
  const wish = maneuverWords(maneuver)[language];
  const phase = PHASE_WORDS[status.phase][language];
  const because = BEHAVIOR_WORDS[status.reason];
  const reason = status.phase === 'REJECTED' || status.phase === 'FAILED' ? because[language] : '';
  return language === 'ja'
    ? `${wish}：${phase}${reason ? `（${reason}）` : ''}。`
    : `${wish}: ${phase}${reason ? ` (${reason})` : ''}.`;
}

/** An intent that never reached the planner. */
export function undeliveredReply(maneuver: Maneuver, language: Language): string {
  const wish = maneuverWords(maneuver)[language];
  return {
    ja: `「${wish}」は車に届きませんでした。車は自分の計画で走り続けます。`,
    en: `"${wish}" did not reach the car. It drives on by its own plan.`,
  }[language];
}

function informReply(topic: string, scene: Scene, lawLimitMps: number | null): Bilingual {
  const speedMps = scene.vehicle?.speedMps;
  switch (topic) {
    case 'SPEED':
      return speedMps === undefined
        ? { ja: '今の速度は分かりません。', en: "I don't know our speed." }
        : { ja: `時速${kmh(speedMps)}キロです。`, en: `We are doing ${kmh(speedMps)} km/h.` };
    case 'SPEED_LIMIT':
      return lawLimitMps === null
        ? { ja: '制限速度は分かりません。', en: "I don't know the limit here." }
        : { ja: `制限速度は${kmh(lawLimitMps)}キロです。`, en: `The limit is ${kmh(lawLimitMps)} km/h.` };
    case 'STOP_REASON':
    case 'STATUS':
      return motionReply(scene.planner);
    case 'ROUTE': {
      const next = scene.route?.junctions.find((junction) => junction.planned !== undefined);
      if (next?.planned === undefined)
        return { ja: 'この先の予定は分かりません。', en: "I don't know the route ahead." };
      const way = { LEFT: '左折', RIGHT: '右折', STRAIGHT: '直進', U_TURN: '転回' }[next.planned];
      const distanceM = Math.round(next.distanceM);
      const english = next.planned.toLowerCase().replace('_', '-');
      return { ja: `${distanceM}メートル先を${way}します。`, en: `In ${distanceM} m: ${english}.` };
    }
    case 'ARRIVAL': {
      const remainingM = scene.route?.remainingM;
      return remainingM === undefined
        ? { ja: '目的地までの距離は分かりません。', en: "I don't know how far it is." }
        : { ja: `あと${Math.round(remainingM)}メートルです。`, en: `${Math.round(remainingM)} m to go.` };
    }
    case 'SIGN': {
      const count = scene.signs.filter((sign) => sign.state === 'AHEAD').length;
      return { ja: `前方に標識が${count}つあります。`, en: `I see ${count} signs ahead.` };
    }
    case 'SURROUNDINGS': {
      const count = scene.objects.length;
      return { ja: `周りに${count}つのものが見えます。`, en: `I see ${count} things around us.` };
    }
    case 'CAPABILITIES':
      return {
        ja: '速度、車線、曲がる所、止まる所を頼めます。',
        en: 'You can ask me for speed, lane, where to turn and where to stop.',
      };
    default:
      return { ja: 'はい。運転のことなら何でもどうぞ。', en: 'All right. Ask me anything about the drive.' };
  }
}

function motionReply(planner: PlannerStatus | null): Bilingual {
  if (planner === null) return { ja: '車の状態が届いていません。', en: 'I have no word from the car.' };
  const because = BEHAVIOR_WORDS[planner.behavior];
  return planner.motion === 'DRIVING'
    ? { ja: `走行中です（${because.ja}）。`, en: `We are driving (${because.en}).` }
    : { ja: `${because.ja}のため止まっています。`, en: `We stopped: ${because.en}.` };
}

function join(language: Language, ...parts: string[]): string {
  return parts.filter((part) => part !== '').join(language === 'ja' ? '' : ' ');
}
