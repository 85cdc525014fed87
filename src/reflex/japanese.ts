import { anyOf, QUOTES, type ReflexGrammar } from './grammar.ts';

/** What may come before: fillers, addresses, alarm, haste. None of them changes what is wanted. */
const LEAD = anyOf(
  'あのう?|えっ?と|ええと|え|うん|ん|ねえ|ねぇ|ね|おい|あっ?|わっ?|うわっ?|きゃっ?|はい',
  'すみません|すいません|ごめんなさい|ごめん|悪いけど|悪い|お願いだから|お願いです|お願い|頼むから|頼む',
  'やばい|危ない|あぶない|危険|だめ|ダメ|いいから|とにかく|待って|まって|ちょっと|ちょい',
  '早く|はやく|速く|すぐに?|直ちに|ただちに|至急|今|いま|もう|一旦|いったん|一度',
  'ここで|この場で|その場で|車を|くるまを|クルマを|運転手さん|コドライバー|コードライバー',
);

/** How a request may end after the て form. A plain くれる or くれない could be a statement, so か or ? is asked. */
const REQUEST = anyOf(
  'ください(?:ませんか|ますか|ますでしょうか)?|下さい(?:ませんか|ますか)?|ちょうだい|頂戴|お願いします|お願いいたします|お願い',
  'ほしいんですが|ほしいんですけど|ほしいです|ほしい|欲しいです|欲しい|くれますか|くれませんか|くれるか|くれないか|くれる[?]|くれない[?]|くれ',
  'もらえますか|もらえませんか|もらえる[?]|もらえない[?]|いただけますか|いただけませんか|頂けますか|頂けませんか',
);

/** What may come after. */
const TAIL = anyOf(
  '早く|はやく|(?:今|いま)?すぐに?|お願いします|お願い|頼む|頼みます|危ない|あぶない|車を|ここで|ってば|てば|よ|ね|な',
);

/** Bounded, so that no utterance can make the matcher backtrack for long. */
const lead = `${LEAD}{0,8}`;
const request = `(?:[ぇえっ]{0,4}${REQUEST})?`;
const tail = `[ぇえっ]{0,4}${TAIL}{0,3}`;

const STOP = anyOf(
  `(?:[止停と]まって|[止停と]めて|ストップして|停車して|停止して)${request}`,
  '[止停と]まれ|[止停と]めろ|止まりなさい|停まりなさい|とまりなさい|ストッ?プ(?:で)?|停車|停止',
  `(?:停車|停止|ストップ)(?:を)?(?:お願いします|お願い)`,
);

const MORE = '(?:もう少し|もうちょっと|もっと|少し|すこし|ちょっと|ちょい)(?:だけ)?';
const SLOW = anyOf(
  `(?:${MORE})?(?:スピード|速度)を?(?:${MORE})?(?:(?:落と|おと|落|おとし|抑え|おさえ|緩め|ゆるめ|下げ|さげ)し?て${request}|落とせ|下げろ)`,
  `(?:${MORE})?(?:ゆっくり(?:走って|行って|いって|運転して)${request}|ゆっくりめ?で(?:お願いします|お願い)|ゆっくりめ?で|減速して${request})`,
  `(?:${MORE})?(?:ゆっくり(?:お願いします|お願い|ください)?|減速|減速(?:を)?お願いします|スローダウン(?:して${request})?|スピードダウン(?:して${request})?)`,
);

const BRAKE = '(?:緊急停止|緊急停車|急停止|急停車|非常停止|急ブレーキ|緊急ブレーキ)';
const EMERGENCY = `${BRAKE}を?(?:(?:かけて|して|踏んで)${request}|しろ|かけろ|踏め|お願いします|お願い)?`;

const TAKE_BACK = anyOf(
  `キャンセル(?:して${request}|で|お願いします)?`,
  `取り?消して${request}|とりけして${request}|取り消し(?:で|お願いします)?|取消|とりけし`,
  `(?:なし|無し)にして${request}|なかったことにして${request}|やめにして${request}`,
);
const LAST = '(?:今|いま|さっき|先ほど)の(?:指示|命令|お願い|やつ)?(?:は|を)?';

/** A whole utterance: what is wanted, perhaps said again. Long vowel marks are dropped on both sides. */
const grammar = (core: string): RegExp =>
  new RegExp(`^${lead}${core}(?:${LEAD}{0,2}${core}){0,5}${tail}$`.replaceAll('ー', ''), 'u');

const isRequestQuestion = /(?:くれ|もらえ|いただけ|頂け|ください|下さい)[^?]*\?$/;

/**
 * Japanese: NFKC, without blanks, punctuation and long vowel marks. A final question mark is kept
 * after a request (止まってくれる？) and otherwise makes it a question (ストップ？).
 */
function normalize(text: string): string | null {
  if (QUOTES.test(text)) return null;
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s、。,.!・…~〜ー―-]/g, '');
  const inner = plain.replace(/\?+$/, '');
  if (inner.includes('?')) return null;
  if (inner === plain) return plain;
  if (!isRequestQuestion.test(`${inner}?`)) return null;
  return /(?:くれる|くれない|もらえる|もらえない)$/.test(inner) ? `${inner}?` : inner;
}

/** The Japanese reflex. */
export const JAPANESE: ReflexGrammar = {
  normalize,
  patterns: {
    EMERGENCY_STOP: grammar(EMERGENCY),
    STOP: grammar(STOP),
    SLOW_DOWN: grammar(SLOW),
    CANCEL_ALL: grammar(
      `(?:やっぱり?)?(?:全部|ぜんぶ|すべて|全て)(?:の(?:指示|命令))?(?:を|は)?${anyOf(TAKE_BACK, `やめて${request}`)}`,
    ),
    CANCEL_LAST: grammar(
      anyOf(
        `(?:やっぱり?)?(?:${LAST})?(?:指示を?)?${TAKE_BACK}`,
        `(?:やっぱり?)(?:${LAST})?(?:やめて${request}|やめます|やめる|なし(?:で)?|いいです|いいや|いらない)`,
        `${LAST}(?:なし(?:で)?|やめて${request})`,
      ),
    ),
  },
};
