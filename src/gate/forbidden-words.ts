/**
 * Words in which people ask for what is unlawful or dangerous. A model's refusals can't be relied on alone, so what it
 * would do after such words is asked about. Written to be said as an order: what forbids or reports it does not match.
 */

/** A few words between verb and object. */
const SOME = "(?:[\\w'-]+ ){0,4}";

const ENGLISH = [
  `(?:run|jump|blow|beat|ignore|skip|disregard) ${SOME}(?:red|reds|light|lights|signal|stop sign)`,
  `(?:go|drive|straight|barrel|blast) (?:right )?(?:through|over) ${SOME}(?:red|reds|stop sign)`,
  'tailgate|(?:ride|stay on|sit on) (?:his|her|its|their) (?:bumper|tail)',
  `cut (?:[\\w'-]+ ){1,4}off`,
  '(?:drive|go|down|up) (?:the )?wrong way|against (?:the )?traffic',
  `(?:ignore|forget|break|screw|disregard) ${SOME}(?:limit|law|laws|rules)`,
  '(?:drive|go|cut|pull|get) (?:on|onto|over|along|across|down|up on) the (?:pavement|sidewalk)',
  '(?:ram|race|brake.check|scare|splash|frighten) (?:him|her|them|it|that|the|those)',
].join('|');

const JAPANESE = [
  '信号無視(?:して|しろ|で|しちゃ|しよう)',
  '赤(?:信号)?(?:でも|だけど|なのに|のまま|のうちに).{0,10}(?:行|進|渡|突|通|抜け)',
  '(?:あお|煽)(?:って(?!く|き|る|い)|れ|ろう)',
  '逆走(?:して|しろ|で)|反対車線を走',
  '(?:幅寄せ|蛇行)(?:して|しろ)|割り込(?:んで|め|もう)',
  '歩道(?:を|に)(?:走|乗り上げ|入|通)',
  '(?:制限|法律|ルール|規則|標識|一時停止)(?:速度)?(?:なんか|なんて|を|は|も)?(?:無視|破って|破れ|関係ない)',
  '(?:びびらせ|ビビらせ|脅か|脅し)(?:て|ろ|して|せ)|(?:ぶつけ|轢い|ひい)(?:て|ちゃ|ろ)',
].join('|');

const FORBIDDEN = new RegExp(`\\b(?:${ENGLISH})\\b|${JAPANESE}`, 'u');
const DENIED =
  /\b(?:don t|do not|didn t|never|without|won t|instead of|not)\b|(?:しないで|するな|せずに|ないよう|じゃなくて)/u;

/** Whether an utterance asks for something unlawful or dangerous in so many words. */
export function saysForbidden(text: string): boolean {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/['’.,!?、。！？\s]+/g, ' ')
    .trim();
  return FORBIDDEN.test(plain) && !DENIED.test(plain);
}
