import type { Translated } from '..';
import type { learn as en } from '../en/learn';

export const learn: Translated<typeof en> = {
  'learn.head': '练习用头部',
  'learn.find': '请找出',
  'learn.how': '转动头部，点按头皮上的位置。',
  'learn.off.point': '距 {code} {mm}',
  'learn.off.line': '距 {code} 最近处 {mm}',
  'learn.next': '下一题',
  'learn.skip': '跳过',
  'learn.read': '查看说明',
  'learn.school': '流派',
  'learn.who': '您的代号（可不填，用于多人一致性研究）',
  'learn.progress': '您的进步',
  'learn.none': '还没有作答。',
  'learn.mean': '已答 {n} 题，平均偏差 {mm}',
  'learn.chart': '最近 {n} 次作答的偏差',
  'learn.zone': '区线',
  'learn.times': '次数',
  'learn.meanerror': '平均（毫米）',
  'learn.last': '上次（毫米）',
  'learn.export': '导出 CSV',
  'learn.clear': '全部清除',
  'learn.confirm': '要清除全部作答吗？',
  'learn.kept': '仅保存在此浏览器中。',
};
