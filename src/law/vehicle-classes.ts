/**
 * Abbreviations of vehicle classes on supplementary signs (Order on Road Signs, table 2,
 * remarks: 略称), with what they mean. `乗用` and the like describe the build, so one
 * vehicle falls under several.
 */
export const VEHICLE_CLASSES: Readonly<Record<string, { readonly ja: string; readonly en: string }>> = {
  大型: { ja: '大型自動車', en: 'large vehicles' },
  大型等: { ja: '大型・特定中型・大型特殊自動車', en: 'large and similar vehicles' },
  中型: { ja: '中型自動車', en: 'medium vehicles' },
  特定中型: { ja: '特定中型自動車', en: 'specified medium vehicles' },
  準中型: { ja: '準中型自動車', en: 'semi-medium vehicles' },
  普通: { ja: '普通自動車', en: 'ordinary vehicles' },
  大特: { ja: '大型特殊自動車', en: 'large special vehicles' },
  自二輪: { ja: '自動二輪車', en: 'motorcycles' },
  軽: { ja: '軽自動車', en: 'light (kei) vehicles' },
  小特: { ja: '小型特殊自動車', en: 'small special vehicles' },
  原付: { ja: '原動機付自転車', en: 'mopeds' },
  二輪: { ja: '二輪の自動車・原動機付自転車', en: 'two-wheelers with engines' },
  小二輪: { ja: '小型二輪車・原動機付自転車', en: 'small motorcycles and mopeds' },
  自転車: { ja: '普通自転車', en: 'bicycles' },
  軽車両: { ja: '軽車両', en: 'light non-motor vehicles' },
  トロリー: { ja: 'トロリーバス', en: 'trolleybuses' },
  乗用: { ja: '乗用自動車', en: 'passenger vehicles' },
  大乗: { ja: '大型乗用自動車', en: 'large passenger vehicles' },
  中乗: { ja: '中型乗用自動車', en: 'medium passenger vehicles' },
  特定中乗: { ja: '特定中型乗用自動車', en: 'specified medium passenger vehicles' },
  準中乗: { ja: '準中型乗用自動車', en: 'semi-medium passenger vehicles' },
  普乗: { ja: '普通乗用自動車', en: 'ordinary passenger vehicles' },
  バス: { ja: '大型乗用・特定中型乗用自動車', en: 'buses' },
  大型バス: { ja: '定員30人以上のバス', en: 'large buses' },
  マイクロ: { ja: '大型バス以外のバス', en: 'minibuses' },
  路線バス: { ja: '路線バス', en: 'scheduled buses' },
  タクシー: { ja: 'タクシー', en: 'taxis' },
  貨物: { ja: '貨物自動車', en: 'goods vehicles' },
  大貨: { ja: '大型貨物自動車', en: 'large goods vehicles' },
  大貨等: { ja: '大型貨物・特定中型貨物・大型特殊自動車', en: 'large goods and similar vehicles' },
  中貨: { ja: '中型貨物自動車', en: 'medium goods vehicles' },
  特定中貨: { ja: '特定中型貨物自動車', en: 'specified medium goods vehicles' },
  準中貨: { ja: '準中型貨物自動車', en: 'semi-medium goods vehicles' },
  普貨: { ja: '普通貨物自動車', en: 'ordinary goods vehicles' },
  けん引: { ja: 'けん引自動車', en: 'towing vehicles' },
  標章車: { ja: '高齢運転者等標章自動車', en: 'vehicles with a senior driver badge' },
  許可車: { ja: '許可車両', en: 'vehicles with a permit' },
};

/** Abbreviations, longest first, so that 大型バス is not read as 大型. */
export const CLASS_ABBREVIATIONS: readonly string[] = Object.keys(VEHICLE_CLASSES).sort(
  (a, b) => b.length - a.length,
);
