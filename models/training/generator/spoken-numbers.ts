import type { Random } from './random.ts';

const ONES =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];

/** A whole number up to 9999 in English words. */
export function englishNumber(value: number): string {
  if (value < 20) return ONES[value] as string;
  if (value < 100) {
    const rest = value % 10;
    return `${TENS[Math.floor(value / 10)]}${rest === 0 ? '' : ` ${ONES[rest]}`}`;
  }
  const [size, word] = value < 1000 ? [100, 'hundred'] : [1000, 'thousand'];
  const rest = value % size;
  const joint = size === 100 ? ' and ' : ' ';
  return `${englishNumber(Math.floor(value / size))} ${word}${rest === 0 ? '' : joint + englishNumber(rest)}`;
}

const KANJI = ['', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/** A whole number up to 9999 in kanji numerals: 六十, 百二十. */
export function kanjiNumber(value: number): string {
  if (value === 0) return '零';
  let text = '';
  let rest = value;
  for (const [size, sign] of [
    [1000, '千'],
    [100, '百'],
    [10, '十'],
  ] as const) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count === 1 ? '' : KANJI[count]}${sign}`;
    rest %= size;
  }
  return text + (KANJI[rest] as string);
}

/** Kana as a recogniser without numerals writes the tens: ろくじゅう. */
const KANA_TENS: Readonly<Record<number, string>> = {
  20: 'にじゅう',
  30: 'さんじゅう',
  40: 'よんじゅう',
  50: 'ごじゅう',
  60: 'ろくじゅう',
  70: 'ななじゅう',
  80: 'はちじゅう',
  90: 'きゅうじゅう',
  100: 'ひゃく',
};

/** An amount as it is said and as the notation has it. */
export interface Spoken {
  readonly said: string;
  readonly meant: string;
}

type Say = (random: Random) => Spoken;

export const englishSpeed: Say = (random) => {
  const mph = random.chance(0.18);
  const value = mph ? random.whole(1, 15) * 5 : speedValue(random);
  const number = random.chance(0.6) ? String(value) : englishNumber(value);
  const unit = mph
    ? random.pick([' mph', ' miles an hour', ' miles per hour', ' mph'])
    : random.pick([
        '',
        '',
        '',
        ' km/h',
        ' kph',
        ' kilometres an hour',
        ' kilometers per hour',
        ' k',
        ' kmh',
        ' clicks',
      ]);
  return { said: number + unit, meant: `${value}${mph ? 'MPH' : 'KMH'}` };
};

export const japaneseSpeed: Say = (random) => {
  if (random.chance(0.03)) {
    const value = random.whole(2, 15) * 5;
    return { said: `${random.chance(0.5) ? value : kanjiNumber(value)}マイル`, meant: `${value}MPH` };
  }
  const value = speedValue(random);
  const kana = KANA_TENS[value];
  const number =
    kana !== undefined && random.chance(0.08)
      ? kana
      : random.chance(0.6)
        ? String(value)
        : kanjiNumber(value);
  const before = random.chance(0.25) ? '時速' : '';
  const unit = random.pick(['キロ', 'キロ', 'キロ', 'キロ', '', '', 'km', 'km/h', 'きろ']);
  return { said: before + number + unit, meant: `${value}KMH` };
};

function speedValue(random: Random): number {
  if (random.chance(0.06)) return random.whole(3, 130);
  return random.chance(0.85) ? random.whole(1, 13) * 10 : random.whole(1, 26) * 5;
}

const DISTANCES_M = [
  5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 100, 120, 150, 180, 200, 250, 300, 350, 400, 450, 500, 600, 700, 800,
  900,
];

export const englishDistance: Say = (random) => {
  if (random.chance(0.08))
    return { said: random.pick(['half a kilometre', 'half a kilometer', 'half a k']), meant: '500M' };
  if (random.chance(0.2)) {
    const value = random.whole(1, 9);
    const number = random.chance(0.5)
      ? String(value)
      : value === 1
        ? random.pick(['one', 'a'])
        : englishNumber(value);
    const plural = value === 1 ? '' : 's';
    return {
      said: `${number} ${random.pick([`kilometre${plural}`, `kilometer${plural}`, 'km', `k`])}`,
      meant: `${value}KM`,
    };
  }
  const value = random.pick(DISTANCES_M);
  const number = random.chance(0.6) ? String(value) : englishNumber(value);
  return {
    said: `${number} ${random.pick(['metres', 'meters', 'm', 'metres', 'meters'])}`,
    meant: `${value}M`,
  };
};

export const japaneseDistance: Say = (random) => {
  if (random.chance(0.2)) {
    const value = random.whole(1, 9);
    return {
      said: `${random.chance(0.5) ? value : kanjiNumber(value)}${random.pick(['キロ', 'キロ', 'キロメートル', 'km'])}`,
      meant: `${value}KM`,
    };
  }
  const value = random.pick(DISTANCES_M);
  const number = random.chance(0.6) ? String(value) : kanjiNumber(value);
  return {
    said: `${number}${random.pick(['メートル', 'メートル', 'メーター', 'm', 'メートル'])}`,
    meant: `${value}M`,
  };
};

export const englishGap: Say = (random) => {
  if (random.chance(0.55)) {
    const value = random.whole(1, 6);
    const number = random.chance(0.4) ? String(value) : englishNumber(value);
    return { said: `${number} second${value === 1 ? '' : 's'}`, meant: `${value}S` };
  }
  const value = random.whole(1, 12) * 10;
  const number = random.chance(0.6) ? String(value) : englishNumber(value);
  return { said: `${number} ${random.pick(['metres', 'meters', 'm'])}`, meant: `${value}M` };
};

export const japaneseGap: Say = (random) => {
  if (random.chance(0.5)) {
    const value = random.whole(1, 6);
    return { said: `${random.chance(0.6) ? value : kanjiNumber(value)}秒`, meant: `${value}S` };
  }
  const value = random.whole(1, 12) * 10;
  return {
    said: `${random.chance(0.6) ? value : kanjiNumber(value)}${random.pick(['メートル', 'メーター', 'm'])}`,
    meant: `${value}M`,
  };
};
