/** Where sources contradict a rule of safety: Chinese by the English text of `atlas/safety.toml` that was translated. */
export const disputes: Readonly<Record<string, string>> = {
  '1 moderate bleeding in 3,974 treatments, and no difference in a Korean cohort but for thick needles; against that, in 13.4 million sessions, odds of major bleeding 3 to 5 times as high with warfarin, direct oral drugs or heparin, and no difference with drugs against platelets.':
    '3,974 次治疗中有 1 次中度出血，韩国一项队列除粗针外无差别；与此相反，在 13.4 百万次治疗中，用华法林、直接口服抗凝药或肝素者大出血的比值为 3 至 5 倍，用抗血小板药者无差别。',
  'A technique sheet forbids needling of the scalp in pregnancy outright; one compilation only the foot area; 15 trials with 823 women and a cohort of 5,885 showed no harm (body points).':
    '一份技术说明完全禁止孕期针刺头皮；一部汇编只禁足运感区；15 项试验共 823 名女性和一项 5,885 人的队列未显示伤害（体穴）。',
  'No objective evidence of harm was found in 15 trials and a cohort.': '15 项试验和一项队列未发现伤害的客观证据。',
  'One page has the balance area needled forward.': '某页资料说平衡区向前针刺。',
  'One source forbids it, another asks for great care.': '一个来源禁止，另一个要求十分谨慎。',
  'Scalp needling in acute haemorrhage is studied and advocated; textbooks and a technique sheet wait until it is stable.': '急性出血时针刺头皮有人研究和主张；教科书和一份技术说明则等到稳定之后。',
  'Two weeks by one author, usually a month by a compilation, at once by others.': '一位作者说两周，一部汇编说通常一个月，他人说立即。',
  'By MRI 56 mm on average, in cadavers 56 mm; one group advises at most 39 mm.': 'MRI 平均 56 mm，尸体上 56 mm；一组研究者建议最多 39 mm。',
  'One compilation treats the same side, over healthy bone, where bone or scalp was removed.': '在骨或头皮被切除处，一部汇编针刺同侧骨质健全的部位。',
  'One text bars electricity across the brain; scalp electroacupuncture is practised and was tried against sham.': '一份资料禁止电流穿过脑；头皮电针有人施行，并曾与假针刺对照试验。',
  'Small studies found no harm: 9 patients in 73 sessions, and 6 trials with 178.': '小型研究未发现伤害：9 名患者 73 次治疗，以及 6 项试验共 178 人。',
};
