const DASHES = /[‐‑‒–—―−〜～~ー－]/g;

/**
 * Simplified Chinese forms, which a recogniser trained on both scripts writes for small kanji, by the
 * Japanese ones that plates use.
 */
const JAPANESE_FORMS: Readonly<Record<string, string>> = {
  货: '貨',
  辆: '両',
  两: '両',
  轮: '輪',
  转: '転',
  轉: '転',
  车: '車',
  终: '終',
  间: '間',
  时: '時',
  进: '進',
  乘: '乗',
};

/**
 * Text of a plate as the camera read it, brought to one spelling: NFKC, lower case, one
 * dash, no blanks inside a line, and the slips character recognition makes on plates.
 * Lines stay separated by `\n`.
 */
export function normalizePlateText(text: string): string {
  const lines = text
    .normalize('NFKC')
    .toLowerCase()
    .split(/\r?\n/)
    .map((line) => line.replace(/\s+/g, ''))
    .filter((line) => line !== '');
  return (
    lines
      .join('\n')
      // The long vowel mark belongs to words such as メートル and タクシー; elsewhere it is a dash.
      .replace(DASHES, (dash, at: number, whole: string) =>
        dash === 'ー' && /[ァ-ヶ]/.test(whole[at - 1] ?? '') ? dash : '-',
      )
      .replace(/(?<=[\d:時分月火水木金土日曜o])[一丨](?=[\d月火水木金土日o])/g, '-')
      .replace(/(?<=[\d:-])[o〇○]+(?![a-z])|(?<![a-z])[o〇○]+(?=[\d:])/g, (zeros) => '0'.repeat(zeros.length))
      .replace(/(?<=[\d:-])[l|i](?=[\d:\n-]|$)|(?<![a-z])[l|i](?=\d)/g, '1')
      .replace(/[：;；]/g, ':')
      .replace(/曰/g, '日')
      .replace(/[·•∙]/g, '・')
      .replace(/./gu, (character) => JAPANESE_FORMS[character] ?? character)
      .replace(/([大中普])貸|貸物/g, (whole) => whole.replace('貸', '貨'))
      .replace(/を?[除徐][く<〈ぐ]/g, 'を除く')
  );
}
