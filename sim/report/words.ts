import type { Bilingual, Reason } from '../../src/domain/index.ts';

/** A reason of the gate in words, in every language. */
export function wordsOfReason(reason: Reason): Bilingual {
  const words = reason.code.toLowerCase().replaceAll('_', ' ');
  return { en: words, ja: words };
}

/** Names of the signs that a report shows most, by type (標識令 別表第一). */
const SIGN_NAMES: Readonly<Record<string, Bilingual>> = {
  'JP:301': { en: 'Closed to all traffic', ja: '通行止め' },
  'JP:302': { en: 'Closed to vehicles', ja: '車両通行止め' },
  'JP:303': { en: 'No entry for vehicles', ja: '車両進入禁止' },
  'JP:304': { en: 'Closed to motor vehicles except motorcycles', ja: '二輪の自動車以外の自動車通行止め' },
  'JP:305': { en: 'Closed to large goods vehicles', ja: '大型貨物自動車等通行止め' },
  'JP:311': { en: 'Designated directions only', ja: '指定方向外進行禁止' },
  'JP:312': { en: 'No crossing by vehicles', ja: '車両横断禁止' },
  'JP:313': { en: 'No U-turn', ja: '転回禁止' },
  'JP:314': { en: 'No overtaking on the right-hand part', ja: '追越しのための右側部分はみ出し通行禁止' },
  'JP:314-2': { en: 'No overtaking', ja: '追越し禁止' },
  'JP:315': { en: 'No parking or stopping', ja: '駐停車禁止' },
  'JP:316': { en: 'No parking', ja: '駐車禁止' },
  'JP:323': { en: 'Maximum speed', ja: '最高速度' },
  'JP:324': { en: 'Minimum speed', ja: '最低速度' },
  'JP:325': { en: 'Road for motor vehicles only', ja: '自動車専用' },
  'JP:326-A': { en: 'One way', ja: '一方通行' },
  'JP:326-B': { en: 'One way', ja: '一方通行' },
  'JP:328': { en: 'Sound horn', ja: '警笛鳴らせ' },
  'JP:329': { en: 'Slow down', ja: '徐行' },
  'JP:330': { en: 'Stop', ja: '一時停止' },
  'JP:407-A': { en: 'Pedestrian crossing', ja: '横断歩道' },
  'JP:208': { en: 'School ahead', ja: '学校、幼稚園、保育所等あり' },
};

/** What a sign is called, where this table or its parent type (`JP:326` for `JP:326-A`) has it. */
export function signName(type: string): Bilingual | null {
  return SIGN_NAMES[type] ?? SIGN_NAMES[type.replace(/-[A-Z0-9]+$/, '')] ?? null;
}
