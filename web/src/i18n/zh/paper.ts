import type { Translated } from '..';
import type { paper as en } from '../en/paper';

export const paper: Translated<typeof en> = {
  'paper.about': '含字体的 PDF，在本机生成。在新窗口打开，可打印或保存。',
  'paper.language': '页面语言',
  'paper.en': '英文',
  'paper.zh': '中文',
  'paper.next': '下次就诊（写在患者页上）',
  'paper.sheet': '针刺单',
  'paper.sheetabout': '逐针列出：在此头上如何取穴、侧别、深度、图、勾选格。',
  'paper.draft': '方案是草稿，单上会注明。',
  'paper.page': '患者页',
  'paper.pageabout': '通俗文字，附头部图和下次就诊。',
  'paper.letter': '{at} 治疗情况函',
  'paper.letterabout': '诊断、所做治疗、与已发表变化值比较的疗效、不良事件。',
  'paper.open': '打开',
};
