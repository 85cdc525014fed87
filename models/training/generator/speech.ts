import type { Language } from '../../../src/domain/index.ts';
import type { Random } from './random.ts';

const FILLERS: Readonly<Record<Language, readonly string[]>> = {
  en: [
    'um, ',
    'uh ',
    'er, ',
    'hey, ',
    'okay, ',
    'so, ',
    'well, ',
    'please ',
    'hey car, ',
    'listen, ',
    'oh, ',
    'right, ',
    'excuse me, ',
    'hey codriver, ',
    'ok so ',
    'hmm, ',
  ],
  ja: [
    'えっと、',
    'あの、',
    'ねえ、',
    'すみません、',
    'ちょっと、',
    'あ、',
    'ええと',
    'んー、',
    'じゃあ',
    'ねえねえ、',
    'コドライバー、',
    'ごめん、',
    'とりあえず',
    'あのさ、',
    'もしもし、',
    'えー',
  ],
};

const TAILS: Readonly<Record<Language, readonly string[]>> = {
  en: [
    ' please',
    ', please',
    ' thanks',
    ', thank you',
    ' okay?',
    ' will you',
    ', would you',
    ' now',
    ' mate',
    ' for me',
  ],
  ja: ['、お願い', 'お願いします', 'ね', '、頼む', 'よ', '。', '、早く', 'ください', '、よろしく'],
};

/** Words that recognisers mistake for each other. */
const MISHEARD: Readonly<Record<Language, readonly (readonly [string, string])[]>> = {
  en: [
    ['right', 'write'],
    ['brake', 'break'],
    ['lane', 'lain'],
    ['turn', 'torn'],
    ['there', 'their'],
    ['straight', 'strait'],
    ['ahead', 'a head'],
    ['slow', 'slo'],
    ['road', 'rode'],
    ['two', 'to'],
    ['four', 'for'],
    ['pass', 'parse'],
    ['over', 'ova'],
    ['left', 'lift'],
    ['light', 'lite'],
    ['corner', 'coroner'],
    ['car', 'cart'],
    ['speed', 'speeds'],
  ],
  ja: [
    ['信号', '進行'],
    ['信号', '新号'],
    ['左折', '左接'],
    ['右折', '右説'],
    ['車線', '車戦'],
    ['追い越', '老い越'],
    ['停めて', '泊めて'],
    ['止めて', '留めて'],
    ['曲が', '曲り'],
    ['交差点', '公差点'],
    ['角', 'かど'],
    ['車間', '社間'],
    ['速度', '即度'],
    ['降ろして', '下ろして'],
    ['道', 'みち'],
    ['次', 'つぎ'],
    ['前', 'まえ'],
    ['行って', 'いって'],
    ['走って', 'はしって'],
    ['駐車', '注射'],
    ['寄せて', '拠せて'],
  ],
};

/**
 * An utterance as people say it and recognisers write it: sometimes with a filler, a word after it, without
 * punctuation or capitals, or with a word misheard. `names` are left as they are, since the answer quotes them.
 */
export function spoken(random: Random, text: string, language: Language, names: readonly string[]): string {
  let said = text;
  if (random.chance(0.1)) said = random.pick(FILLERS[language]) + said;
  if (random.chance(0.06) && !/[?？!！。.]$/.test(said)) said += random.pick(TAILS[language]);
  if (random.chance(0.05)) said = misheard(random, said, language, names);
  if (language === 'en') {
    if (random.chance(0.3)) said = said.replace(/[,.!;]+(?=\s|$)/g, '');
    if (random.chance(0.25)) said = keeping(names, said, (part) => part.toLowerCase());
    else if (random.chance(0.35)) said = said.charAt(0).toUpperCase() + said.slice(1);
    if (random.chance(0.15) && /[\w)]$/.test(said)) said += '.';
  } else {
    if (random.chance(0.3)) said = said.replace(/[、。]/g, '');
    if (random.chance(0.12) && !/[?？!！。]$/.test(said)) said += '。';
    if (random.chance(0.04)) said = said.replace(/？/g, '?');
  }
  return said.trim();
}

function misheard(random: Random, text: string, language: Language, names: readonly string[]): string {
  const possible = MISHEARD[language].filter(
    ([word]) => text.includes(word) && !names.some((name) => name.includes(word)),
  );
  if (possible.length === 0) return text;
  const [word, heard] = random.pick(possible);
  return language === 'en' ? text.replace(new RegExp(`\\b${word}\\b`), heard) : text.replace(word, heard);
}

function keeping(names: readonly string[], text: string, change: (part: string) => string): string {
  const name = names.find((each) => text.includes(each));
  if (name === undefined) return change(text);
  const at = text.indexOf(name);
  return change(text.slice(0, at)) + name + change(text.slice(at + name.length));
}
