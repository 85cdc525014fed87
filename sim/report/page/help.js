import { el } from './dom.js';
import { report } from './state.js';
import { text } from './strings.js';

/** Every key of the page: the keys, what they do in English, in Japanese. */
const KEYS = [
  ['← →', 'picture before, after', '前後の画像'],
  ['Space', 'play, pause', '再生・一時停止'],
  ['j k', 'next, previous moment', '次・前の発話'],
  ['n p', 'next, previous difference of two builds', '次・前の相違'],
  ['+ −', 'zoom the timeline', '時間軸の拡大・縮小'],
  ['0', 'whole timeline', '時間軸の全体表示'],
  ['Shift ← →', 'move the zoomed timeline', '時間軸の移動'],
  ['Home End', 'start, end of the run', '走行の始め・終わり'],
  ['/', 'search', '検索'],
  ['x', 'show all again', '絞り込みを解除'],
  ['c', 'copy a link to what is shown', '表示中の場所のリンクをコピー'],
  ['l', 'English, Japanese', '英語・日本語'],
  ['d', 'light, dark, as the system', 'ライト・ダーク・自動'],
  ['?', 'this list', 'この一覧'],
  ['Esc', 'leave the search, close', '検索を終える・閉じる'],
];

/** Opens the list of keys. */
export function openHelp() {
  document.querySelector('dialog.help')?.remove();
  const close = el('button', { type: 'button', onclick: () => dialog.close() }, text('close'));
  const dialog = el(
    'dialog.help',
    { 'aria-labelledby': 'help-title', onclose: () => dialog.remove() },
    el('h2', { id: 'help-title' }, text('help')),
    el(
      'dl.keys',
      {},
      ...KEYS.flatMap(([keys, english, japanese]) => [
        el('dt', {}, ...keys.split(' ').map((key) => el('kbd', {}, key))),
        el('dd', {}, report.language === 'ja' ? japanese : english),
      ]),
    ),
    close,
  );
  document.body.append(dialog);
  dialog.showModal();
}
