/** Regions of the brain in Chinese; the server names them in English. */

import type { Language } from '.';

const ZH: Record<string, string> = {
  'precentral gyrus': '中央前回',
  'superior frontal gyrus': '额上回',
  'superior frontal gyrus, orbital part': '额上回眶部',
  'middle frontal gyrus': '额中回',
  'middle frontal gyrus, orbital part': '额中回眶部',
  'inferior frontal gyrus, opercular part': '额下回岛盖部',
  'inferior frontal gyrus, triangular part': '额下回三角部',
  'inferior frontal gyrus, orbital part': '额下回眶部',
  'Rolandic operculum': '中央沟盖',
  'supplementary motor area': '辅助运动区',
  'olfactory cortex': '嗅皮质',
  'superior frontal gyrus, medial part': '额上回内侧部',
  'superior frontal gyrus, medial orbital part': '额上回内侧眶部',
  'gyrus rectus': '直回',
  insula: '岛叶',
  'anterior cingulate gyrus': '前扣带回',
  'middle cingulate gyrus': '中扣带回',
  'posterior cingulate gyrus': '后扣带回',
  hippocampus: '海马',
  'parahippocampal gyrus': '海马旁回',
  amygdala: '杏仁核',
  'calcarine cortex': '距状沟皮质',
  cuneus: '楔叶',
  'lingual gyrus': '舌回',
  'superior occipital gyrus': '枕上回',
  'middle occipital gyrus': '枕中回',
  'inferior occipital gyrus': '枕下回',
  'fusiform gyrus': '梭状回',
  'postcentral gyrus': '中央后回',
  'superior parietal lobule': '顶上小叶',
  'inferior parietal lobule': '顶下小叶',
  'supramarginal gyrus': '缘上回',
  'angular gyrus': '角回',
  precuneus: '楔前叶',
  'paracentral lobule': '中央旁小叶',
  "Heschl's gyrus": '颞横回',
  'superior temporal gyrus': '颞上回',
  'temporal pole, superior part': '颞极上部',
  'middle temporal gyrus': '颞中回',
  'temporal pole, middle part': '颞极中部',
  'inferior temporal gyrus': '颞下回',
  'temporal pole': '颞极',
  'cerebellum, crus I': '小脑脚 I 区',
  'cerebellum, crus II': '小脑脚 II 区',
  'cerebellum, lobule VI': '小脑 VI 小叶',
  'cerebellum, lobule VIIb': '小脑 VIIb 小叶',
  'cerebellum, lobule VIII': '小脑 VIII 小叶',
  'cerebellum, lobule IX': '小脑 IX 小叶',
};

/** A region's name in the language in use; names that are not listed stay as they are. */
export function regionName(name: string, language: Language): string {
  return language === 'zh' ? (ZH[name] ?? name) : name;
}
